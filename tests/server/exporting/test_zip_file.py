import errno
import zipfile
from datetime import datetime, timezone
from io import BytesIO

import pytest

from ultrasam.server.exporting.zip_file import GrowingText, ZipWriter, full_disk_said
from ultrasam.server.refusals import Full

AT = datetime(2026, 3, 4, 5, 6, 8, tzinfo=timezone.utc)


def test_entries_have_the_time_of_the_export_and_only_texts_are_packed():
    file = BytesIO()
    with ZipWriter(file, AT) as archive:
        archive.add("a.json", b"{}" * 1000)
        with archive.stream("b.png") as entry:
            entry.write(b"x" * 1000)
    with zipfile.ZipFile(file) as read:
        assert {i.filename: i.compress_type for i in read.infolist()} == {
            "a.json": zipfile.ZIP_DEFLATED,
            "b.png": zipfile.ZIP_STORED,
        }
        assert {i.date_time for i in read.infolist()} == {(2026, 3, 4, 5, 6, 8)}
        assert read.read("b.png") == b"x" * 1000


def test_what_was_broken_off_raises_its_own_error():
    with pytest.raises(KeyError), ZipWriter(BytesIO(), AT) as archive, archive.stream("a.json"):
        raise KeyError


def test_a_long_text_goes_to_the_disk_and_comes_back(tmp_path, monkeypatch):
    monkeypatch.setattr("ultrasam.server.exporting.zip_file._IN_MEMORY", 100)
    text, target = GrowingText(tmp_path), BytesIO()
    for number in range(50_000):
        text.write(f"ü{number}\n")
    text.copy_to(target)
    text.close()
    assert target.getvalue().decode() == "".join(f"ü{number}\n" for number in range(50_000))


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG], ids=errno.errorcode.get)
def test_a_full_disk_is_said(code):
    with pytest.raises(Full, match="disk is full"), full_disk_said():
        raise OSError(code, "…")


def test_other_troubles_stay():
    with pytest.raises(PermissionError), full_disk_said():
        raise PermissionError(errno.EACCES, "…")
