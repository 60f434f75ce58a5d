import openpyxl
import pytest

from tests.corpus.reading.sources import source_file
from ultrasam.corpus.reading import csv_rows, xlsx_rows
from ultrasam.errors import InputError


@pytest.mark.parametrize(
    "content",
    [
        b"ID,Pathology\r\nbus_1,benign\r\n",
        b"ID;Pathology\nbus_1;benign\n",
        b"ID\tPathology\nbus_1\tbenign",
        b"\xef\xbb\xbfID, Pathology \nbus_1 , benign\n",
    ],
)
def test_csv_files_of_all_kinds(tmp_path, content):
    (tmp_path / "a.csv").write_bytes(content)
    assert csv_rows(source_file(tmp_path / "a.csv"), ["ID"]) == [{"ID": "bus_1", "Pathology": "benign"}]


def test_text_that_is_not_utf8_is_latin1(tmp_path):
    (tmp_path / "a.csv").write_bytes("ID\nMüller\n".encode("latin-1"))
    assert csv_rows(source_file(tmp_path / "a.csv"), ["ID"]) == [{"ID": "Müller"}]


def test_a_missing_column_is_named_with_those_that_are_there(tmp_path):
    (tmp_path / "a.csv").write_bytes(b"Id,Fold\n1,2\n")
    with pytest.raises(InputError, match="kFold is missing; there are Id, Fold"):
        csv_rows(source_file(tmp_path / "a.csv"), ["Id", "kFold"])


def test_an_empty_file_has_no_columns(tmp_path):
    (tmp_path / "a.csv").write_bytes(b"")
    with pytest.raises(InputError, match="there are none"):
        csv_rows(source_file(tmp_path / "a.csv"), ["Id"])


def test_excel_files(tmp_path):
    book = openpyxl.Workbook()
    for row in (["CaseID", "BIRADS", "Age"], [1, "4a", None], [2, 3.0, 57], [None, None, None]):
        book.active.append(row)
    book.save(tmp_path / "a.xlsx")
    assert xlsx_rows(source_file(tmp_path / "a.xlsx"), ["CaseID"]) == [
        {"CaseID": "1", "BIRADS": "4a", "Age": ""},
        {"CaseID": "2", "BIRADS": "3", "Age": "57"},
    ]


def test_what_is_no_excel_file_is_refused(tmp_path):
    (tmp_path / "a.xlsx").write_bytes(b"PK nothing")
    with pytest.raises(InputError, match="an Excel file"):
        xlsx_rows(source_file(tmp_path / "a.xlsx"), ["CaseID"])


def test_a_quotation_mark_that_nothing_closes_is_refused(tmp_path):
    (tmp_path / "a.csv").write_bytes(b'Id,Note\n1,"' + b"x,y\n" * 50_000)
    with pytest.raises(InputError, match=r"a CSV file in a\.csv"):
        csv_rows(source_file(tmp_path / "a.csv"), ["Id"])


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("image\tside\r\na.png\tleft\r\n".encode("utf-16"), "Excel's Unicode text"),
        (b"sep=;\r\nimage;side\r\na.png;left\r\n", "Excel is told the separator"),
        (b"IMAGE,Side\na.png,left\n", "capitals"),
    ],
)
def test_tables_as_spreadsheets_write_them(content, why, tmp_path):
    (tmp_path / "t.csv").write_bytes(content)
    file = source_file(tmp_path / "t.csv")
    assert csv_rows(file, ["image"], ["side"]) == [{"image": "a.png", "side": "left"}], why


def test_headings_that_differ_in_capitals_only_stay(tmp_path):
    (tmp_path / "t.csv").write_text("Image,IMAGE,Side,side\na,b,c,d\n")
    file = source_file(tmp_path / "t.csv")
    with pytest.raises(InputError, match="image is missing; there are Image, IMAGE"):
        csv_rows(file, ["image"])
    assert csv_rows(file, ["side"])[0] == {"Image": "a", "IMAGE": "b", "Side": "c", "side": "d"}
