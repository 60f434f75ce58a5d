import os
import stat
import struct
import tracemalloc
import zipfile

import pytest

from tests.corpus.source.archive_files import contents, zip_of
from ultrasam.corpus.source import Source
from ultrasam.corpus.source import scratch as scratch_module
from ultrasam.errors import InputError


def opened(tmp_path, content, name="set.zip"):
    (tmp_path / name).write_bytes(content)
    return Source.open(tmp_path / name)


def test_files_are_those_of_the_archive(tmp_path):
    files = {"a/10.png": b"ten", "a/2.png": b"", "B.txt": bytes(5000)}
    with opened(tmp_path, zip_of({**files, "a/": b""})) as source:
        assert contents(source) == files
        assert [file.path for file in source.files] == ["a/2.png", "a/10.png", "B.txt"]
        assert [file.size for file in source.files] == [0, 3, 5000]
        with zipfile.ZipFile(tmp_path / "set.zip") as archive:
            assert source.find("10.png").stamp == f"crc:{archive.getinfo('a/10.png').CRC:08x}"


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_methods(tmp_path, method):
    with opened(tmp_path, zip_of({"a": b"content" * 99}, method)) as source:
        assert contents(source) == {"a": b"content" * 99}


def test_names_of_another_encoding_are_left_as_they_are(tmp_path):
    name = "图像/誠.png".encode("gbk")
    content = zip_of({"x" * 2 + "-" * 2 + "/" + "y" * (len(name) - 5): b"1"})
    with opened(tmp_path, content.replace(b"xx--/" + b"y" * (len(name) - 5), name)) as source:
        assert [file.path for file in source.files] == [name.decode("cp437")]
        assert source.files[0].read() == b"1"


def test_backslashes_are_folders_where_there_are_no_slashes(tmp_path):
    content = zip_of({"a|1.png": b"1", "a|b|2.png": b"2"}).replace(b"|", b"\\")
    with opened(tmp_path, content) as source:
        assert contents(source) == {"a/1.png": b"1", "a/b/2.png": b"2"}


def test_links_and_paths_that_lead_out_are_left_out(tmp_path):
    link = zipfile.ZipInfo("link.png")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with opened(tmp_path, zip_of({link: b"/etc/passwd", "../x.png": b"x", "/a/./b.png": b"b"})) as source:
        assert contents(source) == {"a/b.png": b"b"}
        assert source.remarks == [
            "set.zip: 1 left out, as symbolic links: link.png",
            "set.zip: 1 left out, with a path that leads out of the archive: ../x.png",
        ]


def test_the_last_of_two_files_of_one_path_counts(tmp_path):
    with pytest.warns(UserWarning, match="Duplicate"):
        content = zip_of({zipfile.ZipInfo("a.txt"): b"old", zipfile.ZipInfo("a.txt"): b"new"})
    with opened(tmp_path, content) as source:
        assert contents(source) == {"a.txt": b"new"}
        assert source.remarks == ["set.zip: 1 left out, as a later file has the same path: a.txt"]


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_one_damaged_file_leaves_the_others_readable(tmp_path, method):
    content = bytearray(zip_of({"a.bin": os.urandom(3000), "b.bin": b"whole"}, method))
    content[1000:1100] = bytes(100)
    with opened(tmp_path, content) as source:
        for read in (lambda file: file.read(), lambda file: file.open().read()):
            with pytest.raises(InputError, match=r"Expected a\.bin to be readable"):
                read(source.files[0])
        with pytest.raises(InputError, match=r"a\.bin"), source.files[0].on_disk():
            pass
        assert source.files[1].read() == b"whole"


WHOLE = zip_of({"a.bin": bytes(range(256))}, zipfile.ZIP_STORED)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (WHOLE[:-30], "cut off or damaged"),
        (WHOLE[100:], "cut off or damaged"),
        (b"", "empty"),
        (b"\n<!DOCTYPE html><html>", "page of a web site"),
        (b"version https://git-lfs.github.com/spec/v1\n", "git lfs pull"),
        (b"Rar!\x1a\x07\x00 and so on", "it is a rar archive"),
        (b"\x1f\x8b and so on", r"give it the suffix \.tar\.gz"),
    ],
)
def test_what_is_no_whole_archive_is_refused(tmp_path, content, message):
    with pytest.raises(InputError, match=message) as caught:
        opened(tmp_path, content)
    assert "set.zip" in str(caught.value)


def patched(field, value):
    """An archive of one file with another value in one field of its directory entry."""
    content = bytearray(WHOLE)
    struct.pack_into("<H", content, content.rindex(b"PK\x01\x02") + field, value)
    return content


def test_a_file_that_is_shorter_than_said(tmp_path):
    with opened(tmp_path, patched(24, 300)) as source:
        for read in (lambda file: file.read(), lambda file: file.open().read()):
            with pytest.raises(InputError, match=r"Expected a\.bin to be readable, but got: 256 of 300 bytes"):
                read(source.files[0])


def test_an_encrypted_archive_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"set\.zip to be readable, but it is encrypted"):
        opened(tmp_path, patched(8, 1))


def test_a_method_that_python_does_not_read_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"a\.bin is packed by method 9: unpack"):
        opened(tmp_path, patched(10, 9))


def test_large_files_are_streamed(tmp_path):
    inner = zip_of({"big.bin": bytes(64 << 20)})
    (tmp_path / "set.zip").write_bytes(zip_of({"inner.zip": inner}))
    del inner
    tracemalloc.start()
    with Source.open(tmp_path / "set.zip") as source, source.files[0].open() as stream:
        size = 0
        while chunk := stream.read(1 << 20):
            size += len(chunk)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert size == source.files[0].size == 64 << 20
    assert peak < 8 << 20


@pytest.mark.parametrize(("method", "is_copied"), [(zipfile.ZIP_STORED, False), (zipfile.ZIP_DEFLATED, True)])
def test_an_archive_in_an_archive_is_copied_only_if_it_is_packed(tmp_path, monkeypatch, method, is_copied):
    kept = []
    keep = scratch_module.Scratch.keep
    monkeypatch.setattr(scratch_module.Scratch, "keep", lambda self, stream: kept.append(1) or keep(self, stream))
    inner = zip_of({"1.png": b"1"})
    with opened(tmp_path, zip_of({"a.txt": b"a", "x/inner.zip": inner, "z": b"z"}, method)) as source:
        assert contents(source) == {"a.txt": b"a", "x/inner/1.png": b"1", "z": b"z"}
    assert bool(kept) == is_copied
