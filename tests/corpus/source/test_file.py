import errno
import io
import pickle
import shutil
import tempfile
import zipfile
from pathlib import Path

import pytest

from tests.corpus.source.archive_files import zip_of
from ultrasam.corpus.source import Source, SourceFile
from ultrasam.corpus.source.places import OnDisk
from ultrasam.corpus.source.zip_archives import ZipMember
from ultrasam.errors import InputError, UltraSamError


@pytest.mark.parametrize(
    ("path", "folder", "name", "stem", "suffix"),
    [
        ("Benign/image/194.JPG", "Benign/image", "194.JPG", "194", ".jpg"),
        ("a.nii.gz", "", "a.nii.gz", "a", ".nii.gz"),
        ("x/a.b.NII.GZ", "x", "a.b.NII.GZ", "a.b", ".nii.gz"),
        ("a.tar.gz", "", "a.tar.gz", "a", ".tar.gz"),
        ("a.csv.gz", "", "a.csv.gz", "a.csv", ".gz"),
        ("x.y/README", "x.y", "README", "README", ""),
        (".nii.gz", "", ".nii.gz", ".nii", ".gz"),
        (".hidden", "", ".hidden", ".hidden", ""),
    ],
)
def test_names(path, folder, name, stem, suffix):
    file = SourceFile(path, 1, "crc:00000000", OnDisk(Path("a")))
    assert (file.folder, file.name, file.stem, file.suffix) == (folder, name, stem, suffix)
    assert file.parts == tuple(path.split("/"))


def test_a_file_does_not_show_where_it_lies():
    assert "secret" not in repr(SourceFile("a", 1, "mtime:1", OnDisk(Path("/secret"))))


def test_a_path_for_readers_that_need_one(tmp_path):
    (tmp_path / "b.png").write_bytes(b"b")
    (tmp_path / "z.zip").write_bytes(zip_of({"a.nii.GZ": b"volume"}))
    with Source.open(tmp_path) as source:
        on_disk, packed = source.find("b.png"), source.find("a.nii.gz")
        with on_disk.on_disk() as path:
            assert path == tmp_path / "b.png"
        assert on_disk.stamp == f"mtime:{path.stat().st_mtime_ns}"
        with packed.on_disk() as path:
            assert path.read_bytes() == b"volume"
            assert path.name.endswith(".nii.gz")
        assert not path.parent.exists()
        with pytest.raises(KeyError), packed.on_disk() as path:
            raise KeyError
        assert not path.parent.exists()
    assert (tmp_path / "b.png").exists()


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_streams_can_seek(tmp_path, method):
    (tmp_path / "z.zip").write_bytes(zip_of({"a.bin": bytes(range(200))}, method))
    with Source.open(tmp_path / "z.zip") as source, source.files[0].open() as stream:
        assert (stream.read(3), stream.tell()) == (bytes(range(3)), 3)
        assert stream.seek(-10, io.SEEK_END) == 190
        assert stream.read() == bytes(range(190, 200))
        stream.seek(5)
        assert stream.read(1) == bytes([5])


def test_a_file_that_is_gone_is_named(tmp_path):
    (tmp_path / "b.png").write_bytes(b"b")
    source = Source.open(tmp_path)
    (tmp_path / "b.png").unlink()
    for read in (SourceFile.read, SourceFile.open):
        with pytest.raises(InputError, match=r"Expected b\.png to be readable") as raised:
            read(source.files[0])
        assert str(tmp_path) not in str(raised.value)


@pytest.fixture
def packed(tmp_path):
    (tmp_path / "z.zip").write_bytes(zip_of({"a.nii": b"volume"}))
    with Source.open(tmp_path / "z.zip", scratch=tmp_path / "scratch") as source:
        yield pickle.loads(pickle.dumps(source.files[0]))  # noqa: S301


def test_copies_are_in_scratch_from_which_they_go_even_if_their_reader_was_killed(packed, tmp_path):
    with Source.open(tmp_path / "z.zip", scratch=tmp_path / "other") as source:
        reader = source.files[0].on_disk()
        assert (tmp_path / "other") in reader.__enter__().parents
    assert not list((tmp_path / "other").iterdir())
    with packed.on_disk() as path:
        assert (tmp_path / "scratch") in path.parents


def test_without_a_scratch_folder_copies_go_with_the_source(packed, tmp_path):
    with Source.open(tmp_path / "z.zip") as source:
        path = source.files[0].on_disk().__enter__()
        assert Path(tempfile.gettempdir()) in path.parents
    assert not path.parent.parent.exists()
    assert source.files[0] == packed
    assert repr(source.files[0]) == repr(packed)


def test_what_is_packed_is_unpacked_once_for_readers_that_jump(packed, monkeypatch):
    opened = []
    original = ZipMember.open
    monkeypatch.setattr(ZipMember, "open", lambda place: opened.append(place) or original(place))
    for _ in range(2):
        with packed.open_unpacked() as stream:
            stream.seek(2)
            assert stream.read() == b"lume"
    assert len(opened) == 1


def test_what_lies_on_the_disk_is_not_copied(tmp_path):
    (tmp_path / "set").mkdir()
    (tmp_path / "set/z.zip").write_bytes(zip_of({"a": b"1"}, zipfile.ZIP_STORED))
    (tmp_path / "set/b").write_bytes(b"2")
    with Source.open(tmp_path / "set", scratch=tmp_path / "scratch") as source:
        for file in source.files:
            with file.open_unpacked() as stream:
                assert stream.read() == file.read()
        assert not list((tmp_path / "scratch").glob("*/*"))


def test_a_full_disk_is_no_fault_of_the_file(packed, monkeypatch):
    def no_room(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(shutil, "copyfileobj", no_room)
    for read in (lambda: packed.on_disk().__enter__(), packed.open_unpacked):
        with pytest.raises(UltraSamError, match=r"a copy of a\.nii .* the disk is full") as raised:
            read()
        assert not isinstance(raised.value, InputError | OSError)
