import pytest

from ultrasam.corpus.merging.whole_folder import whole_folder


def write_into(folder):
    with whole_folder(folder) as place:
        assert not list(place.iterdir())
        (place / "images").mkdir()
        (place / "images/1.png").write_text("1")


def fail_in(folder):
    with whole_folder(folder) as place:
        (place / "coco.json").write_text("{}")
        raise RuntimeError("on the way")


def names(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


def test_an_empty_folder_stays_itself_and_a_link_to_one_stays_a_link(tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "link").symlink_to("empty")
    number = (tmp_path / "empty").stat().st_ino
    write_into(tmp_path / "link")
    assert (tmp_path / "empty").stat().st_ino == number
    assert (tmp_path / "link").is_symlink()
    assert names(tmp_path) == ["empty", "empty/images", "empty/images/1.png", "link"]


@pytest.mark.parametrize("name", ["new", "far/new", "empty"])
def test_nothing_is_left_of_a_failure(tmp_path, name):
    (tmp_path / "empty").mkdir()
    with pytest.raises(RuntimeError, match="on the way"):
        fail_in(tmp_path / name)
    assert not list((tmp_path / "empty").iterdir())
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
    write_into(tmp_path / name)
    assert names(tmp_path / name) == ["images", "images/1.png"]
