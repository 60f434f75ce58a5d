import json

import pytest

from tests.corpus.converters.made import Converted, picture, texture

SQUARE = [[4, 4], [20, 4], [20, 16], [4, 16]]
SMALL = [[8, 6], [12, 6], [12, 10], [8, 10]]


def image(root, folder, number, **structures):
    """An image, and a list of points for each structure; text is written as it is."""
    picture(root / folder / "image" / f"{number}.jpg", texture())
    for structure, points in structures.items():
        file = root / folder / "segmentation" / structure / f"{number}.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(points if isinstance(points, str) else json.dumps(points))


@pytest.fixture
def right(tmp_path):
    image(tmp_path / "Benign", "Benign", 194, liver=SQUARE, mass=SMALL, outline=SQUARE)
    image(tmp_path / "Malignant", "Malignant", 194, liver=SQUARE, mass=SMALL, outline=SQUARE)
    image(tmp_path / "Normal", "Normal", 7, liver=SQUARE, outline=SQUARE)
    return tmp_path


def test_the_field_of_view_is_no_object_and_diagnoses_are_labels(right):
    with Converted("AUL", right) as found:
        assert {name: [category for category, _ in found.areas(name)] for name in found.samples} == {
            "benign/194": ["liver", "liver_lesion"],
            "malignant/194": ["liver", "liver_lesion"],
            "normal/7": ["liver"],
        }
        assert all(sample.labels == (("diagnosis", name.split("/")[0]),) for name, sample in found.samples.items())
        assert len(found.notes.unused) == 3
        assert (found.notes.skipped, found.notes.warnings) == ([], [])


def test_liver_and_mass_overlap_and_each_image_is_a_patient(right):
    with Converted("AUL", right) as found:
        (_, liver), (_, mass) = found.annotations("benign/194")[0]
        # Points are centres of pixels: the outline goes half a pixel inside its outermost ones.
        assert liver[5:16, 5:20].all()
        assert liver.sum() == pytest.approx(16 * 12, abs=30)
        assert (mass & liver).sum() == mass.sum() > 0
        assert len({sample.patient for sample in found.samples.values()}) == 3


@pytest.mark.parametrize("number", [229, 306])
def test_the_liver_of_two_malignant_images_is_in_the_outline(tmp_path, number):
    image(tmp_path, "Malignant", number, mass=SMALL, outline=SQUARE)
    with Converted("AUL", tmp_path) as found:
        assert [category for category, _ in found.areas(f"malignant/{number}")] == ["liver", "liver_lesion"]
        assert len(found.notes.warnings) == 1
        assert f"outline/{number}.json" in found.notes.warnings[0]


def test_a_liver_of_its_own_is_preferred_and_benign_images_of_these_numbers_are_as_others(tmp_path):
    image(tmp_path, "Malignant", 229, liver=SMALL, outline=SQUARE)
    image(tmp_path, "Benign", 229, mass=SMALL, outline=SQUARE)
    with Converted("AUL", tmp_path) as found:
        assert found.areas("malignant/229")[0][1] < 30
        assert [category for category, _ in found.areas("benign/229")] == ["liver_lesion"]
        assert found.notes.warnings == ["The liver of Benign/image/229.jpg is not outlined."]


@pytest.mark.parametrize(
    "points", ["[[1, 2], [3", "{}x", "[[1, 2, 3]]", "[1, 2]", '[["a", 1]]', "[[NaN, 1], [2, 3], [4, 5]]"]
)
def test_an_image_with_a_damaged_outline_is_skipped_and_others_are_not(right, points):
    image(right, "Benign", 9, liver=SQUARE, mass=points)
    with Converted("AUL", right) as found:
        assert len(found.samples) == 3
        assert {file.path.rpartition("/")[2] for file in found.notes.skipped} == {"9.jpg", "9.json"}
        assert "Benign/segmentation/mass/9.json" in found.notes.skipped[0].reason


def test_images_and_outlines_without_partner_are_skipped(right):
    image(right, "Normal", 8)
    image(right, "Normal", 9, liver=SQUARE)
    (right / "Normal/image/9.jpg").unlink()
    with Converted("AUL", right) as found:
        assert [file.path for file in found.notes.skipped] == ["Normal/image/8.jpg", "Normal/segmentation/liver/9.json"]


@pytest.mark.parametrize("points", [[], [[1, 1], [5, 5]]], ids=["no point", "two points"])
def test_outlines_that_enclose_nothing_do_not_say_that_nothing_is_there(tmp_path, points):
    image(tmp_path, "Normal", 7, liver=points)
    with Converted("AUL", tmp_path) as found:
        objects, remarks = found.annotations("normal/7")
        assert (objects, len(remarks)) == ([], 1)
        assert not found.samples["normal/7"].is_negative_if_empty


def test_a_normal_image_keeps_its_liver(right):
    with Converted("AUL", right) as found:
        assert [category for category, _ in found.areas("normal/7")] == ["liver"]
