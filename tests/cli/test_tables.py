import pytest
from rich.console import Console

from ultrasam.cli.data.tables import fitted
from ultrasam.corpus.statistics import Table

WORDS = Table(
    "Sets [all]",
    ("data set", "without objects", "objects", "share of the image"),
    (("BUSI [new]", "1,234", "12,345", "5.53% (0.61% to 31.05%)"), ("all", "0", "1", "")),
    "A note.",
)


def lines(width):
    console = Console(width=80, soft_wrap=True)
    with console.capture() as captured:
        console.print(fitted(WORDS, width))
    return captured.get().splitlines()


@pytest.mark.parametrize(
    ("width", "columns", "broken"),
    [(None, 4, False), (80, 4, False), (60, 4, True), (45, 3, True), (25, 2, True), (5, 2, True)],
)
def test_heads_are_broken_first_then_columns_left_out_but_never_a_cell(width, columns, broken):
    shown = lines(width)
    assert shown[0].strip() == "Sets [all]"
    rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in shown if line.startswith("│")]
    assert rows == [list(row[:columns]) for row in WORDS.rows]
    heads = [line for line in shown if line.startswith("┃")]
    assert (len(heads) > 1) == broken
    if width not in (None, 5):
        assert max(len(line) for line in shown if line[0] in "┏┃┡│└") <= width
    assert "A note." in shown
    left_out = ", ".join(WORDS.columns[columns:])
    assert any(f"shown here: {left_out};" in line for line in shown) == (columns < 4)


def test_what_is_piped_on_is_whole_however_wide():
    assert len(lines(None)[2]) > len(lines(60)[2])
    wide = Table("T", ("a", "b"), (("x" * 100, "1"),))
    console = Console(width=20, soft_wrap=True)
    with console.capture() as captured:
        console.print(fitted(wide, None))
    assert "x" * 100 in captured.get()
