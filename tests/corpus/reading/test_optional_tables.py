import pytest

from tests.corpus.converters.made import excel
from ultrasam.corpus.notes import Notes
from ultrasam.corpus.reading import optional_rows
from ultrasam.corpus.source import Source

ROWS = [{"name": "a", "class": "1"}]


def read(folder, pattern):
    notes = Notes()
    with Source.open(folder) as source:
        return optional_rows(source, pattern, ("name", "class"), notes), notes


@pytest.mark.parametrize("pattern", ["table.csv", "*.xlsx"])
def test_rows_are_read_from_either_kind_and_the_file_is_known(tmp_path, pattern):
    (tmp_path / "table.csv").write_text("name,class\na,1\n")
    excel(tmp_path / "table.xlsx", ("name", "class"), ("a", 1))
    rows, notes = read(tmp_path, pattern)
    assert rows == ROWS
    assert len(notes.unused) == 1
    assert not notes.warnings


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"other.txt": ""}, "found none"),
        ({"1/table.csv": "name,class\n", "2/table.csv": "name,class\n"}, "1/table.csv, 2/table.csv"),
        ({"table.csv": "name,group\na,1\n"}, "class is missing"),
        ({"table.csv": ""}, "name, class"),
    ],
    ids=["missing", "two", "wrong columns", "empty"],
)
def test_what_cannot_be_had_is_a_warning(tmp_path, files, said):
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content)
    rows, notes = read(tmp_path, "table.csv")
    assert rows == []
    assert len(notes.warnings) == 1
    assert said in notes.warnings[0]
