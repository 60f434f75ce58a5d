import csv
import json

import pytest

from tests.corpus.converters.made import Converted, block, picture, texture

NAME = "1_IM-0001-0059_anon"
SAID = {"Quality": "Fair", "View": "Transverse", "Comments": "transplant "}


def regions():
    return block(slice(4, 5), value=1) | block(slice(5, 8), value=2) | block(slice(8, 12), value=3)


def image(root, name=NAME, capsule=None, region=None, where="kidneyUS_images_14_june_2022"):
    picture(root / where / f"{name}.png", texture())
    masks = root / "kidneyUS/labels/reviewed_masks_1"
    picture(masks / "capsule" / f"{name}.png", block(value=1) if capsule is None else capsule)
    picture(masks / "regions" / f"{name}.png", regions() if region is None else region)


def table(root, *rows):
    file = root / "kidneyUS/labels/reviewed_labels_1.csv"
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["filename", "file_size", "file_attributes", "region_count"])
        writer.writerows(
            [f"{name}.png", 1, said if isinstance(said, str) else json.dumps(said), 4] for name, said in rows
        )


def test_capsule_and_regions_are_classes_of_their_own(tmp_path):
    image(tmp_path)
    with Converted("kidneyUS", tmp_path) as found:
        assert found.areas(NAME) == [
            ("kidney", 8 * 14),
            ("kidney_central_echo_complex", 1 * 14),
            ("kidney_medulla", 3 * 14),
            ("kidney_cortex", 4 * 14),
        ]


def test_quality_view_and_transplant_are_labels(tmp_path):
    image(tmp_path)
    table(tmp_path, (NAME, SAID), (NAME, {**SAID, "View": "Longitudinal"}), ("2_IM-2", {"Comments": "n/a"}))
    with Converted("kidneyUS", tmp_path) as found:
        assert dict(found.samples[NAME].labels) == {"quality": "Fair", "view": "Transverse", "comment": "transplant"}
        assert found.notes.warnings == []


@pytest.mark.parametrize(
    ("said", "labels"),
    [("{", {}), ("[]", {}), ({"Comments": "n/a", "View": ""}, {}), ({"Quality": "Poor"}, {"quality": "Poor"})],
)
def test_attributes_that_are_damaged_or_say_nothing(tmp_path, said, labels):
    image(tmp_path)
    table(tmp_path, (NAME, said))
    with Converted("kidneyUS", tmp_path) as found:
        assert dict(found.samples[NAME].labels) == labels
        assert len(found.notes.warnings) == isinstance(said, str)


def test_without_the_table_there_are_no_labels_and_a_warning(tmp_path):
    image(tmp_path)
    with Converted("kidneyUS", tmp_path) as found:
        assert found.samples[NAME].labels == ()
        assert "of the images is missing" in found.notes.warnings[0]


def test_an_empty_mask_does_not_say_that_there_is_no_kidney(tmp_path):
    image(tmp_path, capsule=block(value=0), region=block(value=0))
    with Converted("kidneyUS", tmp_path) as found:
        assert found.areas(NAME) == []
        assert not found.samples[NAME].is_negative_if_empty


def test_the_number_is_the_patient(tmp_path):
    for name in (NAME, "1_IM-0001-0060_anon", "10_IM-0415-0078_anon"):
        image(tmp_path, name)
    with Converted("kidneyUS", tmp_path) as found:
        assert [sample.patient for sample in found.samples.values()] == ["1", "1", "10"]


def test_the_second_sonographer_and_other_pictures_of_the_repository_are_not_used(tmp_path):
    image(tmp_path, where="kidneyUS/images")
    labels = tmp_path / "kidneyUS/labels"
    for folder in ("images", "reviewed_masks_2/capsule", "reviewed_masks_2/regions"):
        picture(labels / folder / f"{NAME}.png", block(value=1))
    picture(tmp_path / "kidneyUS/kidneyUSlogo.png", block())
    with Converted("kidneyUS", tmp_path) as found:
        assert found.samples[NAME].source == f"kidneyUS/images/{NAME}.png"
        assert len(found.areas(NAME)) == 4
        assert found.notes.skipped == []
        assert len(found.notes.unused) == 3


def test_an_image_without_mask_and_a_mask_without_image_are_skipped(tmp_path):
    image(tmp_path)
    image(tmp_path, "2_IM-1")
    image(tmp_path, "3_IM-1")
    (tmp_path / "kidneyUS/labels/reviewed_masks_1/capsule/2_IM-1.png").unlink()
    (tmp_path / "kidneyUS_images_14_june_2022/3_IM-1.png").unlink()
    with Converted("kidneyUS", tmp_path) as found:
        assert list(found.samples) == [NAME]
        assert sorted("/".join(file.path.split("/")[-2:]) for file in found.notes.skipped) == [
            "capsule/3_IM-1.png",
            "kidneyUS_images_14_june_2022/2_IM-1.png",
            "regions/2_IM-1.png",
            "regions/3_IM-1.png",
        ]


def test_an_image_without_regions_keeps_its_capsule(tmp_path):
    image(tmp_path)
    (tmp_path / f"kidneyUS/labels/reviewed_masks_1/regions/{NAME}.png").unlink()
    table(tmp_path)
    with Converted("kidneyUS", tmp_path) as found:
        assert found.areas(NAME) == [("kidney", 8 * 14)]
        assert len(found.notes.warnings) == 1
        assert "regions" in found.notes.warnings[0]
