"""EchoNet-Pediatric: small videos and tables made in the layout."""

import numpy as np
import pytest
from skimage import measure

from tests.corpus.converters.cines import frames, video
from tests.corpus.converters.made import Converted
from ultrasam.corpus.reading.stacks import close_stacks
from ultrasam.errors import InputError

HEAD = "FileName,X,Y,Frame\n"
LIST_HEAD = "FileName,EF,Sex,Age,Weight,Height,Split\n"
#: Corners of an outline, at fractions of pixels.
CORNERS = [(11.6, 1.8), (4.7, 11.8), (7.7, 17.7), (19.7, 16.7), (23.7, 8.8), (17.6, 3.8)]
NAMES = ("CR1-CR2-000039", "CR1-CR2-000041")
LENGTH = 6


@pytest.fixture(autouse=True)
def closed():
    yield
    close_stacks()


def traced(name, frame, points=CORNERS):
    return "".join(f"{name}.avi,{x},{y},{frame}\n" for x, y in points)


@pytest.fixture
def make(tmp_path):
    """One video in each view; tracings of frames that are given for each."""

    def make(a4c, psax):
        for view, name, numbers, fold in (("A4C", NAMES[0], a4c, 3), ("PSAX", NAMES[1], psax, 9)):
            root = tmp_path / "pediatric_echo_avi/pediatric_echo_avi" / view
            video(root / f"Videos/{name}.avi", frames(LENGTH, seed=len(view)))
            root.joinpath("VolumeTracings.csv").write_text(HEAD + "".join(traced(name, number) for number in numbers))
            root.joinpath("FileList.csv").write_text(LIST_HEAD + f"{name}.avi,62.1,F,2,11.5,87,{fold}\n")
        return tmp_path

    return make


@pytest.mark.parametrize(
    ("a4c", "psax", "first", "is_told"),
    [
        ([2, 4], [0, 3], 0, True),
        ([2, LENGTH], [1, 3], 1, True),
        ([2, LENGTH - 1], [1, 3], 0, False),
        ([0, LENGTH], [1, 3], 0, True),
    ],
    ids=["a frame 0", "a last frame whose number is the length", "neither", "both"],
)
def test_the_data_say_whether_frames_are_counted_from_0_or_1(make, a4c, psax, first, is_told):
    with Converted("EchoNet-Pediatric", make(a4c, psax)) as found:
        numbers = {
            name: [s.frame for s in found.samples.values() if s.sequence == name]
            for name in ("A4C/" + NAMES[0], "PSAX/" + NAMES[1])
        }
        assert list(numbers.values()) == [[n - first for n in a4c], [n - first for n in psax]]
        assert len(found.notes.warnings) == (0 if is_told else 1)
        name, sample = next(iter(found.samples.items()))
        np.testing.assert_array_equal(found.picture(name).pixels, frames(LENGTH, seed=3)[sample.frame])


def test_outlines_keep_fractions_of_pixels_and_are_one_object(make):
    def inside(points_xy):
        """Whole numbers are centres of pixels."""
        return measure.grid_points_in_poly((24, 32), points_xy[:, ::-1])

    corners = np.array(CORNERS)
    with Converted("EchoNet-Pediatric", make([0], [1])) as found:
        ((category, mask),), remarks = found.annotations(f"A4C/{NAMES[0]}/0000")
    assert category == "left_ventricle"
    assert remarks == []
    np.testing.assert_array_equal(mask, inside(corners))
    for whole in (corners // 1 * [1, 0] + corners * [0, 1], corners * [1, 0] + corners // 1 * [0, 1]):
        assert (mask != inside(whole)).any()


def test_folds_are_the_split_and_views_and_facts_are_labels(make):
    with Converted("EchoNet-Pediatric", make([0], [1])) as found:
        first, last = found.samples.values()
        assert (first.split, last.split) == ("train", "test")
        facts = {"EF": "62.1", "sex": "F", "age": "2", "weight": "11.5", "height": "87"}
        assert dict(first.labels) == {"view": "A4C", **facts}
        assert dict(last.labels) == {"view": "PSAX", **facts}


@pytest.mark.parametrize(
    ("fold", "part"), [*((n, "train") for n in range(7)), (7, "val"), (8, "test"), (9, "test"), (10, None)]
)
def test_each_fold_has_its_part(make, fold, part):
    root = make([0], []) / "pediatric_echo_avi/pediatric_echo_avi/A4C"
    root.joinpath("FileList.csv").write_text(LIST_HEAD + f"{NAMES[0]}.avi,62.1,F,2,11.5,87,{fold}\n")
    with Converted("EchoNet-Pediatric", root.parent) as found:
        assert [sample.split for sample in found.samples.values()] == [part]
        assert [("Split" in warning) for warning in found.notes.warnings] == [True] * (part is None)


def test_videos_of_a_child_stay_together(make):
    place = make([0], [1])
    root = place / "pediatric_echo_avi/pediatric_echo_avi/A4C"
    video(root / "Videos/other.avi", frames(1))
    with root.joinpath("VolumeTracings.csv").open("a") as table:
        table.write(traced("other", 0))
    with Converted("EchoNet-Pediatric", place) as found:
        assert [(s.patient, s.sequence) for s in found.samples.values()] == [
            ("CR1", f"A4C/{NAMES[0]}"),
            (None, "A4C/other"),
            ("CR1", f"PSAX/{NAMES[1]}"),
        ]


def test_a_phase_that_was_not_traced_is_no_damage(make):
    place = make([0], [1])
    table = place / "pediatric_echo_avi/pediatric_echo_avi/A4C/VolumeTracings.csv"
    table.write_text(table.read_text() + f"{NAMES[0]}.avi,,,No Systolic\n{NAMES[0]}.avi,0,0,No Diastolic\n")
    with Converted("EchoNet-Pediatric", place) as found:
        assert len(found.samples) == 2
        assert not found.notes.skipped
        assert not found.notes.warnings


def test_what_is_missing_or_damaged_is_reported(make):
    place = make([0, 2], [1])
    root = place / "pediatric_echo_avi/pediatric_echo_avi"
    (root / f"PSAX/Videos/{NAMES[1]}.avi").unlink()
    video(root / "PSAX/Videos/CR9-CR9-000001.avi", frames(1))
    with root.joinpath("A4C/VolumeTracings.csv").open("a") as table:
        table.write(f"{NAMES[0]}.avi,1,,2\n")
    with Converted("EchoNet-Pediatric", place) as found:
        assert list(found.samples) == [f"A4C/{NAMES[0]}/0000"]
        assert [entry.path.rpartition("/")[2] for entry in found.notes.skipped] == [
            f"{NAMES[0]}.avi",
            "CR9-CR9-000001.avi",
        ]
        assert ["not there" in warning for warning in found.notes.warnings] == [True]


def test_one_view_alone_is_enough_and_none_makes_nothing(make, tmp_path):
    place = make([0], [1]) / "pediatric_echo_avi/pediatric_echo_avi"
    with Converted("EchoNet-Pediatric", place / "A4C") as found:
        assert not found.samples
        assert len(found.notes.warnings) == 2
    (place / f"A4C/Videos/{NAMES[0]}.avi").unlink()
    with Converted("EchoNet-Pediatric", place) as found:
        assert [sample.labels[0] for sample in found.samples.values()] == [("view", "PSAX")]


def test_a_view_without_its_tracings_is_an_error(make):
    place = make([0], [1])
    (place / "pediatric_echo_avi/pediatric_echo_avi/PSAX/VolumeTracings.csv").unlink()
    with pytest.raises(InputError, match=r"PSAX/VolumeTracings\.csv"):
        Converted("EchoNet-Pediatric", place)
