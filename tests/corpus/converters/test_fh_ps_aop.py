import numpy as np
import pytest
import SimpleITK

from tests.corpus.converters.made import Converted, block, texture
from ultrasam.corpus.sample import Unreadable

FOLDER = "Pubic Symphysis-Fetal Head Segmentation and Angle of Progression"


def volume(path, array, spacing=None):
    path.parent.mkdir(parents=True, exist_ok=True)
    image = SimpleITK.GetImageFromArray(array)
    if spacing:
        image.SetSpacing(spacing)
    SimpleITK.WriteImage(image, str(path))


def labels():
    return block(slice(2, 6), value=1) | block(slice(8, 22), value=2)


def frame(root, name, pixels=None, mask=None, spacing=None):
    pixels = np.stack([texture()] * 3) if pixels is None else pixels
    volume(root / FOLDER / "image_mha" / f"{name}.mha", pixels, spacing)
    volume(root / FOLDER / "label_mha" / f"{name}.mha", labels() if mask is None else mask)


def test_both_structures_stay_as_they_are(tmp_path):
    """Where the image is black too: no sector is guessed."""
    frame(tmp_path, "00001", pixels=np.zeros((3, 24, 32), np.uint8))
    with Converted("FH-PS-AOP", tmp_path) as found:
        assert found.areas("00001") == [("pubic_symphysis", 4 * 14), ("fetal_head", 14 * 14)]


@pytest.mark.parametrize("spacing", [None, (0.3, 0.3, 1.0)], ids=["no spacing", "spacing"])
def test_three_equal_planes_are_one_grey_picture(tmp_path, spacing):
    frame(tmp_path, "00001", spacing=spacing)
    with Converted("FH-PS-AOP", tmp_path) as found:
        picture = found.picture("00001")
        assert (picture.pixels == texture()).all()
        assert picture.spacing_mm == (None if spacing is None else pytest.approx(spacing[:2]))


def test_planes_that_differ_are_colours_and_a_single_plane_is_grey(tmp_path):
    frame(tmp_path, "00001", pixels=np.stack([texture(seed=seed) for seed in range(3)]))
    frame(tmp_path, "00002", pixels=texture())
    with Converted("FH-PS-AOP", tmp_path) as found:
        assert (found.picture("00001").pixels[..., 2] == texture(seed=2)).all()
        assert (found.picture("00002").pixels == texture()).all()


def test_a_volume_and_a_damaged_file_are_skipped(tmp_path):
    frame(tmp_path, "00001")
    frame(tmp_path, "00002", pixels=np.zeros((7, 24, 32), np.uint8))
    frame(tmp_path, "00003")
    (tmp_path / FOLDER / "image_mha/00003.mha").write_bytes(b"nothing")
    with Converted("FH-PS-AOP", tmp_path) as found:
        assert list(found.samples) == ["00001"]
        assert [(file.path[-9:], file.reason[:21]) for file in found.notes.skipped] == [
            ("00002.mha", "Expected one picture,"),
            ("00003.mha", "Expected the header o"),
        ]


def test_a_file_that_is_cut_off_says_so_when_it_is_read(tmp_path):
    frame(tmp_path, "00001")
    file = tmp_path / FOLDER / "image_mha/00001.mha"
    file.write_bytes(file.read_bytes()[:-200])
    with Converted("FH-PS-AOP", tmp_path) as found, pytest.raises(Unreadable, match=r"00001\.mha"):
        found.picture("00001")


def test_an_unknown_value_is_reported(tmp_path):
    frame(tmp_path, "00001", mask=block(value=3))
    with Converted("FH-PS-AOP", tmp_path) as found:
        assert found.annotations("00001")[0] == []
        assert found.annotations("00001")[1][0].detail == "value 3"


def test_what_has_no_partner_is_skipped(tmp_path):
    frame(tmp_path, "00001")
    frame(tmp_path, "00002")
    (tmp_path / FOLDER / "label_mha/00001.mha").unlink()
    (tmp_path / FOLDER / "image_mha/00002.mha").unlink()
    with Converted("FH-PS-AOP", tmp_path) as found:
        assert found.samples == {}
        assert [file.path.split("/")[-2:] for file in found.notes.skipped] == [
            ["image_mha", "00001.mha"],
            ["label_mha", "00002.mha"],
        ]


def test_an_empty_mask_does_not_say_that_nothing_is_there(tmp_path):
    frame(tmp_path, "00001", mask=block(value=0))
    with Converted("FH-PS-AOP", tmp_path) as found:
        assert found.areas("00001") == []
        assert not found.samples["00001"].is_negative_if_empty
