"""Tables that come with a data set: CSV and Excel."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any

from ultrasam.corpus.source import SourceFile
from ultrasam.errors import InputError
from ultrasam.extras import require


def csv_rows(file: SourceFile, columns: Sequence[str]) -> list[dict[str, str]]:
    """The rows of a CSV file by column name; separated by commas, semicolons or tabs, in UTF-8 or Latin-1.

    Raises:
        InputError: it is no CSV file, or a column is missing.
    """
    content = file.read()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("latin-1")
    head = text.partition("\n")[0]
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=head.count))
    try:
        rows = [{str(key).strip(): str(value or "").strip() for key, value in row.items()} for row in reader]
    except csv.Error as error:
        # A quotation mark that nothing closes makes the rest of the file one cell.
        raise InputError(f"Expected a CSV file in {file.path}, but it is damaged or something else: {error}") from error
    _check_columns(file, columns, [str(name).strip() for name in reader.fieldnames or ()])
    return rows


def xlsx_rows(file: SourceFile, columns: Sequence[str]) -> list[dict[str, str]]:
    """The rows of the first sheet of an Excel file by column name; empty cells are empty text.

    Raises:
        InputError: it is no Excel file, or a column is missing.
        MissingExtraError: openpyxl is not installed.
    """
    openpyxl = require("openpyxl", needed_for="Excel files")
    try:
        book = openpyxl.load_workbook(io.BytesIO(file.read()), read_only=True, data_only=True)
        lines = [[_text(cell) for cell in line] for line in book.worksheets[0].iter_rows(values_only=True)]
    # openpyxl meets damaged files with whatever zipfile, its XML parser and Python raise there.
    except Exception as error:
        raise InputError(
            f"Expected an Excel file in {file.path}, but it is damaged or something else: {error}"
        ) from error
    head = lines[0] if lines else []
    _check_columns(file, columns, head)
    return [dict(zip(head, line, strict=False)) for line in lines[1:] if any(line)]


def _text(cell: Any) -> str:
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return "" if cell is None else str(cell).strip()


def _check_columns(file: SourceFile, columns: Sequence[str], found: Sequence[str]) -> None:
    missing = [column for column in columns if column not in found]
    if missing:
        raise InputError(
            f"Expected the columns {', '.join(columns)} in {file.path}, but {', '.join(missing)} is missing; "
            f"there are {', '.join(found) or 'none'}."
        )
