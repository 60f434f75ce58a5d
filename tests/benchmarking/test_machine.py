import getpass
import json
import os
import platform
from dataclasses import asdict
from importlib import metadata
from pathlib import Path

import pytest

from ultrasam.benchmarking import machine
from ultrasam.benchmarking.machine import examine

ARM = "processor : 0\nBogoMIPS : 243.75\nFeatures : fp asimd asimddp i8mm bf16 sve\nCPU part : 0xd4f\n"
X86 = "model name\t: Some CPU @ 2 GHz\nflags\t: fpu avx2 avx512f amx_bf16\n\nmodel name : Other\nflags :\n"


def test_this_machine():
    found = examine()
    assert found.versions["torch"] == metadata.version("torch")
    assert found.versions["python"] == platform.python_version()
    assert 1 <= found.cores <= os.cpu_count()
    assert found.cpu
    assert found.system.startswith(platform.system())


@pytest.mark.skipif(not Path("/proc/meminfo").exists(), reason="needs Linux")
def test_memory_is_what_the_kernel_says():
    (line,) = (line for line in Path("/proc/meminfo").read_text().splitlines() if line.startswith("MemTotal"))
    assert examine().memory_bytes == int(line.split()[1]) * 1024


def test_nobody_is_named():
    text = json.dumps(asdict(examine()))
    for secret in {platform.node(), str(Path.home()), str(Path.cwd())} - {"", "/"}:
        assert secret not in text
    assert getpass.getuser() == "root" or getpass.getuser() not in text


@pytest.mark.parametrize(
    ("description", "name", "instructions"),
    [
        (X86, "Some CPU @ 2 GHz", ("AVX2", "AVX-512", "AMX BF16")),
        (ARM, platform.processor() or platform.machine(), ("NEON", "dot product", "INT8 matrices", "BF16", "SVE")),
        ("", platform.processor() or platform.machine(), ()),
    ],
    ids=["x86", "ARM", "says nothing"],
)
def test_instructions_are_read_from_what_linux_says(monkeypatch, tmp_path, description, name, instructions):
    (tmp_path / "cpuinfo").write_text(description)
    monkeypatch.setattr(machine, "CPU_INFO", tmp_path / "cpuinfo")
    found = examine()
    assert (found.cpu, found.instructions) == (name, instructions)


def test_a_package_that_is_not_here_has_no_version(monkeypatch):
    def version(name):
        if name == "torch":
            return "1"
        raise metadata.PackageNotFoundError

    monkeypatch.setattr(machine.metadata, "version", version)
    assert set(examine().versions) == {"python", "ultrasam", "torch"}
