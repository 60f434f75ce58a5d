import re

import pytest

from tests.references import ROOT
from ultrasam.measure import Measurements

PAGE = (ROOT / "docs" / "measure.md").read_text(encoding="utf-8")
SNIPPETS = re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)


@pytest.mark.parametrize("snippet", SNIPPETS, ids=range(len(SNIPPETS)))
def test_snippets_run(snippet):
    exec(snippet, {})


def test_every_measurement_is_defined():
    definitions = set(re.findall(r"`([a-z0-9_*]+)`", "".join(re.findall(r"^\|.*\|", PAGE, flags=re.MULTILINE))))
    for column in Measurements(area_px=0, components=0).to_dict():
        assert {column, re.sub("(px|mm)$", "*", column)} & definitions, f"{column} is not defined"
