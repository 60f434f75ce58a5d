import pytest

from ultrasam.corpus.notes import Notes
from ultrasam.corpus.reading import numbers_by_name
from ultrasam.corpus.source import Source


@pytest.mark.parametrize(
    ("text", "expected", "odd"),
    [
        ("0000.jpg,1\n0001.JPG,0\n", {"0000": "1", "0001": "0"}, 0),
        ("\ufeffID,CATE\r\nA.PNG,1\r\n\r\n3,0", {"a": "1", "3": "0"}, 0),
        ("a.b.png,1\n", {"a.b": "1"}, 0),
        ("0000.jpg,2\n0001.jpg,1\n", {"0001": "1"}, 1),
        ("0000.jpg,1\n0001.jpg;1\n,1\n", {"0000": "1"}, 2),
        ("", {}, 0),
    ],
)
def test_numbers_and_lines_that_are_passed_by(tmp_path, text, expected, odd):
    (tmp_path / "table.csv").write_text(text, encoding="utf-8", newline="")
    notes = Notes()
    with Source.open(tmp_path) as source:
        assert numbers_by_name(source, "table.csv", ("0", "1"), notes) == expected
    assert notes.unused == {"table.csv"}
    assert [f"{odd} are others" in warning for warning in notes.warnings] == [True] * bool(odd)


def test_no_table_has_nothing(tmp_path):
    (tmp_path / "other.csv").touch()
    notes = Notes()
    with Source.open(tmp_path) as source:
        assert numbers_by_name(source, "table.csv", ("0", "1"), notes) == {}
    assert not notes.warnings
