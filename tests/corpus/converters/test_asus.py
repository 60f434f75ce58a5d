"""ASUS: small arrays made in its layout, right and broken."""

import tarfile
import zipfile

import numpy as np
import pytest

from tests.corpus.converters.cines import frames
from tests.corpus.converters.made import Converted, block
from ultrasam.corpus.reading.stacks import close_stacks


@pytest.fixture(autouse=True)
def closed():
    yield
    close_stacks()


def grey(volunteer):
    """Frames ``(3, 24, 32)`` uint8."""
    return frames(3, seed=volunteer)


def masks():
    """``(3, 24, 32, 1)`` of 0 and 1; the first one is empty."""
    return np.stack([block(value=0), block(value=1), block(slice(2, 4), value=1)])[..., None]


def save(folder, volunteer, images, segmentation):
    folder.mkdir(parents=True, exist_ok=True)
    np.save(folder / f"q{volunteer:03}_ultrasound.npy", images)
    np.save(folder / f"q{volunteer:03}_segmentation.npy", segmentation)


@pytest.fixture
def made(tmp_path):
    for volunteer in range(2):
        save(tmp_path / "DataArrays", volunteer, (grey(volunteer) / 255).astype(np.float16)[..., None], masks())
    return tmp_path


def test_frames_are_upside_down_only_and_their_masks_with_them(made):
    with Converted("ASUS", made) as found:
        assert list(found.samples) == [f"q00{volunteer}/{index:04}" for volunteer in range(2) for index in range(3)]
        for volunteer in range(2):
            for index in range(3):
                name = f"q00{volunteer}/{index:04}"
                assert np.array_equal(found.picture(name).pixels, grey(volunteer)[index, ::-1])
        [(category, mask)], remarks = found.annotations("q001/0002")
        assert category == "spine"
        assert np.array_equal(mask, masks()[2, ::-1, :, 0] > 0)
        assert not remarks


def test_the_volunteer_is_the_patient(made):
    with Converted("ASUS", made) as found:
        assert {(s.patient, s.sequence, s.split) for s in found.samples.values()} == {
            ("q000", "q000", None),
            ("q001", "q001", None),
        }
        assert [s.frame for s in found.samples.values()] == [0, 1, 2] * 2


def test_empty_frames_are_no_negatives(made):
    with Converted("ASUS", made) as found:
        assert found.areas("q000/0000") == []
        assert not any(sample.is_negative_if_empty for sample in found.samples.values())


def test_a_mask_of_floats_below_1_does_not_vanish_and_is_said(made):
    save(made / "DataArrays", 0, grey(0), (masks() * 0.75).astype(np.float32))
    with Converted("ASUS", made) as found:
        objects, [remark] = found.annotations("q000/0001")
        assert [(category, mask.sum()) for category, mask in objects] == [("spine", 112)]
        assert (remark.kind, remark.pixels) == ("value near one of the legend, taken as that one", 112)


def test_a_mask_that_is_nearer_to_nothing_is_said_too(made):
    save(made / "DataArrays", 0, grey(0), masks() * (1 / 255))
    with Converted("ASUS", made) as found:
        objects, [remark] = found.annotations("q000/0001")
        assert (objects, remark.pixels) == ([], 112)


def test_images_of_another_range_are_said(made):
    save(made / "DataArrays", 0, grey(0).astype(np.float32), masks())
    with Converted("ASUS", made) as found, pytest.raises(Exception, match=r"q000_ultrasound\.npy.* 0 to 255"):
        found.picture("q000/0001")


def test_archives_in_archives(made, tmp_path_factory):
    folder = tmp_path_factory.mktemp("packed")
    with zipfile.ZipFile(folder / "DataArrays.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for path in (made / "DataArrays").iterdir():
            archive.write(path, path.name)
    with tarfile.open(folder / "ASUS.tar.gz", "w:gz") as archive:
        archive.add(folder / "DataArrays.zip", "ASUS/DataArrays.zip")
    with Converted("ASUS", folder / "ASUS.tar.gz") as found:
        assert found.areas("q001/0001") == [("spine", 112)]
        assert np.array_equal(found.picture("q001/0001").pixels, grey(1)[1, ::-1])
        close_stacks()


@pytest.mark.parametrize(
    ("images", "segmentation", "says"),
    [
        (grey(0)[:2], masks(), "the 2 frames"),
        (grey(0), masks()[:2], "but got 2"),
        (grey(0)[0], masks(), "Expected planes"),
        (grey(0), np.full((3, 24, 32), None), "Expected numbers"),
    ],
)
def test_arrays_that_do_not_fit_are_said_and_stop_no_other(made, images, segmentation, says):
    save(made / "DataArrays", 0, images, segmentation)
    with Converted("ASUS", made) as found:
        assert {sample.patient for sample in found.samples.values()} == {"q001"}
        [entry] = found.notes.skipped
        assert entry.path.endswith("q000_ultrasound.npy")
        assert says in entry.reason


def test_what_has_no_partner_or_is_damaged_is_said(made):
    (made / "DataArrays/q000_segmentation.npy").unlink()
    (made / "DataArrays/q001_ultrasound.npy").write_bytes(b"damaged")
    np.save(made / "DataArrays/q002_segmentation.npy", masks())
    with Converted("ASUS", made) as found:
        assert not found.samples
        assert {entry.path.rpartition("/")[2] for entry in found.notes.skipped} == {
            "q000_ultrasound.npy",
            "q001_ultrasound.npy",
            "q002_segmentation.npy",
        }
