"""Parts by patient, given or made, and shares of the training patients."""

import json
from collections import Counter
from itertools import pairwise

import pytest

from tests.downstream.data.made import annotation, coco, patients_coco, square
from tests.references import shared
from ultrasam.downstream.data import ReadingOptions, read_examples
from ultrasam.downstream.data.part_names import part_of
from ultrasam.errors import InputError

PARTS = ("train", "val", "test")


def patients(found, part):
    return {example.patient for example in found.part(part)}


@pytest.mark.parametrize("seed", range(5))
def test_no_patient_is_in_two_parts(tmp_path, seed):
    folder = patients_coco(tmp_path / "d", 40)
    found = read_examples(folder, "instance", options=ReadingOptions(seed=seed, check=False))
    parts = [patients(found, part) for part in PARTS]
    assert sum(map(len, parts)) == 40 == len(set.union(*parts))
    assert [round(len(found.part(p)) / 120, 2) for p in PARTS] == [0.65, 0.15, 0.2]
    # Half of the patients are of either class, in each part.
    for part in PARTS:
        count = Counter(e.instances[0].category for e in found.part(part))
        assert abs(count["benign"] - count["malignant"]) <= 3
    assert f"made by patient (asked: val 0.15, test 0.2; seed {seed})" in found.split_report


def test_parts_hang_on_the_seed_alone(tmp_path):
    folder = patients_coco(tmp_path / "d", 30)
    first, again, other = (
        read_examples(folder, "instance", options=ReadingOptions(seed=seed, check=False)) for seed in (0, 0, 1)
    )
    assert first.sha256 == again.sha256 != other.sha256
    assert [e.split for e in first.examples] == [e.split for e in again.examples]
    assert patients(first, "test") != patients(other, "test")


def test_images_of_a_video_stay_together(tmp_path):
    images = [{"file_name": f"{i:03}.png", "sequence": i // 5} for i in range(60)]
    objects = [annotation(i, 1, square()) for i in range(1, 61)]
    found = read_examples(coco(tmp_path / "d", images, objects, ["x"]), "semantic")
    assert found.examples[7].patient == "sequence 1"
    parts = [patients(found, part) for part in PARTS]
    assert sum(map(len, parts)) == 12
    assert all(len(found.part(part)) % 5 == 0 for part in PARTS)


def test_patients_out_of_file_names(tmp_path):
    folder = patients_coco(tmp_path / "d", 20, patient=None)
    found = read_examples(folder, "instance", options=ReadingOptions(patient_pattern=r"^p(\d+)_"))
    assert {e.patient for e in found.examples} == {f"{i:03}" for i in range(20)}
    assert not patients(found, "train") & patients(found, "test")
    with pytest.raises(InputError, match=r"finds none in any of 60, such as p000_0\.png"):
        read_examples(folder, "instance", options=ReadingOptions(patient_pattern=r"case(\d+)"))
    some = read_examples(folder, "instance", options=ReadingOptions(patient_pattern=r"p(00\d)_"))
    assert sum("tells no patient" in entry.reason for entry in some.left_out) == 30


def test_equal_files_are_never_on_two_sides(tmp_path):
    folder = patients_coco(tmp_path / "d", 30, images_each=1)
    for i in range(0, 30, 2):
        (folder / f"images/p{i + 1:03}_0.png").write_bytes((folder / f"images/p{i:03}_0.png").read_bytes())
    found = read_examples(folder, "classification")
    split_of = {e.name: e.split for e in found.examples}
    for i in range(0, 30, 2):
        assert split_of[f"images/p{i:03}_0.png"] == split_of[f"images/p{i + 1:03}_0.png"]
    # Each pair is of both classes.
    assert sum("but their labels differ" in entry.reason for entry in found.left_out) == 15


def test_a_patient_on_both_sides_of_given_parts_stays_on_the_stricter(tmp_path):
    folder = patients_coco(tmp_path / "d", 12)
    document = json.loads((folder / "coco.json").read_text())
    for entry in document["images"]:
        number = int(entry["patient"][1:])
        entry["split"] = "train" if number < 8 else "val" if number < 10 else "test"
    document["images"][0]["split"] = "test"
    (folder / "coco.json").write_text(json.dumps(document))
    found = read_examples(folder, "instance")
    assert {e.name for e in found.part("test")} >= {"images/p000_0.png"}
    assert "p000" not in patients(found, "train")
    assert [entry.what for entry in found.left_out] == ["images/p000_1.png", "images/p000_2.png"]


def test_images_in_no_part_are_not_used_where_others_are_in_one(tmp_path):
    folder = patients_coco(tmp_path / "d", 12)
    document = json.loads((folder / "coco.json").read_text())
    for entry in document["images"]:
        number = int(entry["patient"][1:])
        if number:
            entry["split"] = "train" if number < 8 else "val" if number < 10 else "test"
    (folder / "coco.json").write_text(json.dumps(document))
    found = read_examples(folder, "instance")
    assert len(found.examples) == 33
    assert {entry.reason for entry in found.left_out} == {"It is in no part, and others are."}


def test_unknown_names_of_parts(tmp_path):
    folder = patients_coco(tmp_path / "d", 12, split="fold 3")
    with pytest.raises(InputError, match="Expected parts called train, val and test, but got fold 3"):
        read_examples(folder, "instance")


@pytest.mark.parametrize(
    ("name", "part"), [("Training", "train"), (" VALID ", "val"), ("dev", "val"), ("testing", "test")]
)
def test_names_of_parts(name, part):
    assert part_of(name) == part


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_share_is_of_patients_and_of_each_class_and_nested(tmp_path, seed):
    folder = patients_coco(tmp_path / "d", 80)
    shares = (0.01, 0.1, 0.5, 1.0)
    found = [
        read_examples(folder, "classification", options=ReadingOptions(seed=seed, share=share, check=False))
        for share in shares
    ]
    whole = found[-1]
    for smaller, larger in pairwise(found):
        assert patients(smaller, "train") < patients(larger, "train")
    for one, share in zip(found, shares, strict=True):
        for part in ("val", "test"):
            assert [e.name for e in one.part(part)] == [e.name for e in whole.part(part)]
        assert {e.labels for e in one.part("train")} == {(0,), (1,)}
        # Whole patients, as many as asked for, one of each class at least.
        assert len(one.part("train")) == 3 * len(patients(one, "train"))
        asked = max(2, share * len(patients(whole, "train")))
        assert abs(len(patients(one, "train")) - asked) <= 1
    assert "10 % are used" in found[1].split_report


@pytest.mark.parametrize("name", ["BUS-BRA", "MMOTU_2d"])
def test_a_hundredth_of_real_labels_has_all_classes(name):
    folder = shared(f"corpus/{name}")
    taken = {}
    for share in (0.01, 0.1, 1.0):
        found = read_examples(folder, "classification", options=ReadingOptions(share=share, check=False))
        train = found.part("train")
        assert {e.labels for e in train} == {(n,) for n in range(len(found.classes))}
        taken[share] = {e.name for e in train}
    assert taken[0.01] < taken[0.1] < taken[1.0]
    assert abs(len(taken[0.1]) / len(taken[1.0]) - 0.1) < 0.01


def test_a_limit_is_for_each_part(tmp_path):
    folder = patients_coco(tmp_path / "d", 40)
    found = read_examples(folder, "classification", options=ReadingOptions(limit=4))
    assert [len(found.part(part)) for part in PARTS] == [4, 4, 4]
    assert {e.labels for e in found.part("train")} == {(0,), (1,)}
