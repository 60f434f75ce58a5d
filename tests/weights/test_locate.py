import pytest

from ultrasam.errors import WeightsError
from ultrasam.weights import DEFAULT, check_weights, resolve, verify
from ultrasam.weights.hashing import sha256_of


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("ULTRASAM_CACHE", str(tmp_path))
    (tmp_path / "weights").mkdir()
    return tmp_path / "weights"


def test_a_name_stands_for_the_file_in_the_cache(cache):
    (cache / "sam_vit_b_01ec64.pth").write_bytes(b"x")
    assert resolve("sam-vit-b") == cache / "sam_vit_b_01ec64.pth"


def test_a_path_stands_for_itself(tmp_path):
    (tmp_path / "my.pth").write_bytes(b"x")
    assert resolve(tmp_path / "my.pth") == tmp_path / "my.pth"
    assert resolve(str(tmp_path)) == tmp_path


def test_missing_weights_name_the_command_that_gets_them():
    with pytest.raises(WeightsError, match="ultrasam weights download sam-vit-h"):
        resolve("sam-vit-h")


def test_what_is_neither_name_nor_file_is_said():
    with pytest.raises(WeightsError, match=r"names ultrasam-tiny, .* but there is no 'sam-vit-x'"):
        resolve("sam-vit-x")


def test_a_file_with_a_wrong_hash_is_told(cache):
    (cache / "sam_vit_b_01ec64.pth").write_bytes(b"x")
    for given in ("sam-vit-b", cache / "sam_vit_b_01ec64.pth"):
        checked = verify(given)
        assert (checked.matches, checked.source) == (False, "published")
        assert checked.sha256 == sha256_of(cache / "sam_vit_b_01ec64.pth")


def test_a_copy_is_recognised_by_its_hash(tmp_path):
    copy = tmp_path / "copy.bin"
    copy.write_bytes(resolve(DEFAULT).read_bytes())
    assert verify(copy).matches


def test_of_an_unknown_file_nothing_is_claimed(tmp_path):
    (tmp_path / "my.pth").write_bytes(b"x")
    assert verify(tmp_path / "my.pth").matches is None


def test_a_folder_is_refused(tmp_path):
    with pytest.raises(WeightsError, match="folder"):
        verify(tmp_path)


def test_weights_are_checked_by_name_and_by_path(cache):
    check_weights(DEFAULT)
    check_weights(resolve(DEFAULT))
    with pytest.raises(WeightsError, match="ultrasam weights download sam-vit-b"):
        check_weights("sam-vit-b")
    (cache / "sam_vit_b_01ec64.pth").write_bytes(b"x")
    with pytest.raises(WeightsError, match="web page"):
        check_weights("sam-vit-b")
