import os
import shutil
import subprocess
import zipfile

import pytest

from tests.corpus.source.archive_files import END, contents, split_zip, write, zip_of
from ultrasam.corpus.source import Source
from ultrasam.errors import InputError

FILES = {"a/1.png": os.urandom(3000), "a/2.png": os.urandom(10), "b.txt": b"text" * 900, "c.bin": os.urandom(2500)}


def parts_named(names, part_size=1000, comment_files=FILES):
    parts = split_zip(zip_of(comment_files), part_size)
    stem, last = names
    return {f"{stem}.z{n:02d}": part for n, part in enumerate(parts[:-1], 1)} | {f"{stem}.{last}": parts[-1]}


@pytest.mark.parametrize("last", ["zip", "ZIP", "change2zip"])
@pytest.mark.parametrize("part_size", [100, 1000, 3000])
def test_parts_by_zip(tmp_path, last, part_size):
    write(tmp_path, parts_named(("set", last), part_size))
    with Source.open(tmp_path / f"set.{last}") as source:
        assert contents(source) == FILES
    with Source.open(tmp_path / "set.z01") as source:
        assert contents(source) == FILES
    with Source.open(tmp_path) as source:
        assert contents(source) == {f"set/{path}": content for path, content in FILES.items()}


@pytest.mark.parametrize("options", [["-s", "64k"], ["-s", "64k", "-fz"]], ids=" ".join)
def test_parts_by_the_program_itself(tmp_path, options):
    if not shutil.which("zip"):
        pytest.skip("needs the program zip")
    files = {f"data/{n}.bin": os.urandom(30_000) for n in range(9)}
    write(tmp_path, files)
    subprocess.run(["zip", "-q", "-r", *options, "set.zip", "data"], cwd=tmp_path, check=True)
    assert (tmp_path / "set.z04").exists()
    with Source.open(tmp_path / "set.zip") as source:
        assert contents(source) == files


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_parts_in_an_archive(tmp_path, method):
    write(tmp_path, {"outer.zip": zip_of(parts_named(("x/inner", "change2zip")), method)})
    with Source.open(tmp_path / "outer.zip") as source:
        assert contents(source) == {f"x/inner/{path}": content for path, content in FILES.items()}


def test_a_file_beyond_four_gigabytes(tmp_path):
    # Places are counted from the start of the part: a part in front of it changes only its number.
    content = bytearray(zip_of({"a.bin": b"far away"}))
    for at, fields in ((content.rindex(b"PK\x01\x02"), [34]), (len(content) - END.size, [4, 6])):
        for field in fields:
            content[at + field] = 1
    (tmp_path / "set.zip").write_bytes(content)
    with (tmp_path / "set.z01").open("wb") as file:
        file.truncate(5 << 30)
    with Source.open(tmp_path / "set.zip") as source:
        assert contents(source) == {"a.bin": b"far away"}


def test_an_archive_that_is_cut_into_pieces(tmp_path):
    whole = zip_of(FILES)
    write(tmp_path, {f"set.zip.{n + 1:03d}": whole[n * 900 : n * 900 + 900] for n in range(-(-len(whole) // 900))})
    with Source.open(tmp_path / "set.zip.002") as source:
        assert contents(source) == FILES


@pytest.mark.parametrize(
    ("missing", "message"),
    [
        ("set.z01", r"the one before set\.z02 is missing"),
        ("set.z03", r"the one before set\.z04 is missing"),
        ("set.zip", r"set\.zip is missing"),
    ],
)
def test_a_part_that_is_missing(tmp_path, missing, message):
    write(tmp_path, parts_named(("set", "zip")))
    (tmp_path / missing).unlink()
    with pytest.raises(InputError, match=message):
        Source.open(tmp_path)


@pytest.mark.parametrize("kept", [0, 3])
def test_parts_that_are_missing_at_the_end(tmp_path, kept):
    parts = parts_named(("set", "zip"))
    write(tmp_path, dict([*list(parts.items())[:kept], *list(parts.items())[-1:]]))
    with pytest.raises(InputError, match=rf"set\.zip with all of its {len(parts)} parts .* but found {kept + 1}:"):
        Source.open(tmp_path)


def test_a_directory_that_is_damaged(tmp_path):
    parts = parts_named(("set", "zip"), part_size=3000)
    at = parts["set.zip"].index(b"PK\x01\x02", parts["set.zip"].index(b"PK\x01\x02") + 1)
    parts["set.zip"] = parts["set.zip"][:at] + bytes(46) + parts["set.zip"][at + 46 :]
    write(tmp_path, parts)
    with pytest.raises(InputError, match=r"set\.zip to be a whole zip archive, but it is cut off or damaged"):
        Source.open(tmp_path)


def test_pieces_that_are_missing(tmp_path):
    whole = zip_of(FILES)
    write(tmp_path, {"set.zip.001": whole[:900], "set.zip.003": whole[1800:]})
    with pytest.raises(InputError, match=r"the one before set\.zip\.003 is missing"):
        Source.open(tmp_path)
    (tmp_path / "set.zip.003").unlink()
    with pytest.raises(InputError, match="cut off or damaged"):
        Source.open(tmp_path)
