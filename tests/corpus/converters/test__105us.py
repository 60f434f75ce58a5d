import pytest

from tests.corpus.converters.made import Converted, block, picture, texture
from ultrasam.corpus.sample import Unreadable


@pytest.fixture
def made(tmp_path):
    """Two images; the first mask has a rim of lighter and darker grey."""
    mask = block()
    mask[12], mask[13] = 200, 60
    for number in ("001", "012"):
        picture(tmp_path / f"105 US Images/{number}.png", texture(seed=int(number)))
        picture(tmp_path / f"105 US Masks/{number} G man.png", mask)
    (tmp_path / "105 US Images/readme.txt").write_text("about")
    return tmp_path


def test_grey_pixels_are_not_lost(made):
    with Converted("105US", made) as us:
        assert us.areas("001") == [("liver_lesion", 8 * 14 + 32)]
        [remark] = us.annotations("001")[1]
        assert remark.pixels == 2 * 32


def test_files_are_paired_by_number_and_the_readme_is_known(made):
    (made / "105 US Masks/012 G man.png").rename(made / "105 US Masks/12 g MAN.PNG")
    with Converted("105US", made) as us:
        assert list(us.samples) == ["001", "012"]
        assert us.notes.unused == {"105 US Images/readme.txt"}
        assert not us.notes.skipped


def test_missing_partners_and_corrupt_files_are_reported(made):
    picture(made / "105 US Images/002.png", texture())
    picture(made / "105 US Masks/003 G man.png", block())
    (made / "105 US Masks/012 G man.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    with Converted("105US", made) as us:
        assert [entry.path for entry in us.notes.skipped] == [
            "105 US Images/002.png",
            "105 US Masks/003 G man.png",
        ]
        with pytest.raises(Unreadable, match=r"012 G man\.png"):
            us.annotations("012")


def test_two_masks_of_one_number_are_left_out(made):
    picture(made / "105 US Masks/001 L man.png", block())
    with Converted("105US", made) as us:
        assert list(us.samples) == ["012"]
        assert len(us.notes.skipped) == 3
