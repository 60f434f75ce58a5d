"""Pages of one HTML file each: no script, nothing loaded from anywhere."""

from __future__ import annotations

from collections.abc import Callable
from importlib import resources
from typing import Any

from ultrasam.evaluation.report import wording
from ultrasam.extras import require

_PACKAGE = "ultrasam.evaluation.report"


def page_environment(*packages: str) -> Any:
    """jinja2's environment with the templates that all our reports share.

    Args:
        packages: dotted names of packages that have templates of their own.

    Raises:
        MissingExtraError: matplotlib or jinja2 is not installed.
    """
    # Both packages are needed: better said before anything is computed.
    require("matplotlib", needed_for="Reports")
    jinja2 = require("jinja2", needed_for="Reports")
    environment = jinja2.Environment(
        loader=jinja2.ChoiceLoader([jinja2.FunctionLoader(_reader(package)) for package in (*packages, _PACKAGE)]),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(count=wording.count, percent=wording.percent, number=wording.number)
    environment.globals.update(wording=wording)
    return environment


def rendered(environment: Any, template: str, **values: object) -> str:
    """A page out of a template."""
    text: str = environment.get_template(template).render(**values)
    return text.strip() + "\n"


def _reader(package: str) -> Callable[[str], str | None]:
    folder = resources.files(package)

    def text(name: str) -> str | None:
        file = folder.joinpath(name)
        return file.read_text(encoding="utf-8") if file.is_file() else None

    return text
