import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.evaluation.report.summaries import make_comparison, make_summary
from ultrasam.evaluation.protocols import parse_protocols
from ultrasam.evaluation.report import comparison_latex, summary_latex
from ultrasam.evaluation.report.grid import Grid, Row
from ultrasam.evaluation.report.latex import escape, latex_table

HOSTILE = "a_b 5% & $x$ #1 {y} ~ ^ \\ [z]"
FULL = {protocol.name: protocol.title for protocol in parse_protocols(["full"])}
TEXTS = {
    "standard": summary_latex(make_summary()),
    "full": summary_latex(make_summary(protocols=FULL)),
    "hostile": summary_latex(make_summary({HOSTILE: (HOSTILE,)}, {"box": HOSTILE}, name=HOSTILE)),
    "comparison": comparison_latex(make_comparison()),
    "hostile comparison": comparison_latex(make_comparison((HOSTILE, "b"), {HOSTILE: ("x",)}, {"box": HOSTILE})),
}


@pytest.fixture(params=TEXTS)
def text(request):
    return TEXTS[request.param]


def test_groups_and_environments_are_balanced(text):
    bare = re.sub(r"\\[\\{}]", "", text)
    assert bare.count("{") == bare.count("}")
    open_ = []
    for kind, name in re.findall(r"\\(begin|end)\{([^}]*)\}", text):
        if kind == "begin":
            open_.append(name)
        else:
            assert open_.pop() == name
    assert not open_


def test_every_row_has_a_cell_per_column(text):
    tables = re.findall(r"\\begin\{tabular\}\{([lr]+)\}(.*?)\\end\{tabular\}", text, re.DOTALL)
    assert tables
    for align, body in tables:
        rows = [line for line in body.splitlines() if line.endswith(r" \\")]
        assert len(rows) >= 2
        assert {len(re.findall(r"(?<!\\)&", row)) for row in rows} == {len(align) - 1}
        assert [body.count(rf"\{rule}") for rule in ("toprule", "bottomrule")] == [1, 1]


def test_wide_tables_are_divided(text):
    assert all(len(align) <= 6 for align in re.findall(r"\\begin\{tabular\}\{([lr]+)\}", text))


def test_labels_are_unique(text):
    labels = re.findall(r"\\label\{([^}]*)\}", text)
    assert len(labels) == len(set(labels))
    assert all(re.fullmatch(r"[\w:-]+", label) for label in labels)


def test_the_caption_says_what_decides_the_numbers():
    caption = re.search(r"\\caption\{(.*)\}", TEXTS["standard"])[1]
    for words in (
        "split test",
        "seed 0",
        "Mobile-Sam",
        "box-shift-15, box shifted by 15 \\%",
        "bootstrap over patients",
    ):
        assert words in caption


def test_numbers_are_those_of_the_run():
    estimate = make_summary().datasets[0].result("box").estimates["dice"]
    expected = rf"{estimate.mean:.3f} {{\scriptsize [{estimate.low:.3f}, {estimate.high:.3f}]}}"
    assert expected in TEXTS["standard"]
    assert r"\textbf{" in TEXTS["comparison"]


@given(st.text())
def test_no_sign_is_left_that_means_something(words):
    bare = re.sub(r"\\(text\w+|ldots|ensuremath)\b", "", escape(words))
    bare = re.sub(r"\\[_%&$#{}]", "", bare)
    assert not re.search(r"[_%&$#~^<>|\n]", bare)


@pytest.mark.parametrize("name", ["[x]", "*x"])
def test_a_row_does_not_begin_with_what_a_line_break_takes(name):
    table = latex_table(Grid("", ("a",), "l", (Row.of(name),)), "", "x")
    assert f"{{}}{name}" in table
