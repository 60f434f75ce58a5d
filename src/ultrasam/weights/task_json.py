"""What a fine-tuned network answers as JSON, for file headers."""

from __future__ import annotations

import json
from dataclasses import asdict

from ultrasam.errors import InputError, WeightsError
from ultrasam.modeling.heads.config import HeadConfig, Task

_TYPES = {
    "kind": str,
    "several": bool,
    "promptable": bool,
    "initial": str,
    "classes": list,
    "means": list,
    "scales": list,
}


def task_to_json(task: Task) -> str:
    """One line of JSON."""
    return json.dumps(asdict(task), ensure_ascii=False)


def task_from_json(text: str) -> Task:
    """The task that :func:`task_to_json` wrote.

    Raises:
        WeightsError: it is no such JSON, or names an option that this version does not know.
    """
    try:
        values = json.loads(text)
        for name, kind in _TYPES.items():
            if not isinstance(values[name], kind):
                raise TypeError(f"{name} is no {kind.__name__}")
        lists = {name: tuple(value) for name, value in values.items() if isinstance(value, list)}
        return Task(**{**values, **lists, "head": HeadConfig(**values["head"])})
    except (ValueError, TypeError, KeyError, AttributeError, InputError) as error:
        raise WeightsError(
            f"Expected the network's task as this version writes it, but got {text[:80]!r} "
            f"({error}): a newer ultrasam may have written the file."
        ) from error
