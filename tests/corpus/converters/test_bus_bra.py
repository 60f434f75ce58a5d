import pytest

from tests.corpus.converters.made import Converted, block, picture, texture
from tests.references import shared
from ultrasam.errors import InputError

REAL = {
    "bus_0001-l": [("breast_lesion_malignant", 5664)],
    "bus_0001-r": [("breast_lesion_malignant", 4783)],
    "bus_0002-l": [("breast_lesion_benign", 3436)],
    "bus_0003-l": [("breast_lesion_malignant", 11530)],
    "bus_0003-r": [("breast_lesion_malignant", 19443)],
    "bus_0010-l": [("breast_lesion_malignant", 10521)],
}
CASES = "ID,Case,Histology,Pathology,BIRADS,Device,Width,Height,Side,BBOX"


def test_real_files_have_the_lesions_patients_and_labels_that_were_seen():
    with Converted("BUS-BRA", shared("native/BUS-BRA")) as bra:
        assert {name: bra.areas(name) for name in bra.samples} == REAL
        assert [sample.patient for sample in bra.samples.values()] == ["1", "1", "2", "3", "3", "10"]
        assert {sample.split for sample in bra.samples.values()} == {"train"}
        assert dict(bra.samples["bus_0003-r"].labels) == {
            "diagnosis": "malignant",
            "histology": "invasive ductal carcinoma",
            "BI-RADS": "4",
            "device": "GE Logiq 7 @10-14MHz",
            "side": "right",
            "fold": "4",
        }
        assert not bra.notes.skipped
        assert not bra.notes.warnings


def row(name, case, pathology):
    return f'{name},{case},,{pathology},4,GE,32,24,left,"[1,2,3,4]"'


@pytest.fixture
def made(tmp_path):
    """Three images of two cases, in folds 1 and 2."""
    for seed, number in enumerate(("0001-l", "0001-r", "0002-s")):
        picture(tmp_path / f"Images/bus_{number}.png", texture(seed=seed))
        picture(tmp_path / f"Masks/mask_{number}.png", block(slice(0, seed + 1)) > 0)
    rows = (row("bus_0001-l", 1, "benign"), row("bus_0001-r", 1, "benign"), row("bus_0002-s", 2, "malignant"))
    (tmp_path / "bus_data.csv").write_text("\n".join((CASES, *rows)))
    folds = ("ID,Pathology,kFold", "bus_0001-l,benign,1", "bus_0001-r,benign,1", "bus_0002-s,malignant,2")
    (tmp_path / "5-fold-cv.csv").write_text("\n".join(folds))
    return tmp_path


def remove_row(table, name):
    table.write_text("\n".join(line for line in table.read_text().splitlines() if not line.startswith(name)))


def test_fold_1_is_the_test_part_and_both_breasts_are_one_patient(made):
    with Converted("BUS-BRA", made) as bra:
        assert {name: (sample.patient, sample.split) for name, sample in bra.samples.items()} == {
            "bus_0001-l": ("1", "test"),
            "bus_0001-r": ("1", "test"),
            "bus_0002-s": ("2", "train"),
        }


def test_an_image_that_the_table_does_not_name_takes_no_other_image_s_diagnosis(made):
    remove_row(made / "bus_data.csv", "bus_0001-r")
    with Converted("BUS-BRA", made) as bra:
        assert list(bra.samples) == ["bus_0001-l", "bus_0002-s"]
        assert [entry.path for entry in bra.notes.skipped] == ["Images/bus_0001-r.png"]


def test_an_image_that_is_in_no_fold_takes_no_other_image_s_fold(made):
    remove_row(made / "5-fold-cv.csv", "bus_0001-r")
    with Converted("BUS-BRA", made) as bra:
        assert [sample.split for sample in bra.samples.values()] == ["test", None, "train"]
        assert "bus_0001-r.png" in bra.notes.warnings[0]


def test_boxes_come_from_masks_and_not_from_the_table(made):
    with Converted("BUS-BRA", made) as bra:
        assert bra.areas("bus_0002-s") == [("breast_lesion_malignant", 3 * 14)]
        assert "1,2,3,4" not in repr(bra.samples["bus_0002-s"])


def test_without_folds_nothing_is_official(made):
    (made / "5-fold-cv.csv").unlink()
    with Converted("BUS-BRA", made) as bra:
        assert {sample.split for sample in bra.samples.values()} == {None}
        assert "5-fold-cv.csv" in bra.notes.warnings[0]


@pytest.mark.parametrize("table", ["", "ID,Case\nbus_0001-l,1\n"])
def test_the_table_of_cases_is_needed(made, table):
    (made / "bus_data.csv").write_text(table)
    with pytest.raises(InputError, match="Pathology"):
        Converted("BUS-BRA", made)


def test_files_without_a_partner_are_reported(made):
    picture(made / "Images/bus_0003-l.png", texture())
    picture(made / "Masks/mask_0004-l.png", block())
    with Converted("BUS-BRA", made) as bra:
        assert [entry.path for entry in bra.notes.skipped] == ["Images/bus_0003-l.png", "Masks/mask_0004-l.png"]
