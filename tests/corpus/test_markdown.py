import pytest

from ultrasam.corpus.markdown import aligned_table, escape, table


@pytest.mark.parametrize(
    ("words", "written"),
    [
        ("MMOTU_2d", "MMOTU_2d"),
        ("_x_", r"\_x\_"),
        ("a|b", r"a\|b"),
        ("<b> < 1", r"\<b> < 1"),
        ("# > -", r"\# > -"),
        ("two\nlines", "two lines"),
        ("*", r"\*"),
    ],
)
def test_signs_mean_nothing_to_markdown(words, written):
    assert escape(words) == written


def test_numbers_stand_on_the_right_and_words_mean_nothing():
    text = table(("class", "n*", "said"), [("a|b", 1234, 5), ("_c_", 7, "six")])
    assert text.splitlines() == [
        r"| class | n\* | said |",
        "| --- | ---: | --- |",
        r"| a\|b | 1,234 | 5 |",
        r"| \_c\_ | 7 | six |",
    ]


def test_cells_that_are_markdown_stay_so():
    assert aligned_table(["*"], [["**1**"]], "r") == "| \\* |\n| ---: |\n| **1** |"
