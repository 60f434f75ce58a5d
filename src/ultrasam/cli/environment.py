"""What ``ultrasam doctor`` finds out: one function per question, each may fail without the others."""

from __future__ import annotations

import importlib
import os
import platform
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement

from ultrasam import __version__
from ultrasam.cache import cache_dir
from ultrasam.extras import EXTRAS


def examine() -> dict[str, Any]:
    """Examine this installation.

    Returns:
        JSON-ready sections by name. A section that could not be examined is ``{"error": why}``. The home
        folder is written as ``~``, so that the report can be published.
    """
    sections: dict[str, Callable[[], dict[str, Any]]] = {
        "system": _system,
        "torch": _torch,
        "dependencies": _dependencies,
        "extras": _extras,
        "backends": _backends,
        "caches": _caches,
        "default_weights": _default_weights,
        "dicom_decoders": _dicom_decoders,
    }
    report: dict[str, Any] = {}
    for name, section in sections.items():
        try:
            report[name] = section()
        # A report on what is broken must survive whatever is broken.
        except Exception as error:
            report[name] = {"error": f"{type(error).__name__}: {error}"}
    # Unlike Path.home, this does not fail where a container's user has no home.
    home = os.path.expanduser("~")  # noqa: PTH111
    return dict(report if home in ("~", "/") else _without(home, report))


def _system() -> dict[str, Any]:
    return {
        "ultrasam": __version__,
        "installed_in": str(Path(__file__).parents[1]),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "machine": platform.machine(),
    }


def _torch() -> dict[str, Any]:
    import torch

    return {
        "version": str(torch.__version__),
        "threads": torch.get_num_threads(),
        "cpu_capability": torch.backends.cpu.get_cpu_capability(),
        "cuda": torch.version.cuda,
        "cuda_devices": [
            f"{device.name}, {device.total_memory / 2**30:.0f} GiB"
            for device in map(torch.cuda.get_device_properties, range(torch.cuda.device_count()))
        ],
        "mps": torch.backends.mps.is_available(),
    }


def _dependencies() -> dict[str, Any]:
    required = map(Requirement, metadata.requires("ultrasam") or [])
    needed_here = (entry for entry in required if entry.marker is None or entry.marker.evaluate({"extra": ""}))
    return {name: _version(name) for name in sorted(entry.name for entry in needed_here)}


def _extras() -> dict[str, Any]:
    return {
        extra: {
            "missing": [module for module in modules if not _importable(module)],
            "install": f'pip install "ultrasam[{extra}]"',
        }
        for extra, modules in EXTRAS.items()
    }


def _backends() -> dict[str, Any]:
    from ultrasam.backends import BACKENDS, choose
    from ultrasam.backends.installed import precisions_of, version_of

    device = choose().device.type
    found: dict[str, Any] = {}
    for backend in BACKENDS:
        version = version_of(backend)
        offered = [] if version is None else precisions_of(backend, device if backend == "torch" else "cpu")
        found[backend] = {"version": version, "precisions": list(offered)}
    found["auto"] = {precision: choose("auto", precision).backend for precision in ("fp32", "bf16")}
    found["int8_of_default_weights"] = _default_int8()
    return found


def _default_int8() -> str | None:
    from ultrasam.graphs.int8_store import find_int8
    from ultrasam.weights import DEFAULT, read_checkpoint, resolve

    checkpoint = read_checkpoint(resolve(DEFAULT))
    graph = find_int8(checkpoint, checkpoint.input_size)
    return None if graph is None else str(graph)


def _caches() -> dict[str, Any]:
    from ultrasam.backends.graph_store import GraphStore
    from ultrasam.inference.embedding_cache import EmbeddingCache

    bounds = {"weights": None, "embeddings": EmbeddingCache().max_bytes, "graphs": GraphStore().max_bytes}
    caches = {}
    for kind, bound in bounds.items():
        folder = cache_dir(kind)
        sizes = [file.stat().st_size for file in folder.rglob("*") if file.is_file()]
        caches[kind] = {
            "folder": str(folder),
            "files": len(sizes),
            "bytes": sum(sizes),
            "at_most_bytes": bound,
        }
    return caches


def _default_weights() -> dict[str, Any]:
    from ultrasam.weights import DEFAULT, verify

    found = verify(DEFAULT)
    return {"name": DEFAULT, "file": str(found.path), "sha256": found.sha256, "as_published": found.matches}


def _dicom_decoders() -> dict[str, Any]:
    from pydicom.uid import UID

    from ultrasam.imaging.dicom_decoding import decoder_names

    return {UID(syntax).name: {"uid": syntax, "decoder": name} for syntax, name in decoder_names().items()}


def _version(distribution: str) -> str | None:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None


def _importable(module: str) -> bool:
    try:
        importlib.import_module(module)
    # A package that is there but broken (a library is gone, another package does not fit) is as good as missing.
    except Exception:
        return False
    return True


def _without(folder: str, value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without(folder, entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [_without(folder, entry) for entry in value]
    return value.replace(folder, "~") if isinstance(value, str) else value
