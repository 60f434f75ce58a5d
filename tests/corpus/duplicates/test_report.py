from pathlib import Path

import pytest

from ultrasam.corpus.duplicates import Conflict, Member, across_splits, conflicts
from ultrasam.corpus.duplicates.entries import Entry


def member(split=None, classes=(), structures=(), data_set="X", **labels):
    return Member(
        Entry(data_set, "a.png", Path("a.png"), None, split, classes, structures, tuple(labels.items())),
        "near",
        2,
        "same",
    )


@pytest.mark.parametrize(
    ("splits", "expected"),
    [
        (("train", "test"), True),
        (("train", "train", "val"), True),
        (("test", "test"), False),
        (("train", None), False),
        ((None, None), False),
    ],
)
def test_clusters_across_splits_are_those_with_several(splits, expected):
    cluster = tuple(member(split) for split in splits)
    assert across_splits([cluster]) == ((cluster,) if expected else ())


@pytest.mark.parametrize(
    ("cluster", "expected"),
    [
        ([member(classes=("benign",)), member(classes=("malignant",))], [("classes", ("benign", "malignant"))]),
        ([member(classes=("a", "b")), member(classes=("a", "b"))], []),
        ([member(classes=("cyst",)), member(classes=())], [("classes", ("", "cyst"))]),
        # Data sets have their own names, and choose what they outline.
        ([member(classes=("benign",)), member(classes=("tumour",), data_set="Y")], []),
        ([member(structures=("lesion",)), member(structures=("lesion",), data_set="Y")], []),
        ([member(structures=("lesion",)), member(data_set="Y")], []),
        ([member(structures=("a", "b")), member(structures=("b", "c"), data_set="Y")], []),
        ([member(structures=("lesion",)), member(structures=("lesion_benign",), data_set="Y")], []),
        (
            [member(structures=("lesion_malignant",)), member(structures=("lesion_benign",), data_set="Y")],
            [("structures", ("lesion_benign", "lesion_malignant"))],
        ),
        (
            [member(diagnosis="benign"), member(diagnosis="malignant", data_set="Y"), member(side="left")],
            [("diagnosis", ("benign", "malignant"))],
        ),
    ],
)
def test_conflicts_are_what_cannot_both_be_right(cluster, expected):
    assert [(conflict.what, conflict.said) for conflict in conflicts([tuple(cluster)])] == expected


def test_a_conflict_of_classes_names_the_images_of_its_data_set():
    one, two, other = member(classes=("a",)), member(classes=("b",)), member(classes=("c",), data_set="Y")
    assert conflicts([(one, other, two)]) == (Conflict((one, two), "classes", ("a", "b")),)
