import numpy as np
import pytest

from tests.corpus.converters.made import Converted, block, excel, picture, texture
from tests.references import shared

COLUMNS = ("CaseID", "Image_filename", "Mask_tumor_filename", "Pixel_size", "BIRADS", "Diagnosis", "Classification")
FOLDER = "BrEaST-Lesions_USG-images_and_masks"


def test_real_files_have_the_findings_that_were_seen():
    with Converted("BrEaST", shared("native/BrEaST")) as breast:
        assert {name: breast.areas(name) for name in breast.samples} == {
            "case001": [("breast_lesion", 19512)],
            "case022": [("other_abnormality", 825), ("other_abnormality", 5595), ("breast_lesion", 13111)],
        }
        # Normal, as the publication says; but the table that says so is not there.
        assert [entry.path.rpartition("/")[2] for entry in breast.notes.skipped] == ["case045.png"]
        assert breast.picture("case022").size_hw == (538, 831)
        assert [sample.patient for sample in breast.samples.values()] == ["case001", "case022"]


def transparent(mask):
    """A mask as BrEaST has it: white and opaque on black and transparent."""
    return np.repeat(mask[..., None], 4, axis=2)


@pytest.fixture
def made(tmp_path):
    """A malignant case with two tumours and another finding, a normal case, and the table."""
    images = tmp_path / FOLDER
    for seed, case in enumerate(("case001", "case002")):
        picture(images / f"{case}.png", texture(seed=seed))
    picture(images / "case001_tumor.png", transparent(block(slice(0, 2))))
    picture(images / "case001_tumor2.png", transparent(block(slice(4, 8))))
    picture(images / "case001_other1.png", transparent(block(slice(12, 13))))
    excel(
        tmp_path / "clinical.xlsx",
        COLUMNS,
        (1, "case001.png", "case001_tumor.png", 0.007, "4c", "invasive carcinoma", "malignant"),
        (2, "case002.png", None, 0.7, 1, "not applicable", "normal"),
    )
    return tmp_path


def test_findings_other_than_tumours_are_no_cysts_and_second_tumours_are_tumours(made):
    with Converted("BrEaST", made) as breast:
        assert breast.areas("case001") == [
            ("other_abnormality", 14),
            ("breast_lesion_malignant", 4 * 14),
            ("breast_lesion_malignant", 2 * 14),
        ]


def test_the_table_gives_diagnosis_category_and_histology(made):
    with Converted("BrEaST", made) as breast:
        assert [dict(sample.labels) for sample in breast.samples.values()] == [
            {"diagnosis": "malignant", "BI-RADS": "4c", "histology": "invasive carcinoma"},
            {"diagnosis": "normal", "BI-RADS": "1"},
        ]
        assert breast.notes.unused == {"clinical.xlsx"}


@pytest.mark.parametrize("table", [False, True])
def test_an_image_without_a_mask_is_no_negative_unless_the_table_calls_it_normal(made, table):
    (made / FOLDER / "case001_other1.png").unlink()
    for name in ("tumor", "tumor2"):
        (made / FOLDER / f"case001_{name}.png").unlink()
    if not table:
        (made / "clinical.xlsx").unlink()
    with Converted("BrEaST", made) as breast:
        assert list(breast.samples) == ["case002"] if table else not breast.samples
        assert {entry.path for entry in breast.notes.skipped} >= {f"{FOLDER}/case001.png"}


def test_a_tree_that_is_there_twice_is_said_and_mixes_nothing(made):
    for name in ("case001.png", "case001_tumor.png", "case002_tumor.png"):
        picture(made / "again" / name, transparent(block()) if "tumor" in name else texture())
    with Converted("BrEaST", made) as breast:
        assert {name: breast.areas(name) for name in breast.samples} == {"case002": []}
        assert {entry.path for entry in breast.notes.skipped} == {
            *(f"{FOLDER}/case001{end}.png" for end in ("", "_tumor", "_tumor2", "_other1")),
            *(f"again/{name}.png" for name in ("case001", "case001_tumor", "case002_tumor")),
        }


def test_images_without_a_mask_are_negatives_if_normal(made):
    with Converted("BrEaST", made) as breast:
        assert breast.areas("case002") == []
        assert [sample.is_negative_if_empty for sample in breast.samples.values()] == [False, True]


def test_pixel_sizes_are_centimetres_and_left_out_where_they_cannot_be(made):
    with Converted("BrEaST", made) as breast:
        assert [sample.spacing_mm for sample in breast.samples.values()] == [pytest.approx((0.07, 0.07)), None]


def test_without_the_table_lesions_have_no_diagnosis(made):
    (made / "clinical.xlsx").unlink()
    with Converted("BrEaST", made) as breast:
        assert [name for name, _ in breast.areas("case001")] == ["other_abnormality", "breast_lesion", "breast_lesion"]
        assert breast.samples["case001"].labels == ()
        assert "*.xlsx" in breast.notes.warnings[0]


@pytest.mark.parametrize("content", [b"no Excel file", b""])
def test_a_damaged_table_counts_as_missing(made, content):
    (made / "clinical.xlsx").write_bytes(content)
    with Converted("BrEaST", made) as breast:
        assert [name for name, _ in breast.areas("case001")] == ["other_abnormality", "breast_lesion", "breast_lesion"]
        assert "clinical.xlsx" in breast.notes.warnings[0]


def test_a_case_that_the_table_does_not_know_is_said(made):
    picture(made / FOLDER / "case003.png", texture())
    picture(made / FOLDER / "case003_tumor.png", transparent(block()))
    with Converted("BrEaST", made) as breast:
        assert "case003" in breast.samples
        assert "case003.png" in breast.notes.warnings[0]


def test_masks_without_an_image_are_reported_and_case_does_not_matter(made):
    picture(made / FOLDER / "Case002_Tumor.PNG", transparent(block()))
    picture(made / FOLDER / "case009_tumor.png", transparent(block()))
    with Converted("BrEaST", made) as breast:
        assert breast.areas("case002") == [("breast_lesion", 8 * 14)]
        assert [entry.path for entry in breast.notes.skipped] == [f"{FOLDER}/case009_tumor.png"]
