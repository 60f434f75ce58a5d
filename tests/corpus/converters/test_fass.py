import collections

import numpy as np
import pytest

from tests.corpus.converters.made import Converted, block, picture, texture
from ultrasam.corpus.sample import Unreadable

FOLDER = "Fetal Abdominal Structures Segmentation Dataset Using Ultrasonic Images"


def structures(**changes):
    return {"artery": block(value=1), "liver": block(slice(2, 20), value=1), "stomach": np.zeros((24, 32)), **changes}


def image(root, name, content=None, pixels=None):
    picture(root / FOLDER / "IMAGES" / f"{name}.png", texture() if pixels is None else pixels)
    file = root / FOLDER / "ARRAY_FORMAT" / f"{name}.npy"
    file.parent.mkdir(parents=True, exist_ok=True)
    content = {"image": texture(), "structures": structures()} if content is None else content
    if isinstance(content, bytes):
        file.write_bytes(content)
    else:
        np.save(file, content, allow_pickle=True)


def test_structures_are_objects_of_their_own_that_may_overlap(tmp_path):
    image(tmp_path, "P01_IMG1")
    with Converted("FASS", tmp_path) as found:
        assert found.areas("P01_IMG1") == [("artery", 8 * 14), ("liver", 18 * 14)]
        (_, artery), (_, liver) = found.annotations("P01_IMG1")[0]
        assert (artery & liver).sum() == artery.sum()
        assert found.annotations("P01_IMG1")[1] == []


def test_the_patient_is_in_the_name(tmp_path):
    for name in ("P01_IMG1", "P01_IMG2", "P10_IMG1"):
        image(tmp_path, name)
    with Converted("FASS", tmp_path) as found:
        assert [sample.patient for sample in found.samples.values()] == ["P01", "P01", "P10"]


@pytest.mark.parametrize("value", [1, 255, True])
def test_masks_of_zero_and_one_and_of_zero_and_255(tmp_path, value):
    mask = block(value=1).astype(bool) if value is True else block(value=value)
    image(tmp_path, "P01_IMG1", {"structures": {"vein": mask}})
    with Converted("FASS", tmp_path) as found:
        assert found.areas("P01_IMG1") == [("vein", 8 * 14)]


def test_a_structure_that_is_not_on_the_card_is_left_out_and_reported(tmp_path):
    image(tmp_path, "P01_IMG1", {"structures": structures(kidney=block(value=1))})
    with Converted("FASS", tmp_path) as found:
        objects, remarks = found.annotations("P01_IMG1")
        assert [category for category, _ in objects] == ["artery", "liver"]
        assert [(remark.kind, remark.detail) for remark in remarks] == [
            ("structure that is not on the card, left out", "kidney")
        ]


def test_grey_and_coloured_images_are_kept_as_they_are(tmp_path):
    image(tmp_path, "P01_IMG1")
    image(tmp_path, "P01_IMG2", pixels=np.stack([texture(seed=seed) for seed in range(3)], axis=2))
    with Converted("FASS", tmp_path) as found:
        assert [found.picture(name).pixels.ndim for name in found.samples] == [2, 3]


@pytest.mark.parametrize(
    "content",
    [
        b"nothing",
        {"image": texture()},
        {"structures": [1]},
        {"structures": {"liver": "text"}},
        {"structures": {"liver": np.zeros((2, 3, 4))}},
        {"structures": structures(liver=np.ones((20, 90)))},
        np.zeros(4),
        {"structures": collections.OrderedDict()},
    ],
    ids=["damaged", "no structures", "a list", "text", "a volume", "another shape", "an array", "other classes"],
)
def test_masks_that_cannot_be_used_say_why_when_they_are_read(tmp_path, content):
    image(tmp_path, "P01_IMG1", content)
    with Converted("FASS", tmp_path) as found, pytest.raises(Unreadable, match="P01_IMG1"):
        found.annotations("P01_IMG1")


def test_what_has_no_partner_is_skipped(tmp_path):
    image(tmp_path, "P01_IMG1")
    picture(tmp_path / FOLDER / "IMAGES/P02_IMG1.png", texture())
    (tmp_path / FOLDER / "ARRAY_FORMAT/P03_IMG1.npy").write_bytes(b"")
    with Converted("FASS", tmp_path) as found:
        assert list(found.samples) == ["P01_IMG1"]
        assert [file.path.rpartition("/")[2] for file in found.notes.skipped] == ["P02_IMG1.png", "P03_IMG1.npy"]


@pytest.mark.parametrize(
    "content",
    [{"structures": {}}, {"structures": {"kidney": block(value=1)}}, {"structures": {"vein": block(value=7)}}],
)
def test_an_image_without_a_usable_structure_is_no_negative(tmp_path, content):
    image(tmp_path, "P01_IMG1", content)
    with Converted("FASS", tmp_path) as found:
        assert found.areas("P01_IMG1") == []
        assert not found.samples["P01_IMG1"].is_negative_if_empty
