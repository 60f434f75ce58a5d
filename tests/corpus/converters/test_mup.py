"""MUP: the volumes of MicroSeg in its other packing."""

import numpy as np
import pytest

from tests.corpus.converters.made import Converted
from tests.corpus.converters.micro_ultrasound import VOLUMES, as_microseg, as_mup
from ultrasam.corpus.reading.stacks import close_stacks


@pytest.fixture(autouse=True)
def closed():
    yield
    close_stacks()


@pytest.mark.parametrize("pack", [as_mup, as_microseg])
def test_it_gives_the_slices_of_microseg(tmp_path, pack):
    """The record itself, whose names are those of this packing, is understood by both."""
    with Converted("MicroSeg", as_microseg(tmp_path / "one")) as one:
        expected = {name: (one.picture(name), *one.annotations(name)) for name in one.samples}
        facts = {
            (s.name, s.patient, s.sequence, s.frame, s.split, s.is_negative_if_empty) for s in one.samples.values()
        }
        close_stacks()
    with Converted("MUP", pack(tmp_path / "two")) as two:
        assert {
            (s.name, s.patient, s.sequence, s.frame, s.split, s.is_negative_if_empty) for s in two.samples.values()
        } == facts
        for name, (picture, objects, remarks) in expected.items():
            assert np.array_equal(two.picture(name).pixels, picture.pixels)
            assert two.picture(name).spacing_mm == picture.spacing_mm
            found, found_remarks = two.annotations(name)
            assert [category for category, _ in found] == [category for category, _ in objects]
            assert all(np.array_equal(a, b) for (_, a), (_, b) in zip(found, objects, strict=True))
            assert found_remarks == remarks
        assert any(objects for _, objects, _ in expected.values())
        assert not two.notes.skipped


def test_it_is_a_duplicate_of_microseg(tmp_path):
    with Converted("MUP", as_mup(tmp_path)) as found:
        assert found.card.duplicate_of == "MicroSeg"


def test_only_experts_outlines_are_used(tmp_path):
    with Converted("MUP", as_mup(tmp_path)) as found:
        assert {file.path for sample in found.samples.values() for file in sample.files} == {
            f"MUP/{kind}_{part}_{number}.nii.gz"
            for part, number in VOLUMES
            for kind in ("microUS", "expert_annotation")
        }
        assert found.notes.unused == {f"MUP/non_expert_annotation_{p}_{n}.nii.gz" for p, n in VOLUMES}


def test_scans_without_an_expert_are_said(tmp_path):
    (as_mup(tmp_path) / "MUP/expert_annotation_test_01.nii.gz").unlink()
    with Converted("MUP", tmp_path) as found:
        assert {sample.split for sample in found.samples.values()} == {"train"}
        assert [entry.path for entry in found.notes.skipped] == ["MUP/microUS_test_01.nii.gz"]


def test_case_of_names_does_not_matter(tmp_path):
    as_mup(tmp_path)
    for path in list((tmp_path / "MUP").iterdir()):
        path.rename(path.with_name(path.name.upper()))
    with Converted("MUP", tmp_path) as found:
        assert list(found.samples) == [f"{part}/{number}/{z:04}" for part, number in VOLUMES for z in range(3)]
