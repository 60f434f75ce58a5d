import pytest

from tests.corpus.converters.made import Converted, block, excel, picture, texture


@pytest.fixture
def made(tmp_path):
    """A benign and a malignant image, and the table, which counts them 1 and 2."""
    for number in (1, 2):
        picture(tmp_path / f"BUS/original/00000{number}.png", texture(seed=number))
        picture(tmp_path / f"BUS/GT/00000{number}.png", block(slice(0, number)))
    excel(
        tmp_path / "BUS/DatasetB.xlsx",
        ("Image", "Type", "Diagnosis"),
        (1, "Benign", "CYST"),
        ("000002", "Malignant", "IDC"),
    )
    return tmp_path


def test_the_table_gives_the_diagnosis(made):
    with Converted("UDIAT", made) as udiat:
        assert {name: (udiat.areas(name), sample.labels) for name, sample in udiat.samples.items()} == {
            "000001": ([("breast_lesion_benign", 14)], (("diagnosis", "benign"),)),
            "000002": ([("breast_lesion_malignant", 2 * 14)], (("diagnosis", "malignant"),)),
        }
        assert udiat.notes.unused == {"BUS/DatasetB.xlsx"}
        assert not udiat.notes.warnings


def test_without_the_table_lesions_have_no_diagnosis(made):
    (made / "BUS/DatasetB.xlsx").unlink()
    with Converted("UDIAT", made) as udiat:
        assert udiat.areas("000002") == [("breast_lesion", 2 * 14)]
        assert [sample.labels for sample in udiat.samples.values()] == [(), ()]
        assert len(udiat.notes.warnings) == 1


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([("Image", "Class"), (1, "Benign")], "Type"),
        ([("Image", "Type"), (1, "Benign"), (2, "?")], "000002.png"),
        ([("Image", "Type"), (1, "Benign")], "000002.png"),
    ],
    ids=["wrong columns", "unknown word", "missing row"],
)
def test_a_table_that_does_not_say_is_told(made, rows, said):
    excel(made / "BUS/DatasetB.xlsx", *rows)
    with Converted("UDIAT", made) as udiat:
        assert udiat.areas("000002") == [("breast_lesion", 2 * 14)]
        assert len(udiat.notes.warnings) == 1
        assert said in udiat.notes.warnings[0]


def test_the_licence_forbids_redistribution(made):
    with Converted("UDIAT", made) as udiat:
        assert udiat.card.access == "on request"
        assert not udiat.card.is_commercial_ok


def test_files_without_a_partner_are_reported_and_case_does_not_matter(made):
    (made / "BUS/GT").rename(made / "BUS/gt")
    picture(made / "BUS/original/000003.png", texture())
    picture(made / "BUS/gt/000004.png", block())
    with Converted("UDIAT", made) as udiat:
        assert list(udiat.samples) == ["000001", "000002"]
        assert [entry.path for entry in udiat.notes.skipped] == ["BUS/original/000003.png", "BUS/gt/000004.png"]
