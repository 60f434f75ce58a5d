"""What a speed depends on: processor, memory, system, versions. No names of people, machines or folders."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from ultrasam import __version__

#: Instruction sets that decide how quick a network is, as Linux spells them, with their usual names.
_INSTRUCTIONS = {
    "avx2": "AVX2",
    "avx512f": "AVX-512",
    "avx_vnni": "AVX-VNNI",
    "avx512_vnni": "AVX-512 VNNI",
    "avx512_bf16": "AVX-512 BF16",
    "avx512_fp16": "AVX-512 FP16",
    "amx_bf16": "AMX BF16",
    "amx_int8": "AMX INT8",
    "asimd": "NEON",
    "asimddp": "dot product",
    "i8mm": "INT8 matrices",
    "bf16": "BF16",
    "sve": "SVE",
}
#: Where Linux describes the processor.
CPU_INFO = Path("/proc/cpuinfo")
_PACKAGES = ("torch", "onnxruntime", "openvino", "numpy")


@dataclass(frozen=True)
class Machine:
    """What ran.

    Attributes:
        cpu: the processor's name.
        cores: that this process may use, as the system counts them.
        instructions: those of the processor that matter here; empty where they are not known.
        memory_bytes: main memory; None where the system does not tell.
        gpus: names and memory of the GPUs that torch can use.
        system: operating system.
        versions: of python, ultrasam, torch and the backends that are installed.
    """

    cpu: str
    cores: int
    instructions: tuple[str, ...]
    memory_bytes: int | None
    gpus: tuple[str, ...]
    system: str
    versions: dict[str, str]


def examine() -> Machine:
    """This machine."""
    cpu, flags = _processor()
    return Machine(
        cpu=cpu,
        cores=_cores(),
        instructions=tuple(name for flag, name in _INSTRUCTIONS.items() if flag in flags),
        memory_bytes=_memory_bytes(),
        gpus=_gpus(),
        system=f"{platform.system()} {platform.release()}, {platform.machine()}",
        versions={"python": platform.python_version(), "ultrasam": __version__, **_versions()},
    )


def _processor() -> tuple[str, frozenset[str]]:
    """The processor's name, and its flags as Linux spells them."""
    told: dict[str, str] = {}
    if CPU_INFO.exists():
        for line in CPU_INFO.read_text(encoding="utf-8", errors="replace").splitlines():
            name, _, value = line.partition(":")
            told.setdefault(name.strip().lower(), value.strip())
    elif sys.platform == "darwin":
        told["model name"] = _sysctl("machdep.cpu.brand_string")
    flags = told.get("flags") or told.get("features") or ""
    return told.get("model name") or platform.processor() or platform.machine(), frozenset(flags.split())


def _sysctl(name: str) -> str:
    try:
        done = subprocess.run(["/usr/sbin/sysctl", "-n", name], capture_output=True, text=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip()


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _memory_bytes() -> int | None:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return None


def _gpus() -> tuple[str, ...]:
    import torch

    devices = map(torch.cuda.get_device_properties, range(torch.cuda.device_count()))
    found = [f"{device.name}, {device.total_memory / 2**30:.0f} GiB" for device in devices]
    return tuple(found or (["Apple GPU (MPS)"] if torch.backends.mps.is_available() else []))


def _versions() -> dict[str, str]:
    versions = {}
    for name in _PACKAGES:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return versions
