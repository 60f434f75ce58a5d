"""Tables that come with a data set: CSV and Excel."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

from ultrasam.corpus.source import SourceFile
from ultrasam.errors import InputError
from ultrasam.extras import require

#: A line before the headings by which Excel is told what separates cells.
_SEPARATOR = re.compile(r"sep=(.)\s*", re.IGNORECASE)


def csv_rows(file: SourceFile, columns: Sequence[str], optional: Sequence[str] = ()) -> list[dict[str, str]]:
    """The rows of a CSV file by column name; separated by commas, semicolons or tabs, in UTF-8, UTF-16 or Latin-1.

    A heading that is one of the columns but for capitals counts as that column.

    Args:
        file: the CSV file.
        columns: that must be there.
        optional: further ones that are looked for.

    Raises:
        InputError: it is no CSV file, or a column is missing.
    """
    text = _decoded(file.read())
    head, _, rest = text.partition("\n")
    told = _SEPARATOR.fullmatch(head)
    if told:
        text = rest
    separator = told[1] if told else max(",;\t", key=head.count)
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        reader.fieldnames = _as_wanted([str(name).strip() for name in reader.fieldnames or ()], (*columns, *optional))
        rows = [{str(key).strip(): str(value or "").strip() for key, value in row.items()} for row in reader]
    except csv.Error as error:
        # A quotation mark that nothing closes makes the rest of the file one cell.
        raise InputError(f"Expected a CSV file in {file.path}, but it is damaged or something else: {error}") from error
    _check_columns(file, columns, [str(name).strip() for name in reader.fieldnames or ()])
    return rows


def _decoded(content: bytes) -> str:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        # What Excel calls Unicode text.
        return content.decode("utf-16", errors="replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("latin-1")


def _as_wanted(found: Sequence[str], wanted: Sequence[str]) -> list[str]:
    """Headings, spelt as they are asked for where one of them alone is meant."""
    spellings = Counter(name.casefold() for name in found)
    by_folded = {name.casefold(): name for name in wanted if name not in found}
    return [by_folded.get(name.casefold(), name) if spellings[name.casefold()] == 1 else name for name in found]


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
