import multiprocessing

import pytest

from tests.corpus.source.archive_files import contents, rar_of, split_zip, tar_of, write, zip_of
from tests.references import shared
from ultrasam.corpus.source import Source, SourceFile
from ultrasam.errors import InputError


def test_files_can_be_read_by_other_processes(tmp_path, monkeypatch):
    pytest.importorskip("rarfile")
    write(
        tmp_path,
        {
            "disk.txt": b"1",
            "z.zip": zip_of({"a": b"2", "inner.zip": zip_of({"b": b"3"})}),
            "t.tar": tar_of({"a": b"4"}),
            "g.tar.gz": tar_of({"a": b"5"}, "w:gz"),
            "r.rar": rar_of({"a": b"6"}),
            **dict(zip(["m.z01", "m.z02", "m.zip"], split_zip(zip_of({"a": b"7"}), 35), strict=True)),
        },
    )
    monkeypatch.chdir(tmp_path.parent)
    with Source.open(tmp_path.name) as source:
        here = contents(source)
        monkeypatch.chdir(tmp_path)
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            there = pool.map(SourceFile.read, source.files)
    assert sorted(here.values()) == [b"1", b"2", b"3", b"4", b"5", b"6", b"7"]
    assert there == list(here.values())


def test_an_archive_that_is_replaced_is_read_anew(tmp_path):
    for content in (b"old", b"new"):
        write(tmp_path, {"set.zip": zip_of({"a": content})})
        assert contents(Source.open(tmp_path / "set.zip")) == {"a": content}


def test_what_is_unpacked_is_removed(tmp_path):
    write(tmp_path, {"set.tar.gz": tar_of({"a": b"1"}, "w:gz")})
    scratch = tmp_path / "not" / "there" / "yet"
    with Source.open(tmp_path / "set.tar.gz", scratch=scratch) as source:
        assert len(list(scratch.glob("*/*"))) == 1
    assert not list(scratch.iterdir())
    with pytest.raises(InputError, match="Expected a to be readable"):
        source.files[0].read()


def test_a_scratch_folder_that_cannot_be_made(tmp_path):
    write(tmp_path, {"set.tar.gz": tar_of({"a": b"1"}, "w:gz"), "file": b""})
    with pytest.raises(InputError, match="Name another folder as scratch"):
        Source.open(tmp_path / "set.tar.gz", scratch=tmp_path / "file" / "x")


def test_an_archive_is_not_disturbed_by_what_lies_beside_it(tmp_path):
    write(tmp_path, {"a.zip": zip_of({"1.png": b"1"}), "b.zip": b"broken", "c.z02": b"", "1.png": b"1"})
    with Source.open(str(tmp_path / "a.zip")) as source:
        assert contents(source) == {"1.png": b"1"}


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("nothing.zip", "there is nothing at"),
        ("image.png", r"Expected a folder or an archive \(zip, tar"),
        ("set.7z", "unpack it and name the folder"),
        ("._set.zip", "Expected a folder or an archive"),
        ("empty", "it holds none"),
    ],
)
def test_what_is_no_data_set_is_refused(tmp_path, name, message):
    write(tmp_path, {"image.png": b"x", "set.7z": b"x", "._set.zip": b"x", "empty/.DS_Store": b""})
    with pytest.raises(InputError, match=message):
        Source.open(tmp_path / name)


FILES = ["BUSI/images/1.png", "BUSI/images/2.PNG", "BUSI/images/10.png", "BUSI/masks/1.png", "BUSI/bus_data.csv"]


@pytest.fixture
def source(tmp_path):
    write(tmp_path, dict.fromkeys(FILES, b""))
    with Source.open(tmp_path) as opened:
        yield opened


def test_select(source):
    assert [file.path for file in source.select("images/*.png")] == FILES[:3]
    assert source.select("*.bmp") == []


def test_find(source):
    assert source.find("*.csv").path == FILES[4]
    with pytest.raises(InputError, match=r"one file \*\.png in .*, but found 4: BUSI/images/1\.png, "):
        source.find("*.png")
    with pytest.raises(InputError, match=r"found none\. Of a similar name: BUSI/bus_data\.csv\. There are:\nBUSI/:"):
        source.find("bus-data.csv")


def test_tree(source):
    lines = [
        "BUSI/: 1 file (bus_data.csv)",
        "BUSI/images/: 3 files (1.png, 2.PNG, 10.png)",
        "BUSI/masks/: 1 file (1.png)",
    ]
    assert source.tree() == "\n".join(lines)
    assert source.tree(most=1) == f"{lines[0]}\n… and 2 more folders"
    assert source.tree(most=2) == f"{lines[0]}\n{lines[1]}\n… and 1 more folder"


def test_a_real_data_set():
    folder = shared("native/BUSI")
    with Source.open(folder) as source:
        assert len(source.files) == sum(path.is_file() for path in folder.rglob("*"))
        masks = source.select("benign/benign (*)_mask*.png")
        assert {file.folder for file in masks} == {"Dataset_BUSI_with_GT/benign"}
        assert {file.path for file in masks} == {
            str(p.relative_to(folder)) for p in folder.rglob("benign (*_mask*.png")
        }
