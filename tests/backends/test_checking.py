import json
import subprocess
import sys
from itertools import product

import pytest
import torch

from ultrasam.backends import BACKENDS, PRECISIONS, check_choice, choose, choosing
from ultrasam.errors import UltraSamError

CHOICES = list(product(("auto", *BACKENDS), PRECISIONS))
#: fp16 is for GPUs; int8 PyTorch has nowhere, but the message names the device.
NEEDS_PYTORCH = [("torch", "fp16"), ("auto", "fp16"), ("torch", "int8")]


def told(ask, *words):
    """What is raised, as kind and words; None where nothing is."""
    try:
        ask(*words)
    except UltraSamError as error:
        return type(error), str(error)
    return None


@pytest.fixture(params=["cpu", "cpu with bf16", "cuda", "mps"])
def machine(request, monkeypatch):
    """Kinds of machines, of whose devices only the names are looked at."""
    best, _, bf16 = request.param.partition(" with ")
    monkeypatch.setattr("ultrasam.backends.installed.has_bf16", lambda: bool(bf16))

    def device(name):
        found = torch.device(best if name == "auto" else name)
        if found.type not in ("cpu", best):
            raise UltraSamError(f"no {found}")
        return found

    monkeypatch.setattr(choosing, "_device", device)


@pytest.mark.usefixtures("machine")
@pytest.mark.parametrize("missing", [(), ("openvino",), ("onnxruntime", "openvino")], ids=str)
@pytest.mark.parametrize("device", ["auto", "cpu", "cuda", "cuda:1", "mps"])
def test_it_raises_what_choosing_does_on_every_machine(device, missing, monkeypatch):
    for module in missing:
        monkeypatch.setitem(sys.modules, module, None)
    for backend, precision in CHOICES:
        words = backend, precision, device
        assert told(check_choice, *words) == told(choose, *words), words


@pytest.mark.parametrize("words", [("tensorrt",), ("torch", "float32"), ("torch", "fp32", "abacus")])
def test_what_nobody_knows_is_told_as_by_choosing(words):
    assert told(check_choice, *words) == told(choose, *words) is not None


@pytest.mark.parametrize("device", ["auto", "cpu"])
def test_pytorch_is_asked_for_devices_alone(device):
    words = [list(choice) for choice in CHOICES if choice not in (NEEDS_PYTORCH if device == "auto" else ())]
    code = (
        "import json, sys\n"
        "from ultrasam.backends import check_choice\n"
        "from ultrasam.errors import UltraSamError\n"
        "for words in json.loads(sys.argv[1]):\n"
        "    try:\n"
        "        check_choice(*words, sys.argv[2])\n"
        "    except UltraSamError:\n"
        "        pass\n"
        "    assert 'torch' not in sys.modules, words\n"
    )
    subprocess.run([sys.executable, "-c", code, json.dumps(words), device], check=True)
