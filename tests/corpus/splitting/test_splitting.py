import copy
import random
from collections import Counter, defaultdict

import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from tests.corpus.splitting.made import made, parts, patients
from tests.references import shared
from ultrasam.corpus.coco.document import read_document
from ultrasam.corpus.splitting import split
from ultrasam.errors import InputError


def sides(document, key="patient"):
    found = defaultdict(set)
    for entry in document["images"]:
        if "split" in entry:
            found[entry.get(key, entry["id"])].add(entry["split"])
    return found


def test_shares_are_reached_and_patients_stay_whole():
    document = made(patients(*[5] * 200))
    report = split(document)
    assert report.images == {"train": 850, "val": 50, "test": 100} == dict(Counter(parts(document).values()))
    assert report.groups == {"train": 170, "val": 10, "test": 20}
    assert report.reached == {"train": 0.85, "val": 0.05, "test": 0.1}
    assert all(len(found) == 1 for found in sides(document).values())
    assert report.text == (
        "val and test made by patient (asked: val 0.05, test 0.1; seed 0); reached: train 0.850, val 0.050, test 0.100"
    )
    assert report.warnings == ()


def test_the_seed_decides_and_the_order_in_the_file_does_not():
    rows = [*patients(*range(1, 20), shows="a"), *({"shows": s} for s in ("a", "b", "ab", "") * 20)]
    document = made(rows)
    other = copy.deepcopy(document)
    random.Random(5).shuffle(other["images"])
    random.Random(6).shuffle(other["annotations"])
    other["categories"].reverse()
    reports = [split(document, seed=3), split(other, seed=3)]
    assert parts(document) == parts(other)
    assert reports[0] == reports[1]
    before = parts(document)
    split(document, seed=4)
    assert parts(document) != before


def test_a_rare_class_is_in_every_part_if_there_are_enough_patients_of_it():
    rows = [*patients(*[4] * 100, shows="a"), *({"patient": f"R{n}", "shows": "r"} for n in range(3))]
    for seed in range(5):
        document = made([*rows, {"patient": "Q0", "shows": "q"}, {"patient": "Q1", "shows": "q"}])
        report = split(document, seed=seed)
        assert report.missing == {"train": (), "val": ("q",), "test": ()}
        assert report.warnings == ("No q in the part val.",)
        assert abs(report.reached["val"] - 0.05) < 0.01
        assert abs(report.reached["test"] - 0.1) < 0.01


def test_classes_have_their_shares_and_so_have_images_of_none():
    rng = random.Random(0)
    rows = [{"shows": "".join(c for c in "abc" if rng.random() < p)} for p in (0.3, 0.1, 0.7) for _ in range(300)]
    document = made(rows)
    split(document, val=0.1, test=0.2)
    for shown in ("a", "b", "c", ""):
        of_class = [e for e, row in zip(document["images"], rows, strict=True) if shown in row["shows"] or not shown]
        if not shown:
            of_class = [e for e, row in zip(document["images"], rows, strict=True) if not row["shows"]]
        counts = Counter(entry["split"] for entry in of_class)
        assert abs(counts["val"] / len(of_class) - 0.1) < 0.01
        assert abs(counts["test"] / len(of_class) - 0.2) < 0.01


def test_a_group_of_half_the_images_does_not_spoil_the_shares():
    document = made(patients(500, 120, 60, *[4] * 80))
    report = split(document)
    assert parts(document)["images/001.png"] == "train"
    assert abs(report.reached["val"] - 0.05) < 0.01
    assert abs(report.reached["test"] - 0.1) < 0.01
    assert report.groups["val"] > 5


def test_few_large_groups_still_make_three_parts():
    assert split(made(patients(*[100] * 8))).groups == {"train": 6, "val": 1, "test": 1}
    assert split(made(patients(100, 70, 90))).groups == {"train": 1, "val": 1, "test": 1}
    two = split(made(patients(10, 10)))
    assert two.groups == {"train": 1, "val": 0, "test": 1}
    one = split(made(patients(10)))
    assert one.images == {"train": 10, "val": 0, "test": 0}


def test_the_largest_of_few_groups_is_trained_on():
    one_class = made(patients(60, 30, 10))
    # The smallest patient alone shows a class, and so is to be trained on whatever becomes of the others.
    two_classes = made([*patients(60, 30), *({"patient": "rare", "shows": "r"} for _ in range(10))])
    for seed in range(8):
        assert split(one_class, seed=seed).images == {"train": 60, "val": 10, "test": 30}
        assert split(two_classes, seed=seed).images["train"] >= 60


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 8), st.sampled_from(["", "a", "b", "ab", "abc"]), st.sampled_from("_train_val_test")),
        min_size=1,
        max_size=40,
    ),
    st.integers(0, 3),
)
def test_nobody_is_ever_on_two_sides(rows, seed):
    names = {"v": "val", "l": "train", "s": "test"}
    document = made(
        [{"patient": p, "shows": s, **({"official_split": names[o]} if o in names else {})} for p, s, o in rows]
    )
    try:
        report = split(document, seed=seed, val=0.1, test=0.2)
    except InputError:
        # Too much is official to leave anything for the parts that are asked for.
        reject()
    assert all(len(found) == 1 for found in sides(document).values())
    assert sum(report.images.values()) + len(report.left_out) == len(rows)
    for entry in document["images"]:
        official = entry.get("official_split")
        if official in ("val", "test"):
            assert entry.get("split") in (official, None)
        if entry.get("split") in report.official[1:] and official is None:
            assert any(
                other.get("official_split") == entry["split"]
                for other in document["images"]
                if other["patient"] == entry["patient"]
            )


def official(part, count, first):
    return [{"patient": f"P{first + n}", "shows": "a", "official_split": part} for n in range(count)]


def test_an_official_test_part_stays_and_validation_is_made_out_of_training():
    document = made([*official("train", 80, 0), *official("test", 20, 80)])
    report = split(document)
    assert report.images == {"train": 75, "val": 5, "test": 20}
    assert all((entry["split"] == "test") == (entry["official_split"] == "test") for entry in document["images"])
    assert report.official == ("train", "test")
    assert report.text.startswith("official train and test; val made by patient (asked: val 0.05; seed 0)")


@pytest.mark.parametrize(
    ("given_parts", "images"),
    [
        ({"train": 70, "val": 10, "test": 20}, {"train": 70, "val": 10, "test": 20}),
        ({"train": 100}, {"train": 85, "val": 5, "test": 10}),
        ({"train": 60, "val": 40}, {"train": 50, "val": 40, "test": 10}),
        ({"test": 100}, {"train": 0, "val": 0, "test": 100}),
        ({None: 70, "test": 30}, {"train": 65, "val": 5, "test": 30}),
    ],
)
def test_only_parts_that_are_missing_are_made(given_parts, images):
    rows = [
        {"shows": "a", **({} if part is None else {"official_split": part})}
        for part, count in given_parts.items()
        for _ in range(count)
    ]
    assert split(made(rows)).images == images


def test_the_official_split_can_be_passed_by():
    document = made([*official("train", 10, 0), *official("test", 90, 10)])
    report = split(document, honour_official=False)
    assert report.official == ()
    assert report.images == {"train": 85, "val": 5, "test": 10}


def test_a_patient_on_both_sides_of_the_official_split_is_tested_and_not_trained_on():
    rows = [*official("train", 60, 0), *official("test", 20, 60)]
    rows += [{"patient": "both", "official_split": part, "shows": "a"} for part in ("train", "test", "train", "val")]
    rows += [{"patient": "both", "shows": "a"}]
    document = made(rows)
    report = split(document)
    assert [entry.get("split") for entry in document["images"][80:]] == [None, "test", None, None, "test"]
    assert "split" not in document["images"][80]
    assert (report.cut_groups, report.left_out) == (1, ("images/081.png", "images/083.png", "images/084.png"))
    assert (
        "images in no part: 3, as one patient, or duplicates, are on both sides of the official split (groups: 1)"
        in report.text
    )
    assert any("those on the stricter side stay in theirs" in warning for warning in report.warnings)


def test_duplicates_stay_on_one_side():
    for seed in range(5):
        document = made([{"shows": "a"} for _ in range(60)])
        pairs = [(i, i + 30) for i in range(1, 31)]
        split(document, seed=seed, ties=pairs)
        part_of = {entry["id"]: entry["split"] for entry in document["images"]}
        assert all(part_of[one] == part_of[other] for one, other in pairs)
        assert set(part_of.values()) == {"train", "val", "test"}


@pytest.mark.parametrize(
    ("document", "options", "reason"),
    [
        (made(patients(1)), {"val": 0.5, "test": 0.5}, "leave some to train on, but got val 0.5 and test 0.5"),
        (made(patients(1)), {"val": -0.1}, "got val -0.1"),
        (made([{"official_split": "fold 1"}]), {}, "but got 'fold 1' of images/001.png"),
        (
            made([*official("test", 95, 0), *official("train", 5, 95)]),
            {"val": 0.06},
            "only 5 images of 100, and 6 of them were asked for: ask for less",
        ),
    ],
)
def test_what_cannot_be_split_is_refused(document, options, reason):
    before = copy.deepcopy(document)
    with pytest.raises(InputError, match=reason):
        split(document, **options)
    assert document == before


def test_an_empty_document_has_empty_parts():
    assert split(made([])).images == {"train": 0, "val": 0, "test": 0}


@pytest.mark.parametrize("name", ["BUS-UCLM", "CCAUI", "MMOTU_2d"])
def test_real_sets_get_near_their_shares(name):
    document = read_document(shared(f"corpus/{name}") / "coco.json")
    report = split(document)
    assert abs(report.reached["val"] - 0.05) < 0.01
    assert abs(report.reached["test"] - 0.1) < 0.01
    assert not any(report.missing.values())
    assert all(len(found) == 1 for found in sides(document).values())
