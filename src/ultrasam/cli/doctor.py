"""``ultrasam doctor``: what is installed, what is missing, where things are kept."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Annotated, Any

import typer

from ultrasam.cli.terminal import out

_GOOD, _BAD, _OPEN, _FACT = "[green]✓[/green]", "[red]✗[/red]", "[yellow]○[/yellow]", " "


def doctor(
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the report as JSON: what belongs into a bug report.")
    ] = False,
) -> None:
    """Examine this installation: versions, devices, caches, weights, and which extras are missing."""
    from ultrasam.cli.environment import examine

    report = examine()
    if as_json:
        out.print(json.dumps(report, indent=2), markup=False)
    else:
        _show(report)


def _show(report: dict[str, Any]) -> None:
    from rich.markup import escape

    for section, found in report.items():
        out.print(f"[bold]{section.replace('_', ' ').upper()}[/bold]")
        lines = list(_lines(section, found))
        width = max((len(name) for _, name, _ in lines), default=0)
        for sign, name, text in lines:
            out.print(f"  {sign} {escape(name.ljust(width))}  {escape(text)}")
        out.print()


def _lines(section: str, found: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Give the sign, the name and the words of each entry of a section."""
    if "error" in found:
        yield _BAD, "could not be examined", found["error"]
        return
    for name, value in found.items():
        match section:
            case "dependencies":
                yield (_BAD, name, "missing") if value is None else (_GOOD, name, value)
            case "extras" if value["missing"]:
                yield _OPEN, name, f"{', '.join(value['missing'])} missing: {value['install']}"
            case "extras":
                yield _GOOD, name, "complete"
            case "backends" if name == "auto":
                yield _FACT, name, ", ".join(f"{backend} for {precision}" for precision, backend in value.items())
            case "backends" if isinstance(value, dict):
                missing = value["version"] is None
                words = 'not installed: pip install "ultrasam[fast]"' if missing else _offered(value)
                yield _OPEN if missing else _GOOD, name, words
            case "caches":
                bound = value["at_most_bytes"]
                most = "" if bound is None else f" of at most {_size(bound)}"
                yield _FACT, name, f"{value['folder']}: {value['files']} files, {_size(value['bytes'])}{most}"
            case "dicom_decoders":
                yield _GOOD if value["decoder"] else _OPEN, name, value["decoder"] or "none"
            case "default_weights" if name == "as_published":
                yield _GOOD if value else _BAD, "as published", "yes" if value else "no"
            case _:
                yield _FACT, name.replace("_", " "), _words(value)


def _offered(backend: dict[str, Any]) -> str:
    return f"{backend['version']}: {', '.join(backend['precisions'])}"


def _words(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return "; ".join(value) or "none"
    return "none" if value is None else str(value)


def _size(count: int) -> str:
    size = float(count)
    for unit in ("bytes", "KiB", "MiB"):
        if size < 1024:
            return f"{size:.0f} {unit}"
        size /= 1024
    return f"{size:.1f} GiB"
