"""LUSS_phantom: archives made in its layout, right and broken."""

import numpy as np
import pytest
from PIL import Image

from tests.corpus.converters.made import Converted, block, picture, texture

BANDS = {1: "rib", 2: "pleural_line", 3: "a_line", 4: "b_line", 5: "b_line_confluence"}


def labels():
    """A mask ``(24, 32)`` uint8 with two rows of each value, each longer than that of the value before it."""
    mask = np.zeros((24, 32), np.uint8)
    for value in BANDS:
        mask[4 * value : 4 * value + 2, 5 : 10 + value] = value
    return mask


@pytest.fixture
def archive(tmp_path):
    """One frame in each part, of one name, and a video."""
    for seed, part in enumerate(("train", "test")):
        picture(tmp_path / "data-3" / part / "images" / "clip-A-F12.png", texture(seed=seed))
        picture(tmp_path / "data-3" / part / "masks" / "clip-A-F12.png", labels())
    (tmp_path / "VideoClips").mkdir()
    (tmp_path / "VideoClips" / "clip-A.webm").write_bytes(b"video")
    return tmp_path


def test_classes_by_value(archive):
    with Converted("LUSS_phantom", archive) as found:
        assert found.areas("train/clip-A-F12") == [(name, 2 * (5 + value)) for value, name in BANDS.items()]
        assert not found.annotations("train/clip-A-F12")[1]


def test_the_official_parts_stay_apart_though_names_repeat(archive):
    with Converted("LUSS_phantom", archive) as found:
        assert {name: sample.split for name, sample in found.samples.items()} == {
            "train/clip-A-F12": "train",
            "test/clip-A-F12": "test",
        }
        first, second = (found.picture(name).pixels for name in found.samples)
        assert (first != second).any()


def test_frames_of_a_clip_are_one_sequence(archive):
    with Converted("LUSS_phantom", archive) as found:
        sample = found.samples["train/clip-A-F12"]
        assert (sample.sequence, sample.frame, sample.patient) == ("clip-A", 12, None)


def test_values_of_a_palette_are_not_its_colours(archive):
    mask = Image.fromarray(labels())
    mask.putpalette([0, 0, 0, 255, 0, 0, 0, 255, 0, 0, 0, 255, 9, 9, 9, 1, 2, 3])
    mask.save(archive / "data-3" / "train" / "masks" / "clip-A-F12.png")
    with Converted("LUSS_phantom", archive) as found:
        assert found.areas("train/clip-A-F12") == [(name, 2 * (5 + value)) for value, name in BANDS.items()]


def test_unknown_values_are_reported_and_empty_masks_are_negatives(archive):
    picture(archive / "data-3" / "train" / "masks" / "clip-A-F12.png", block(value=6))
    with Converted("LUSS_phantom", archive) as found:
        objects, remarks = found.annotations("train/clip-A-F12")
        assert not objects
        assert found.samples["train/clip-A-F12"].is_negative_if_empty
        assert [(remark.detail, remark.pixels) for remark in remarks] == [("value 6", 8 * 14)]


def test_what_has_no_partner_is_said_and_videos_are_known(archive):
    picture(archive / "data-3" / "train" / "images" / "clip-B-F1.png", texture())
    picture(archive / "data-3" / "test" / "masks" / "clip-B-F1.png", labels())
    with Converted("LUSS_phantom", archive) as found:
        assert len(found.samples) == 2
        assert {entry.path for entry in found.notes.skipped} == {
            "data-3/train/images/clip-B-F1.png",
            "data-3/test/masks/clip-B-F1.png",
        }
        assert found.notes.unused == {"VideoClips/clip-A.webm"}
