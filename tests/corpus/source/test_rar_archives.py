import os
import stat

import pytest

from tests.corpus.source.archive_files import contents, rar_of, write, zip_of
from ultrasam.corpus.source import Source
from ultrasam.errors import InputError

pytest.importorskip("rarfile")
FILES = {"AC/1.png": os.urandom(2000), "AC/2.png": b"two"}
SPLIT = {"big.bin": os.urandom(3000)}


def volumes(names):
    return {name: rar_of(SPLIT, volume_of=(n, len(names))) for n, name in enumerate(names)}


def program(folder, name, output):
    """A program that writes the same whatever it is asked, alone in the PATH."""
    (folder / "bin").mkdir(exist_ok=True)
    (folder / "output").write_bytes(output)
    script = folder / "bin" / name
    script.write_text(f'#!/bin/sh\nexec /bin/cat "{folder}/output"\n')
    script.chmod(script.stat().st_mode | stat.S_IXUSR)


@pytest.fixture(autouse=True)
def path(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))


def test_stored_files_need_no_program(tmp_path):
    write(tmp_path, {"set.rar": rar_of(FILES)})
    with Source.open(tmp_path / "set.rar") as source:
        assert contents(source) == FILES
        assert all(file.stamp.startswith("crc:") for file in source.files)


@pytest.mark.parametrize(
    "names",
    [[f"set.part{n}.rar" for n in (1, 2, 3)], [f"set.part{n:02d}.rar" for n in (1, 2)]],
    ids=lambda names: names[0],
)
def test_volumes(tmp_path, names):
    write(tmp_path, volumes(names))
    for name in names:
        with Source.open(tmp_path / name) as source:
            assert contents(source) == SPLIT


def test_volumes_in_an_archive(tmp_path):
    write(tmp_path, {"outer.zip": zip_of(volumes(["x/set.part1.rar", "x/set.part2.rar"]))})
    with Source.open(tmp_path / "outer.zip") as source:
        assert contents(source) == {"x/set/big.bin": SPLIT["big.bin"]}


def test_a_volume_that_is_missing(tmp_path):
    names = ["set.part1.rar", "set.part2.rar", "set.part3.rar"]
    write(tmp_path, volumes(names))
    (tmp_path / names[2]).unlink()
    with pytest.raises(InputError, match=r"set\.part1\.rar to be whole, but got: Cannot open next volume"):
        Source.open(tmp_path)
    (tmp_path / names[0]).unlink()
    with pytest.raises(InputError, match=r"the one before set\.part2\.rar is missing"):
        Source.open(tmp_path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (rar_of(FILES)[:1000], "cut off or damaged"),
        (rar_of(FILES)[:-25], "whole, but got: Unexpected EOF"),
        (zip_of({"a": b"a"}), "it is a zip archive"),
        (b"", "empty"),
    ],
)
def test_what_is_no_whole_archive_is_refused(tmp_path, content, message):
    write(tmp_path, {"set.rar": content})
    with pytest.raises(InputError, match=message):
        Source.open(tmp_path / "set.rar")


def test_one_damaged_file_leaves_the_others_readable(tmp_path):
    content = bytearray(rar_of(FILES))
    content[500:600] = bytes(100)
    write(tmp_path, {"set.rar": content})
    with Source.open(tmp_path / "set.rar") as source:
        with pytest.raises(InputError, match=r"Expected AC/1\.png to be readable"):
            source.files[0].read()
        assert source.files[1].read() == b"two"


def test_packed_files_are_unpacked_by_the_first_program_that_does_it_right(tmp_path):
    write(tmp_path, {"set.rar": rar_of(FILES, method=0x33)})
    with pytest.raises(InputError, match=r"a program that unpacks set\.rar, but found none: install bsdtar"):
        Source.open(tmp_path / "set.rar")
    program(tmp_path, "unrar", FILES["AC/1.png"] + b"2")
    with pytest.raises(InputError, match=r"unrar fails at AC/2\.png"):
        Source.open(tmp_path / "set.rar")
    program(tmp_path, "unar", b"".join(FILES.values()))
    (tmp_path / "bin" / "unrar").write_text("#!/bin/sh\necho Cannot open\nexit 1\n")
    with Source.open(tmp_path / "set.rar", scratch=tmp_path / "scratch") as source:
        assert contents(source) == FILES
        # What the first program wrote is gone.
        assert len(list((tmp_path / "scratch").glob("*/*"))) == 1


def test_an_encrypted_archive_is_refused(tmp_path):
    content = rar_of({"a.png": b"a"}, is_encrypted=True)
    write(tmp_path, {"set.rar": content})
    with pytest.raises(InputError, match=r"set\.rar to be readable, but it is encrypted"):
        Source.open(tmp_path / "set.rar")
