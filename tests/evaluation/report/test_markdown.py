import re

import pytest

from tests.evaluation.report.summaries import PROTOCOLS, make_comparison, make_summary
from ultrasam.evaluation.report import comparison_markdown, summary_markdown

HOSTILE = "a|b\n<script> *x* _y_ [z](http://x) `c`"
TEXTS = {
    "standard": summary_markdown(make_summary(skipped=[{"what": f"image {i}", "reason": "gone"} for i in range(12)])),
    "hostile": summary_markdown(make_summary({HOSTILE: (HOSTILE,)}, {"box": HOSTILE}, name=HOSTILE, complete=False)),
    "comparison": comparison_markdown(make_comparison(warnings=["The runs have different seeds."])),
    "hostile comparison": comparison_markdown(make_comparison((HOSTILE, "b"), {HOSTILE: ("x",)}, {"box": HOSTILE})),
}


def tables(text):
    return [block.splitlines() for block in text.split("\n\n") if block.startswith("|")]


def cells(line):
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_all_lines_of_a_table_have_the_same_columns(text):
    assert len(tables(text)) >= 3
    for table in tables(text):
        assert len({len(cells(line)) for line in table}) == 1
        assert all(re.fullmatch("-{3}:?", cell) for cell in cells(table[1]))


def test_numbers_are_those_of_the_run():
    summary = make_summary()
    table = next(t for t in tables(summary_markdown(summary)) if cells(t[0])[2:] == list(PROTOCOLS))
    dataset = summary.datasets[1]
    last = [dataset.result(name).estimates["dice"] for name in PROTOCOLS]
    expected = [f"{e.mean:.3f} [{e.low:.3f}, {e.high:.3f}]" for e in last]
    assert cells(table[3]) == ["MMOTU_2d", str(last[0].count), *expected]


def test_settings_stand_above_the_numbers():
    text = TEXTS["standard"]
    for words in ("split test", "seed 0", "2 px", "Apache-2.0", "SHA-256 abcdef012345", "bootstrap over patients"):
        assert words in text.split("## Dice")[0]


def test_what_was_left_out_is_counted_and_some_listed():
    assert "24 data sets, images or annotations were left out" in TEXTS["standard"]
    assert TEXTS["standard"].count(": gone") == 10
    assert "and 14 more" in TEXTS["standard"]


def test_warnings_come_first_in_comparisons():
    text = TEXTS["comparison"]
    assert text.index("different seeds") < text.index("| run |")
    assert "not complete" in TEXTS["hostile"]


def test_the_best_is_bold():
    comparison = make_comparison()
    best = max(s.datasets[0].result("box").estimates["dice"].mean for s in comparison.summaries)
    assert re.search(rf"\*\*{best:.3f}†?\*\*", TEXTS["comparison"])
