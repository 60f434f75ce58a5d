import numpy as np
import pytest
from PIL import Image

from tests.corpus.converters.made import Converted, block, picture, texture
from tests.references import shared

REAL = {
    "ALWI_000": [("breast_lesion_benign", 25312)],
    "CHCO_000": [("breast_lesion_malignant", 11388)],
    "COPE_014": [("breast_lesion_malignant", 69174)],
    "FLBA_000": [],
    "HESN_003": [("breast_lesion_benign", 7544)],
}
GREEN, RED = 1, 0


def coloured(*parts):
    """A mask ``(H, W, 3)`` of ``(channel, block)`` parts."""
    mask = np.zeros((24, 32, 3), np.uint8)
    for channel, part in parts:
        mask[..., channel] |= part
    return mask


def test_real_files_have_the_lesions_patients_and_labels_that_were_seen():
    with Converted("BUS-UCLM", shared("native/BUS-UCLM")) as uclm:
        assert {name: uclm.areas(name) for name in uclm.samples} == REAL
        assert [sample.patient for sample in uclm.samples.values()] == ["ALWI", "CHCO", "COPE", "FLBA", "HESN"]
        assert [sample.split for sample in uclm.samples.values()] == ["train", "train", "test", "train", "train"]
        assert dict(uclm.samples["COPE_014"].labels) == {
            **{"diagnosis": "malignant", "doppler": "yes"},
            **{"marks": "yes", "combined": "no"},
        }


def test_a_mask_of_another_shape_is_stretched_onto_its_image():
    """HESN_003: seen on an overlay that the stretched mask, and no other placement of it, fits the lesion."""
    folder = shared("native/BUS-UCLM/BUS-UCLM")
    with Converted("BUS-UCLM", folder) as uclm:
        [(_, mask)], remarks = uclm.annotations("HESN_003")
    with Image.open(folder / "masks/HESN_003.png") as drawn:
        expected = drawn.convert("RGB").getchannel("G").resize((792, 485), Image.Resampling.NEAREST)
    assert np.array_equal(mask, np.asarray(expected) > 0)
    assert [(remark.detail) for remark in remarks] == ["606 x 856 to 485 x 792"]


@pytest.fixture
def made(tmp_path):
    for seed, (name, mask) in enumerate(
        {
            "ANFO_000": coloured((GREEN, block(slice(0, 4))), (RED, block(slice(8, 13)))),
            "ALWI_001": coloured(),
        }.items()
    ):
        picture(tmp_path / f"images/{name}.png", texture(seed=seed))
        picture(tmp_path / f"masks/{name}.png", mask)
    table = "Image;Resolution;Label;Doppler;Marks;Combined\nANFO_000.png;32x24;Malignant;Yes;No;No\n"
    (tmp_path / "INFO.csv").write_text(table + "ALWI_001.png;32x24;Normal;No;No;No\n", encoding="utf-8-sig")
    return tmp_path


def test_colours_are_red_green_blue(made):
    with Converted("BUS-UCLM", made) as uclm:
        assert uclm.areas("ANFO_000") == [("breast_lesion_benign", 56), ("breast_lesion_malignant", 70)]


def test_normal_images_are_negatives_and_the_official_test_patients_are_the_test_part(made):
    with Converted("BUS-UCLM", made) as uclm:
        normal, test = uclm.samples["ALWI_001"], uclm.samples["ANFO_000"]
        assert (normal.split, test.split) == ("train", "test")
        assert (normal.is_negative_if_empty, test.is_negative_if_empty) == (True, False)


@pytest.mark.parametrize("patient", ["COPE", "ANFO", "ELCO", "CRCI", "FLKA"])
def test_all_five_official_test_patients_are_the_test_part(tmp_path, patient):
    for name in (f"{patient}_003", "ZZZZ_003"):
        picture(tmp_path / f"images/{name}.png", texture())
        picture(tmp_path / f"masks/{name}.png", coloured())
    with Converted("BUS-UCLM", tmp_path) as uclm:
        assert {sample.patient: sample.split for sample in uclm.samples.values()} == {patient: "test", "ZZZZ": "train"}


def test_a_made_mask_of_another_shape_is_stretched_onto_its_image(made):
    mask = np.zeros((24, 64, 3), np.uint8)
    mask[4:8, 10:20, GREEN] = 255
    picture(made / "masks/ANFO_000.png", mask)
    with Converted("BUS-UCLM", made) as uclm:
        [(category, found)], _ = uclm.annotations("ANFO_000")
    assert category == "breast_lesion_benign"
    assert np.array_equal(found, block(slice(4, 8), slice(5, 10)) > 0)


def test_doppler_images_can_be_told(made):
    with Converted("BUS-UCLM", made) as uclm:
        assert {name: dict(s.labels)["doppler"] for name, s in uclm.samples.items()} == {
            "ALWI_001": "no",
            "ANFO_000": "yes",
        }


def test_colours_outside_the_legend_are_reported(made):
    picture(made / "masks/ANFO_000.png", np.full((24, 32, 3), (0, 0, 255), np.uint8))
    with Converted("BUS-UCLM", made) as uclm:
        objects, [remark] = uclm.annotations("ANFO_000")
        assert objects == []
        assert remark.detail == "colour (0, 0, 255)"
        assert remark.pixels == 24 * 32


@pytest.mark.parametrize("table", [None, "Image,Class\nANFO_000.png,benign\n", ""])
def test_without_a_usable_table_images_have_no_labels(made, table):
    (made / "INFO.csv").unlink()
    if table is not None:
        (made / "INFO.csv").write_text(table)
    with Converted("BUS-UCLM", made) as uclm:
        assert [sample.labels for sample in uclm.samples.values()] == [(), ()]
        assert len(uclm.notes.warnings) == 1
        assert "INFO.csv" in uclm.notes.warnings[0]


def test_what_does_not_fit_is_said(made):
    picture(made / "images/ZZZZ_000.png", texture())
    picture(made / "masks/ZZZZ_000.png", coloured())
    picture(made / "images/ZZZZ_001.png", texture())
    with Converted("BUS-UCLM", made) as uclm:
        assert [entry.path for entry in uclm.notes.skipped] == ["images/ZZZZ_001.png"]
        assert uclm.notes.warnings == [
            "images/ZZZZ_000.png has no row in INFO.csv: its image-level labels are missing."
        ]
