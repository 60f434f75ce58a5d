"""ACOUSLIC-AI: small stacks of the real length made in its layout, right and broken."""

import numpy as np
import pytest
import SimpleITK

from tests.corpus.converters.made import Converted
from ultrasam.corpus.reading.stacks import close_stacks

HEAD = "uuid,subject_id," + ",".join(f"sweep_{number}_ac_mm" for number in range(1, 7)) + "\n"
TABLE = HEAD + "a-1,7,,251.5,,,,\nb-2,7,,,,,,\nc-3,9,200,,,,,\n"


@pytest.fixture(autouse=True)
def closed():
    yield
    close_stacks()


def stack(path, values):
    path.parent.mkdir(parents=True, exist_ok=True)
    image = SimpleITK.GetImageFromArray(values)
    image.SetSpacing((0.28, 0.28, 0.28))
    SimpleITK.WriteImage(image, str(path), True)


def frames(seed=0):
    return np.random.default_rng(seed).integers(0, 256, (840, 6, 8), dtype=np.uint8)


def masks():
    """An optimal plane in the first sweep, a suboptimal one in the second and a value that nobody knows in the last."""
    values = np.zeros((840, 6, 8), np.uint8)
    values[3, 1:3, 1:4] = 1
    values[140, 1:5, 1:4] = 2
    values[839, 0, 0] = 3
    return values


@pytest.fixture(scope="module")
def untouched(tmp_path_factory):
    root = tmp_path_factory.mktemp("acouslic") / "acouslic-ai-train-set"
    for seed, uuid in enumerate(("a-1", "b-2", "c-3")):
        stack(root / f"images/stacked_fetal_ultrasound/{uuid}.mha", frames(seed))
        stack(root / f"masks/stacked_fetal_abdomen/{uuid}.mha", masks())
    (root / "circumferences").mkdir()
    (root / "circumferences/fetal_abdominal_circumferences_per_sweep.csv").write_text(TABLE)
    return root


@pytest.fixture
def made(untouched, tmp_path):
    """A copy of its own, of links to the files, which a test may replace."""
    for path in untouched.rglob("*.*"):
        copy = tmp_path / path.relative_to(untouched)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.hardlink_to(path)
    return tmp_path


def replace(path, write):
    path.unlink()
    write(path)


def test_the_quality_of_a_plane_is_its_class(untouched):
    with Converted("ACOUSLIC", untouched) as found:
        assert found.areas("a-1/0003") == [("fetal_abdomen_optimal", 6)]
        assert found.areas("a-1/0140") == [("fetal_abdomen_suboptimal", 12)]
        assert {entry.structure for entry in found.card.classes} == {"fetal_abdomen"}


def test_other_values_are_reported_and_frames_without_a_mask_are_no_negatives(untouched):
    with Converted("ACOUSLIC", untouched) as found:
        assert [remark.detail for remark in found.annotations("b-2/0839")[1]] == ["value 3"]
        assert found.areas("b-2/0000") == []
        assert not any(sample.is_negative_if_empty for sample in found.samples.values())


def test_frames_are_those_of_the_stack_as_they_are(untouched):
    with Converted("ACOUSLIC", untouched) as found:
        for index in (0, 140, 839):
            picture = found.picture(f"c-3/{index:04}")
            assert np.array_equal(picture.pixels, frames(2)[index])
            assert picture.spacing_mm == (0.28, 0.28)


def test_cases_of_one_subject_stay_together(untouched):
    with Converted("ACOUSLIC", untouched) as found:
        assert {(s.patient, s.sequence, s.split) for s in found.samples.values()} == {
            ("7", "a-1", "train"),
            ("7", "b-2", "train"),
            ("9", "c-3", "train"),
        }
        assert not found.notes.warnings


def test_sweep_and_frame_are_kept_with_the_circumference_of_the_sweep(untouched):
    with Converted("ACOUSLIC", untouched) as found:
        samples = [found.samples[f"a-1/{index:04}"] for index in range(840)]
        assert [sample.frame for sample in samples] == list(range(840))
        labels = [dict(sample.labels) for sample in samples]
        assert [int(entry["sweep"]) for entry in labels] == list(np.repeat(range(1, 7), 140))
        name = "abdominal circumference of the sweep in mm"
        assert [entry.get(name) for entry in labels] == [None] * 140 + ["251.5"] * 140 + [None] * 560


@pytest.mark.parametrize("table", [None, "id,subject\na-1,7\n"])
def test_without_a_table_subjects_are_not_known_and_it_is_said(made, table):
    path = made / "circumferences/fetal_abdominal_circumferences_per_sweep.csv"
    path.unlink()
    if table:
        path.write_text(table)
    with Converted("ACOUSLIC", made) as found:
        assert {sample.patient for sample in found.samples.values()} == {None}
        assert len(found.notes.warnings) == 1


def test_a_case_that_the_table_does_not_have_is_said(made):
    path = made / "circumferences/fetal_abdominal_circumferences_per_sweep.csv"
    replace(path, lambda path: path.write_text(HEAD + "A-1,7,,,,,,\nb-2,7,,,,,,\n"))
    with Converted("ACOUSLIC", made) as found:
        assert {(s.patient, s.sequence) for s in found.samples.values()} == {("7", "a-1"), ("7", "b-2"), (None, "c-3")}
        [warning] = found.notes.warnings
        assert "c-3" in warning


def test_a_stack_of_another_length_has_no_sweeps(made):
    for name in ("images/stacked_fetal_ultrasound", "masks/stacked_fetal_abdomen"):
        replace(made / name / "a-1.mha", lambda path: stack(path, masks()[:150]))
    with Converted("ACOUSLIC", made) as found:
        assert found.samples["a-1/0140"].labels == ()
        assert found.areas("a-1/0140") == [("fetal_abdomen_suboptimal", 12)]
        assert len(found.notes.warnings) == 1


@pytest.mark.parametrize(
    ("name", "write"),
    [
        ("images/stacked_fetal_ultrasound/a-1.mha", lambda path: path.write_bytes(b"damaged")),
        ("masks/stacked_fetal_abdomen/a-1.mha", lambda path: path.write_bytes(b"damaged")),
        ("masks/stacked_fetal_abdomen/a-1.mha", lambda path: stack(path, masks()[:839])),
        ("masks/stacked_fetal_abdomen/a-1.mha", lambda path: path),
    ],
    ids=["damaged image", "damaged mask", "another length", "missing"],
)
def test_a_case_that_cannot_be_used_is_said_and_stops_no_other(made, name, write):
    replace(made / name, write)
    with Converted("ACOUSLIC", made) as found:
        assert {sample.sequence for sample in found.samples.values()} == {"b-2", "c-3"}
        [entry] = found.notes.skipped
        assert entry.path.endswith("images/stacked_fetal_ultrasound/a-1.mha")


def test_masks_may_lie_beside_the_images(made):
    (made / "masks/stacked_fetal_abdomen").rename(made / "images/stacked_fetal_abdomen")
    with Converted("ACOUSLIC", made) as found:
        assert found.areas("a-1/0003") == [("fetal_abdomen_optimal", 6)]
