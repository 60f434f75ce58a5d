"""What a benchmark found as Markdown that reads well in a terminal, too."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ultrasam.benchmarking.result import Result
from ultrasam.benchmarking.summary import Figure, Row

#: A spread beyond which something else must have run.
_BUSY = 0.2
#: Where nothing is known.
_NONE = "–"


def markdown(result: Result) -> str:
    """The whole report: two tables, what was not measured, the machine, and how it was measured."""
    parts = [f"# Speed of {result.model.get('title', 'no weights')}"]
    if not result.complete:
        parts.append("**Stopped before the end: the figures are of what was measured until then.**")
    if result.rows:
        parts += [
            _headline(result.rows),
            _speed(result.rows),
            _footnotes(result),
            "## Cost and agreement",
            _costs(result.rows),
        ]
    if result.failures:
        parts += ["## Not measured", _bullets(f"{name}: {reason}" for name, reason in result.failures)]
    parts += ["## Machine", _machine(result), "## How it was measured", _method(result)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _headline(rows: Sequence[Row]) -> str:
    quickest = rows[0]
    ratio = "" if quickest.times_reference is None else f", {quickest.times_reference:.1f} times as quick as torch fp32"
    return f"Quickest: **{quickest.combination.name}**, {quickest.whole_s.median:.3f} s for an image and a box{ratio}."


def _speed(rows: Sequence[Row]) -> str:
    counts = list(rows[0].prompts_s)
    columns = [
        "backend, precision",
        "images/s",
        "ratio",
        *map(_prompts_title, counts),
        "image and box",
        "spread",
        "ratio",
    ]
    lines = []
    for row in rows:
        prompts = [f"{1000 * row.prompts_s[n].median / n:.1f} ms" if n in row.prompts_s else _NONE for n in counts]
        name = row.combination.name + (" (auto)" if row.by_auto else "") + (" ¹" if row.failure else "")
        lines.append(
            [
                name,
                _rate(row.embed_s),
                _ratio(row.embed_times_reference),
                *prompts,
                f"{row.whole_s.median:.3f} s",
                f"± {row.whole_s.spread:.0%}",
                _ratio(row.times_reference),
            ]
        )
    return _table(columns, lines)


def _footnotes(result: Result) -> str:
    """What the columns and signs mean."""
    lines = [
        "images/s: from pixels to the embedding. Prompts: each of 1, or of so many at once, from the box to the mask "
        "at the image's own size. Image and box: from pixels to one mask. Ratio: times as quick as torch fp32."
    ]
    if any(row.by_auto for row in result.rows):
        lines.append('(auto): what `backend="auto"` takes for that precision.')
    if any(row.whole_s.spread > _BUSY for row in result.rows):
        lines.append("**A spread is large: other work ran on this machine meanwhile, or the rounds were too few.**")
    lines += [f"¹ {row.combination.name} was given up: {row.failure}" for row in result.rows if row.failure]
    return "\n\n".join(lines)


def _costs(rows: Sequence[Row]) -> str:
    on_gpu = any(row.gpu_peak_bytes is not None for row in rows)
    columns = ["backend, precision", "first mask", "first time", "memory", *(["GPU memory"] if on_gpu else [])]
    columns += ["embedding differs", "Dice", "lowest Dice"]
    lines = []
    for row in rows:
        agreed = row.agreement
        lines.append(
            [
                row.combination.name,
                f"{row.ready_s:.1f} s",
                _NONE if row.first_ready_s is None else f"{row.first_ready_s:.1f} s",
                _size(row.peak_bytes),
                *([_size(row.gpu_peak_bytes)] if on_gpu else []),
                *(
                    [_NONE] * 3
                    if agreed is None
                    else [f"{agreed.embedding_difference:.2g}", f"{agreed.dice_mean:.4f}", f"{agreed.dice_min:.4f}"]
                ),
            ]
        )
    return _table(columns, lines)


def _machine(result: Result) -> str:
    machine, model = result.machine, result.model
    threads = "" if result.threads is None else f", {_counted(result.threads, 'thread')}"
    memory = "unknown" if machine.memory_bytes is None else f"{machine.memory_bytes / 2**30:.0f} GiB"
    lines = [
        ("Processor", f"{machine.cpu}, {_counted(machine.cores, 'core')}{threads}"),
        ("Instructions", ", ".join(machine.instructions) or "unknown"),
        ("Memory", memory),
        ("GPU", "; ".join(machine.gpus) or "none"),
        ("System", machine.system),
        ("Versions", ", ".join(f"{name} {version}" for name, version in machine.versions.items())),
    ]
    if model:
        lines += [
            ("Network runs on", model["device"]),
            ("Weights", f"{model['name']}, licence {model['licence']}, SHA-256 {model['sha256'][:16]}…"),
            ("Input", f"{model['input_size']} x {model['input_size']} pixels"),
        ]
    return _bullets(f"{name}: {value}" for name, value in lines)


def _method(result: Result) -> str:
    rows = result.rows
    compared = next((row.agreement.masks for row in rows if row.agreement), 0)
    text = (
        f"`{result.command}`, on {result.images}. Each way ran in processes of its own, in "
        f"{_counted(result.rounds, 'round')} by turns, {_counted(result.runs, 'run')} in each after a warm-up. "
        "Figures are medians over the rounds of each round's median; the spread is half their range. First mask: from "
        "the call of `load`, after Python and torch have been imported, to the first mask; first time: where graphs "
        "had to be made before. Memory: the most that the process had, graphs ready."
    )
    if compared:
        text += (
            f" Agreement is with torch fp32, over {_counted(compared, 'mask')}; the embedding differs by the "
            "largest difference over the largest value."
        )
    return text


def _prompts_title(count: int) -> str:
    return "1 prompt" if count == 1 else f"each of {count}"


def _rate(seconds: Figure) -> str:
    return f"{1 / seconds.median:.2f}" if seconds.median else _NONE


def _ratio(times: float | None) -> str:
    return _NONE if times is None else f"{times:.2f} x"


def _size(count: int | None) -> str:
    return _NONE if count is None else f"{count / 2**30:.2f} GiB"


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'s'[: count != 1]}"


def _bullets(lines: Iterable[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def _table(columns: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    """A Markdown table whose columns stand under each other; all but the first on the right."""
    widths = [max(len(line[place]) for line in (columns, *lines)) for place in range(len(columns))]

    def written(cells: Sequence[str]) -> Iterator[str]:
        for place, (cell, width) in enumerate(zip(cells, widths, strict=True)):
            yield cell.rjust(width) if place else cell.ljust(width)

    rule = ["-" * width if not place else "-" * (width - 1) + ":" for place, width in enumerate(widths)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (written(columns), rule, *map(written, lines)))
