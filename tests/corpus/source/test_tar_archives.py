import os
import tarfile

import pytest

from tests.corpus.source.archive_files import contents, tar_of, write
from ultrasam.corpus.source import Source
from ultrasam.errors import InputError

FILES = {"a/1.npy": os.urandom(2000), "a/2.npy": b"", "b.txt": b"text"}
KINDS = {"tar": "w", "tar.gz": "w:gz", "TGZ": "w:gz", "tar.bz2": "w:bz2", "tar.xz": "w:xz"}


def special(name, kind, target=""):
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


@pytest.mark.parametrize(("suffix", "mode"), KINDS.items(), ids=KINDS)
def test_kinds(tmp_path, suffix, mode):
    write(tmp_path, {f"set.{suffix}": tar_of(FILES, mode)})
    with Source.open(tmp_path / f"set.{suffix}", scratch=tmp_path / "scratch") as source:
        assert contents(source) == FILES
        assert {file.stamp for file in source.files} == {"mtime:12000000000"}
        assert any((tmp_path / "scratch").glob("*/*")) == (mode != "w")
    assert not list((tmp_path / "scratch").glob("*"))


def test_an_archive_that_was_unpacked_under_its_old_name(tmp_path):
    write(tmp_path, {"set.tar.gz": tar_of(FILES)})
    with Source.open(tmp_path / "set.tar.gz") as source:
        assert contents(source) == FILES


def test_links_devices_and_paths_that_lead_out(tmp_path):
    files = {
        "./a.png": b"a",
        "link": special("link", tarfile.SYMTYPE, "/etc/passwd"),
        "device": special("device", tarfile.CHRTYPE),
        "again.png": special("again.png", tarfile.LNKTYPE, "./a.png"),
        "lost.png": special("lost.png", tarfile.LNKTYPE, "/etc/passwd"),
        "../../x.png": b"x",
        "/root/y.png": b"y",
    }
    write(tmp_path, {"set.tar": tar_of(files)})
    with Source.open(tmp_path / "set.tar") as source:
        assert contents(source) == {"a.png": b"a", "again.png": b"a", "root/y.png": b"y"}
        assert source.remarks == [
            "set.tar: 3 left out, as links or devices: link, device, lost.png",
            "set.tar: 1 left out, with a path that leads out of the archive: ../../x.png",
        ]


def test_a_sparse_file(tmp_path):
    # In GNU's old format: one piece of 3 bytes at byte 1000 of 2000, of which the rest is zeros.
    info = tarfile.TarInfo("sparse.bin")
    info.type, info.size = tarfile.GNUTYPE_SPARSE, 3
    header = bytearray(info.tobuf(tarfile.GNU_FORMAT))
    header[386:398], header[398:410], header[483:495] = b"%011o\0" % 1000, b"%011o\0" % 3, b"%011o\0" % 2000
    header[148:156] = b"        "
    header[148:156] = b"%06o\0 " % sum(header)
    write(tmp_path, {"set.tar": bytes(header) + b"abc".ljust(512, b"\0") + tar_of({"z.txt": b"z"})})
    with Source.open(tmp_path / "set.tar") as source:
        assert contents(source) == {"sparse.bin": bytes(1000) + b"abc" + bytes(997), "z.txt": b"z"}


@pytest.mark.parametrize(("suffix", "mode"), KINDS.items(), ids=KINDS)
def test_an_archive_that_is_cut_off(tmp_path, suffix, mode):
    content = tar_of({"a.bin": os.urandom(9000), "b.bin": os.urandom(9000)}, mode)
    write(tmp_path, {f"set.{suffix}": content[:12_000]})
    with pytest.raises(InputError, match=rf"set\.{suffix} to be a whole tar archive, but it is cut off"):
        Source.open(tmp_path / f"set.{suffix}", scratch=tmp_path / "scratch")
    assert not list((tmp_path / "scratch").glob("*"))


@pytest.mark.parametrize("mode", ["w:gz", "w:bz2", "w:xz"])
def test_a_packed_archive_that_is_damaged(tmp_path, mode):
    content = bytearray(tar_of({"a.bin": os.urandom(9000)}, mode))
    content[4000:4100] = bytes(100)
    write(tmp_path, {"set.tar.gz": content})
    with pytest.raises(InputError, match=r"Expected set\.tar\.gz to be a whole tar archive"):
        Source.open(tmp_path / "set.tar.gz")


def test_a_header_that_is_damaged(tmp_path):
    content = bytearray(tar_of({"a.bin": b"a", "b.bin": b"b"}))
    content[1024 + 3] ^= 1
    write(tmp_path, {"set.tar": content})
    with pytest.raises(InputError, match="cut off or damaged"):
        Source.open(tmp_path / "set.tar")


def test_an_archive_without_an_end(tmp_path):
    write(tmp_path, {"set.tar": tar_of({"a.bin": b"a", "b.bin": b"b"})[:1024]})
    with Source.open(tmp_path / "set.tar") as source:
        assert contents(source) == {"a.bin": b"a"}
        assert source.remarks == ["set.tar: has no mark at its end: it may be cut off"]


def test_what_is_no_archive(tmp_path):
    write(tmp_path, {"set.tar.gz": b"<html>Please log in</html>"})
    with pytest.raises(InputError, match="page of a web site"):
        Source.open(tmp_path / "set.tar.gz")
