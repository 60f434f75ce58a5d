import hashlib
import zipfile

import pytest

from ultrasam.corpus.fetching import RemoteFile
from ultrasam.errors import InputError

URL = ("https://example.org/a",)


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".",
        "..",
        "../a",
        "a/../../b",
        "/etc/passwd",
        "a//b",
        "a/",
        "a\\..\\b",
        "C:a",
        "C:\\a",
        "\\\\host\\a",
        "a\0b",
    ],
)
def test_a_name_cannot_lead_out_of_the_folder(name):
    with pytest.raises(InputError, match="file inside the data set's folder"):
        RemoteFile(name, URL)


@pytest.mark.parametrize("name", ["a.zip", "US images/Bild ä (1).png", "..a", ".DS_Store", "a..b/c"])
def test_a_name_may_be_odd(name, tmp_path):
    assert (tmp_path / RemoteFile(name, URL).name).is_relative_to(tmp_path)


def test_a_file_without_an_address_or_of_an_unknown_hash_is_refused():
    with pytest.raises(InputError, match="an address of a"):
        RemoteFile("a", ())
    with pytest.raises(InputError, match="by md5, sha1, sha256, sha512, but got 'crc'"):
        RemoteFile("a", URL, digest=("crc", "1"))


@pytest.mark.parametrize(
    ("facts", "problem"),
    [
        ({}, None),
        ({"size": 3}, None),
        ({"size": 4}, "has 3 bytes in place of 4"),
        # The test vectors of RFC 1321 and FIPS 180-4.
        ({"digest": ("md5", "900150983cd24fb0d6963f7d28e17f72")}, None),
        ({"digest": ("md5", "900150983CD24FB0D6963F7D28E17F72")}, None),
        ({"digest": ("sha256", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")}, None),
        ({"digest": ("md5", "0")}, "has the md5 900150983cd24fb0d6963f7d28e17f72 in place of 0"),
    ],
)
def test_size_and_hash_tell_a_file(tmp_path, facts, problem):
    path = tmp_path / "a"
    path.write_bytes(b"abc")
    assert RemoteFile("a", URL, **facts).problem_of(path) == problem


def test_a_zip_file_without_a_hash_is_looked_at(tmp_path):
    path = tmp_path / "a.ZIP"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("a.txt", "abc")
    whole = path.read_bytes()
    assert RemoteFile("a.ZIP", URL).problem_of(path) is None
    for content in (whole[:-10], b"<html>Please log in</html>"):
        path.write_bytes(content)
        assert RemoteFile("a.ZIP", URL).problem_of(path) == "is no whole zip file"
        # A published hash is the better witness.
        assert RemoteFile("a.ZIP", URL, digest=("md5", hashlib.md5(content).hexdigest())).problem_of(path) is None
