import nibabel
import numpy as np
import pytest
import SimpleITK

from tests.corpus.reading.sources import source_file
from ultrasam.corpus.reading import ImageStack, LabelPlane, LabelStack, Legend, Plane, volume_samples, volume_size
from ultrasam.corpus.reading.headers import voxel_size
from ultrasam.corpus.reading.stacks import _open, close_stacks, opened_stack
from ultrasam.corpus.sample import Unreadable

#: ``(z, y, x)``.
VALUES = np.random.default_rng(0).integers(0, 255, (4, 4, 5), dtype=np.uint8)


@pytest.fixture(autouse=True)
def closed():
    yield
    close_stacks()


def nifti(path, values, spacing=(0.5, 0.25, 1.0)):
    nibabel.save(nibabel.Nifti1Image(values.T, np.diag([*spacing, 1.0])), path)
    return source_file(path)


def meta_image(path, values):
    SimpleITK.WriteImage(SimpleITK.GetImageFromArray(values), str(path), useCompression=path.name.startswith("packed"))
    return source_file(path)


VOLUMES = {
    "a.nii": nifti,
    "a.nii.gz": nifti,
    "a.mha": meta_image,
    "packed.mha": meta_image,
}


@pytest.mark.parametrize("name", VOLUMES)
def test_planes_are_those_of_the_array(tmp_path, name):
    stack = ImageStack(VOLUMES[name](tmp_path / name, VALUES))
    for index in range(4):
        np.testing.assert_array_equal(Plane(stack, index).read().pixels, VALUES[index])


@pytest.mark.parametrize("name", VOLUMES)
def test_the_size_is_known_from_the_header(tmp_path, name):
    assert volume_size(VOLUMES[name](tmp_path / name, VALUES))[:3] == (5, 4, 4)


def test_spacing_comes_from_the_file(tmp_path):
    assert Plane(ImageStack(nifti(tmp_path / "a.nii", VALUES)), 0).read().spacing_mm == (0.5, 0.25)


@pytest.mark.parametrize(("axis", "expected"), [("y", VALUES[:, 2, :]), ("x", VALUES[:, :, 2])])
def test_planes_along_another_axis(tmp_path, axis, expected):
    file = nifti(tmp_path / "a.nii", VALUES)
    np.testing.assert_array_equal(Plane(ImageStack(file, axis), 2).read().pixels, expected)
    np.testing.assert_array_equal(LabelPlane(LabelStack(file, axis), 2).load(), expected)


@pytest.mark.parametrize(
    ("turn", "expected"), [("rows", VALUES[1, ::-1]), ("columns", VALUES[1, :, ::-1]), ("half", VALUES[1, ::-1, ::-1])]
)
def test_planes_and_their_labels_are_turned_alike(tmp_path, turn, expected):
    file = nifti(tmp_path / "a.nii", VALUES)
    np.testing.assert_array_equal(Plane(ImageStack(file), 1, turn).read().pixels, expected)
    np.testing.assert_array_equal(LabelPlane(LabelStack(file), 1, turn).load(), expected)


def test_labels_keep_their_numbers(tmp_path):
    labels = np.int16([[[0, 300, -2]]])
    assert LabelPlane(LabelStack(nifti(tmp_path / "a.nii", labels)), 0).load().tolist() == [[0, 300, -2]]


def test_no_more_than_two_files_are_open(tmp_path):
    stacks = [ImageStack(nifti(tmp_path / f"{name}.nii", VALUES)) for name in "abc"]
    for stack in stacks:
        opened_stack(stack)
    assert list(_open) == stacks[1:]
    assert opened_stack(stacks[2]) is opened_stack(stacks[2])


@pytest.mark.parametrize("name", ["a.nii.gz", "packed.mha"])
def test_a_volume_that_is_cut_off_is_unreadable(tmp_path, name):
    file = VOLUMES[name](tmp_path / name, np.random.default_rng(0).integers(0, 255, (9, 40, 50), dtype=np.uint8))
    path = tmp_path / name
    path.write_bytes(path.read_bytes()[:-4000])
    with pytest.raises(Unreadable, match="cannot be read"):
        Plane(ImageStack(file), 8).read()


@pytest.mark.parametrize("name", ["a.nii", "a.nii.gz", "a.mha"])
def test_a_damaged_header_is_unreadable(tmp_path, name):
    (tmp_path / name).write_bytes(b"nothing of the kind")
    with pytest.raises(Unreadable, match="header"):
        volume_size(source_file(tmp_path / name))


def test_a_volume_becomes_one_sample_per_plane(tmp_path):
    labels = np.zeros_like(VALUES)
    labels[1, 0, 2] = 1
    image, mask = nifti(tmp_path / "i.nii.gz", VALUES), nifti(tmp_path / "m.nii.gz", labels)
    samples = list(volume_samples("case 1", image, mask, Legend.index({1: "prostate"}), patient="1"))
    assert [(s.name, s.sequence, s.frame, s.patient) for s in samples] == [
        (f"case 1/{index:04}", "case 1", index, "1") for index in range(4)
    ]
    found = [sample.masks[0].read((4, 5)).objects for sample in samples]
    assert [len(objects) for objects in found] == [0, 1, 0, 0]
    assert np.argwhere(found[1][0].mask).tolist() == [[0, 2]]
    assert not any(sample.is_negative_if_empty for sample in samples)


@pytest.mark.parametrize("labels", [VALUES[:3], np.concatenate([VALUES, VALUES])])
def test_a_label_volume_of_another_length_is_no_annotation(tmp_path, labels):
    image, mask = nifti(tmp_path / "i.nii", VALUES), nifti(tmp_path / "m.nii", labels)
    with pytest.raises(Unreadable, match=rf"the 4 planes of i\.nii in m\.nii, but got {len(labels)}"):
        next(volume_samples("case 1", image, mask, Legend.index({1: "prostate"})))


@pytest.mark.parametrize(
    ("spacing", "unit", "expected"),
    [
        ((0.5, 0.25, 0.308), "mm", (0.5, 0.25, 0.308)),
        ((0.5, 0.25, 2.0), "unknown", (0.5, 0.25, 2.0)),
        ((500.0, 250.0, 300.0), "micron", (0.5, 0.25, 0.3)),
        ((1.0, 1.0, 1.0), "mm", None),
        ((0.0, 1.0, 1.0), "mm", None),
    ],
)
@pytest.mark.parametrize("suffix", [".nii", ".nii.gz"])
def test_the_size_of_a_voxel(tmp_path, spacing, unit, expected, suffix):
    image = nibabel.Nifti1Image(VALUES.T, None)
    image.header["pixdim"][1:4] = spacing
    image.header.set_xyzt_units(unit)
    nibabel.save(image, tmp_path / f"a{suffix}")
    found = voxel_size(source_file(tmp_path / f"a{suffix}"))
    assert found is None if expected is None else found == pytest.approx(expected, rel=1e-12)


def test_the_size_of_a_voxel_of_a_damaged_header(tmp_path):
    (tmp_path / "a.nii.gz").write_bytes(b"nothing of the kind")
    with pytest.raises(Unreadable, match="header"):
        voxel_size(source_file(tmp_path / "a.nii.gz"))


def test_a_label_volume_with_fewer_planes_is_said(tmp_path):
    with pytest.raises(Unreadable, match="plane 2 in a"):
        LabelPlane(LabelStack(nifti(tmp_path / "a.nii", VALUES[:2])), 2).load()
