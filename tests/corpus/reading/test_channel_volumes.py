"""Label volumes with a channel per structure."""

import gzip
import tracemalloc
from dataclasses import replace

import nibabel
import numpy as np
import pytest

from tests.corpus.reading.sources import source_file
from ultrasam.corpus.reading import LabelPlane, channel_samples
from ultrasam.corpus.reading.channel_volumes import ChannelStack
from ultrasam.corpus.reading.stacks import close_stacks, plane_count
from ultrasam.corpus.sample import Unreadable

#: ``(x, y, z)`` and ``(x, y, z, channel)``.
IMAGE = np.random.default_rng(0).integers(0, 256, (3, 4, 5), dtype=np.uint8)
LABELS = np.random.default_rng(1).integers(0, 2, (3, 4, 5, 2), dtype=np.uint8)


@pytest.fixture(autouse=True)
def closed():
    yield
    close_stacks()


def nifti(path, values, spacing=(0.5, 0.25, 2.0)):
    image = nibabel.Nifti1Image(values, np.diag([*spacing, 1.0]))
    nibabel.save(image, path)
    return source_file(path)


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.float32])
@pytest.mark.parametrize("name", ["a.nii", "a.nii.gz"])
@pytest.mark.parametrize(
    ("axis", "expected"), [("z", LABELS[:, :, 1].swapaxes(0, 1)), ("y", LABELS[:, 1].swapaxes(0, 1)), ("x", None)]
)
def test_planes_along_each_axis(tmp_path, axis, expected, name, dtype):
    stack = ChannelStack(nifti(tmp_path / name, LABELS.astype(dtype)), axis)
    expected = LABELS[1].swapaxes(0, 1) if expected is None else expected
    assert plane_count(stack) == LABELS.shape["xyz".index(axis)]
    for channel in range(2):
        np.testing.assert_array_equal(LabelPlane(stack, 1, channel=channel).load(), expected[..., channel])


@pytest.mark.parametrize(
    ("axis", "spacing", "plane"),
    [("z", (0.5, 0.25), IMAGE[:, :, 1].T), ("y", (0.5, 2.0), IMAGE[:, 1].T), ("x", (0.25, 2.0), IMAGE[1].T)],
)
def test_a_slice_has_an_object_for_each_channel(tmp_path, axis, spacing, plane):
    image, mask = nifti(tmp_path / "i.nii.gz", IMAGE), nifti(tmp_path / "m.nii.gz", LABELS)
    samples = list(channel_samples("c", image, mask, ("a", "b"), axis=axis, turn="half", patient="1"))
    assert [(s.name, s.sequence, s.frame, s.patient) for s in samples] == [
        (f"c/{index:04}", "c", index, "1") for index in range(IMAGE.shape["xyz".index(axis)])
    ]
    sample = samples[1]
    assert sample.spacing_mm == spacing
    assert not sample.is_negative_if_empty
    np.testing.assert_array_equal(sample.pixels.read().pixels, plane[::-1, ::-1])
    found = [entry for source in sample.masks for entry in source.read(plane.shape).objects]
    assert [entry.category for entry in found] == ["a", "b"]
    where = "xyz".index(axis)
    for channel, entry in enumerate(found):
        expected = np.take(LABELS[..., channel], 1, axis=where).T[::-1, ::-1]
        np.testing.assert_array_equal(entry.mask, expected == 1)


def test_objects_of_two_channels_may_overlap_and_an_empty_channel_is_none(tmp_path):
    labels = np.zeros((3, 4, 5, 3), np.uint8)
    labels[0, :3, :3, 0] = 1
    labels[0, 1, 1, 2] = 1
    image, mask = nifti(tmp_path / "i.nii", IMAGE), nifti(tmp_path / "m.nii", labels)
    first = next(channel_samples("c", image, mask, ("a", "b", "c"), axis="x"))
    found = [entry for source in first.masks for entry in source.read((5, 4)).objects]
    assert [(entry.category, entry.mask.sum()) for entry in found] == [("a", 9), ("c", 1)]


def test_values_beside_0_and_1_are_said(tmp_path):
    image, mask = nifti(tmp_path / "i.nii", IMAGE), nifti(tmp_path / "m.nii", LABELS * np.float32(0.5))
    first = next(channel_samples("c", image, mask, ("a", "b")))
    assert {remark.detail for source in first.masks for remark in source.read((4, 3)).remarks} == {"value 0.5"}


@pytest.mark.parametrize(
    "labels", [LABELS[..., 0], LABELS[..., :1], LABELS[:2], np.concatenate([LABELS, LABELS], 3), LABELS[..., None, :]]
)
def test_labels_of_another_size_are_no_annotation(tmp_path, labels):
    image, mask = nifti(tmp_path / "i.nii", IMAGE), nifti(tmp_path / "m.nii", labels)
    with pytest.raises(Unreadable, match=r"size of i\.nii and 2 channels.*in m\.nii"):
        next(channel_samples("c", image, mask, ("a", "b")))


@pytest.mark.parametrize("name", ["a.nii", "a.nii.gz"])
@pytest.mark.parametrize("share", [0, 0.1, 0.9])
def test_damaged_files_are_unreadable(tmp_path, name, share):
    path = tmp_path / name
    nifti(path, np.random.default_rng(0).integers(0, 2, (9, 9, 9, 6), dtype=np.uint8))
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    with pytest.raises(Unreadable, match=r"a\.nii"):
        LabelPlane(ChannelStack(source_file(path)), 0).load()


def test_a_volume_without_channels_is_unreadable(tmp_path):
    with pytest.raises(Unreadable, match="channels"):
        LabelPlane(ChannelStack(nifti(tmp_path / "a.nii", IMAGE)), 0).load()


def test_a_header_that_claims_too_much_takes_no_memory(tmp_path):
    nifti(tmp_path / "whole.nii", LABELS)
    content = bytearray((tmp_path / "whole.nii").read_bytes())
    content[40:56] = np.int16([4, 30000, 30000, 30000, 6, 1, 1, 1]).tobytes()
    (tmp_path / "a.nii.gz").write_bytes(gzip.compress(bytes(content)))
    with pytest.raises(Unreadable, match="damaged"):
        LabelPlane(ChannelStack(source_file(tmp_path / "a.nii.gz")), 0).load()


def test_the_volumes_of_a_data_set_are_not_all_in_memory(tmp_path):
    size = 64 * 64 * 32 * 6
    file = nifti(tmp_path / "a.nii.gz", np.zeros((64, 64, 32, 6), np.uint8))
    stacks = [ChannelStack(replace(file, path=f"{number}.nii.gz"), "x") for number in range(6)]
    tracemalloc.start()
    for stack in stacks:
        LabelPlane(stack, 0, channel=0).load()
    kept, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # Two stay open; unpacking one takes up to four times its size for a moment.
    assert kept < 2.5 * size
    assert peak < 5.5 * size
