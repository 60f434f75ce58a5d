"""How numbers, metrics and protocols read in every report."""

from __future__ import annotations

import math

from ultrasam.evaluation.metrics.scores import AVERAGED, Metric
from ultrasam.evaluation.summary import Summary

#: Stands where there is no value.
MISSING = "–"

#: Of the masks of a data set, ranked by predicted IoU.
AVERAGE_PRECISION: dict[str, str] = {
    "AP": "COCO mask AP, IoU 0.50 to 0.95",
    "AP50": "COCO mask AP at IoU 0.50",
    "AP75": "COCO mask AP at IoU 0.75",
    "AR": "COCO mask AR, IoU 0.50 to 0.95",
}

WHAT_A_NUMBER_MEANS = (
    "Unless said otherwise, a number is the mean over objects, with its 95 % interval by bootstrap over patients "
    "(over images where no patient is known) in brackets."
)


def metrics() -> dict[str, Metric]:
    """All that is averaged, by name, in the order of tables."""
    return AVERAGED


def metric_title(metric: Metric) -> str:
    """With its unit, where it has one."""
    return f"{metric.title} ({metric.unit})" if metric.unit else metric.title


def definition(metric: Metric) -> str:
    """What it is, as a sentence."""
    words = metric.definition.rstrip(".")
    better = {True: " Higher is better.", False: " Lower is better.", None: ""}[metric.higher_is_better]
    return f"{metric_title(metric)}: {words}.{better}"


def number(value: float | None, digits: int = 3) -> str:
    """A value with fixed decimals; a dash where there is none."""
    if value is None or not math.isfinite(value):
        return MISSING
    text = f"{value:.{digits}f}"
    # A mean that rounds to zero has no sign.
    return text.removeprefix("-") if float(text) == 0 else text.replace("-", "−")


def signed(value: float, digits: int = 3) -> str:
    """A difference, with its sign."""
    text = number(value, digits)
    return text if text == MISSING or text.startswith("−") or float(text) == 0 else f"+{text}"


def interval(low: float, high: float, digits: int = 3) -> str:
    """``[low, high]``; empty where there is none, as of a single patient."""
    if not (math.isfinite(low) and math.isfinite(high)):
        return ""
    return f"[{number(low, digits)}, {number(high, digits)}]"


def count(value: int) -> str:
    """A whole number, thousands apart."""
    return f"{value:,}"


def percent(share: float, digits: int = 0) -> str:
    """A share of 1 in percent."""
    return MISSING if not math.isfinite(share) else f"{100 * share:.{digits}f} %"


def p_value(value: float) -> str:
    """A p-value; very small ones by their bound."""
    if not math.isfinite(value):
        return MISSING
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def short_hash(sha256: str) -> str:
    """Enough of a hash to recognise it."""
    return sha256[:12] or MISSING


def settings_line(summary: Summary) -> str:
    """What decides a run's numbers beside model and data, in one line."""
    settings = summary.settings
    parts = [
        f"split {settings.split}",
        f"seed {settings.seed}",
        f"surface Dice within {settings.tolerance_px:g} px and {settings.tolerance_mm:g} mm",
    ]
    if settings.limit:
        parts.append(f"at most {settings.limit} images per data set")
    return ", ".join(parts)


def model_line(summary: Summary) -> str:
    """Which weights, in one line."""
    model = summary.settings.model
    parts = [f"licence {model.licence}", f"SHA-256 {short_hash(model.sha256)}"]
    if model.input_size:
        parts.append(f"input {model.input_size} × {model.input_size} px, pipeline {model.pipeline}")
        parts.append(f"{model.precision} by {model.backend}")
    return ", ".join(parts)


def shared_definitions(names: list[str]) -> list[tuple[str, str]]:
    """Title and definition of the metrics named, in the order of tables."""
    return [(metric_title(m), m.definition) for name, m in metrics().items() if name in names]
