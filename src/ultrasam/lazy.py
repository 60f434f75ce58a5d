"""Names of a package that are imported when they are first used: PyTorch alone takes a second."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def imported_on_use(package: str, modules: Mapping[str, str]) -> Callable[[str], Any]:
    """What a package calls ``__getattr__`` (PEP 562), so that some of its names are imported when they are used.

    None of these names may be that of a module in the package: an import of the module would put it in its place.

    Args:
        package: its ``__name__``.
        modules: public name -> the module that has it.
    """

    def attribute(name: str) -> Any:
        if name in modules:
            return getattr(import_module(modules[name]), name)
        raise AttributeError(f"module {package!r} has no attribute {name!r}")

    return attribute
