import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from ultrasam.benchmarking.memory import gpu_peak_bytes

pytest.importorskip("resource")

_CODE = """
import json
from ultrasam.benchmarking.memory import peak_bytes
before = peak_bytes()
block = b"x" * 200 * 2**20
del block
print(json.dumps([before, peak_bytes()]))
"""


def test_the_peak_stays_when_memory_is_given_back():
    done = subprocess.run([sys.executable, "-c", _CODE], capture_output=True, text=True, check=True)
    before, after = json.loads(done.stdout)
    assert 190 * 2**20 < after - before < 250 * 2**20


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux")
def test_what_the_process_that_started_it_had_does_not_count():
    # In getrusage's figure it does.
    block = bytearray(os.urandom(2**20)) * 400
    done = subprocess.run([sys.executable, "-c", _CODE], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)[1] < 400 * 2**20
    del block


def test_a_processor_has_no_memory_of_a_gpu():
    assert gpu_peak_bytes(torch.device("cpu")) is None
