from __future__ import annotations

import logging
from pathlib import Path

import pytest

from tests.evaluation.made_data import edit, make_folder
from tests.references import shared
from ultrasam.corpus.coco.file import CocoFile
from ultrasam.errors import InputError
from ultrasam.training.corpus import counted, describe, read_corpus
from ultrasam.training.recipe import DataSettings


def make(root: Path, name: str, train: int, val: int, **facts) -> Path:
    """A data set of some training images, then validation images of other patients."""
    folder = make_folder(root / name, images=train + val, name=name)

    def split(document):
        for entry in document["images"]:
            is_train = entry["id"] <= train
            entry.update(split="train" if is_train else "val", patient=f"{name}-{entry['id']}", **facts)

    edit(folder, split)
    return folder


@pytest.fixture
def root(tmp_path):
    make(tmp_path, "a", 4, 2)
    make(tmp_path, "b", 2, 3)
    return tmp_path


def corpus(root, seed=0, **settings):
    return read_corpus(DataSettings(folders=(str(root),), **settings), seed)


def test_training_and_validation_images_are_apart_and_numbered_by_data_set(root):
    found = corpus(root)
    assert [(image.name, image.group) for image in found.train] == [
        *[(f"a/{i}.png", 0) for i in (1, 2, 3, 4)],
        *[(f"b/{i}.png", 1) for i in (1, 2)],
    ]
    assert [(image.name, image.group) for image in found.val] == [
        *[(f"a/{i}.png", 0) for i in (5, 6)],
        *[(f"b/{i}.png", 1) for i in (3, 4, 5)],
    ]
    assert found.val_names == ["a", "b"]
    assert found.left_out == ()


def test_data_sets_come_alike_often_or_as_their_weights_say(root, caplog):
    assert corpus(root).weights == (0.25,) * 4 + (0.5,) * 2
    assert corpus(root, weights={"b": 3}).weights == (0.25,) * 4 + (1.5,) * 2
    assert not caplog.messages


def test_weights_of_absent_sets_are_told(root, caplog):
    corpus(root, weights={"a": 2, "d": 1, "c": 1})
    assert caplog.record_tuples[0][1:] == (
        logging.WARNING,
        "The recipe has weights of data sets that are not here: c, d",
    )


def test_sets_are_left_out_of_both(root):
    found = corpus(root, leave_out=("a",))
    assert {image.dataset for image in found.train + found.val} == {"b"}
    assert [(image.group) for image in found.val] == [0, 0, 0]
    with pytest.raises(InputError, match=r"data to train on, but data\.leave_out names all of it"):
        corpus(root, leave_out=("a", "b"))


def test_a_set_without_validation_images_is_trained_on(root):
    make(root, "c", 3, 0)
    found = corpus(root)
    assert [folder.name for folder in found.train_folders] == ["a", "b", "c"]
    assert found.val_names == ["a", "b"]
    (entry,) = found.left_out
    assert (entry.dataset, entry.what) == ("c", "the data set")
    assert entry.reason == "Expected images of the split val, but its images are of train (3)."


def test_what_cannot_be_used_of_a_set_that_is_kept_is_told(root):
    (root / "a" / "images" / "2.png").unlink()
    edit(root / "b", lambda document: document["annotations"][0].update(category_id=77))
    told = [(entry.dataset, entry.what) for entry in corpus(root).left_out]
    assert told == [("a", "image 2 (2.png)"), ("b", "annotation 1 of image 1 (1.png)")]


def test_what_was_used_is_told_by_data_set(root):
    edit(root / "a", lambda document: document["annotations"].__delitem__(slice(0, 2)))
    found = corpus(root, val_images=1)
    assert [(folder.name, folder.split, len(images)) for folder, images in found.train_used] == [
        ("a", "train", 3),
        ("b", "train", 2),
    ]
    assert [(folder.name, folder.split, len(images)) for folder, images in found.val_used] == [
        ("a", "val", 1),
        ("b", "val", 1),
    ]
    (image,) = found.val_used[1][1]
    assert image is found.val[1].image


def test_each_file_is_read_once(root, monkeypatch):
    read, seen = CocoFile.read, []
    monkeypatch.setattr(CocoFile, "read", lambda path: seen.append(path) or read(path))
    corpus(root, leave_out=("b",))
    assert seen == [root / "a" / "coco.json"]


def test_a_set_that_is_left_out_may_be_broken_or_a_twin(root):
    make(root, "c", 1, 1)
    (root / "c" / "coco.json").write_text("no JSON")
    corpus(root, leave_out=("c",))
    for name in ("d", "e"):
        make(root, name, 1, 1)
        facts = root / name / "dataset.json"
        facts.write_text(facts.read_text().replace(f'"{name}"', '"twin"'))
    assert corpus(root, leave_out=("c", "twin")).val_names == ["a", "b"]
    with pytest.raises(InputError, match=r"different names, but .*d.coco\.json and .*e.coco\.json are both named twin"):
        corpus(root, leave_out=("c",))


def test_data_without_a_split_is_told_to_have_one(tmp_path):
    make(tmp_path, "a", 2, 2)
    edit(tmp_path / "a", lambda document: [entry.pop("split") for entry in document["images"]])
    with pytest.raises(InputError, match=r"none of its 4 usable images names a split: give .* train or val") as error:
        corpus(tmp_path)
    assert "--split" not in str(error.value)


def test_data_of_another_split_alone_is_told(tmp_path):
    make(tmp_path, "a", 0, 2)
    with pytest.raises(InputError, match=r"there are none in the data given\. a: .*its images are of val \(2\)\."):
        corpus(tmp_path)


def test_images_without_objects_are_not_trained_on(root):
    edit(root / "a", lambda document: document["annotations"].__delitem__(slice(0, 2)))
    found = corpus(root)
    assert [image.name for image in found.train][:3] == ["a/2.png", "a/3.png", "a/4.png"]
    assert found.weights[:3] == pytest.approx([1 / 3] * 3)
    assert describe(found.train_folders) == "5 images of 2 data sets"
    assert describe(found.train_folders[:1]) == "3 images of 1 data set"
    assert counted(1, "image") == "1 image"


def test_validation_takes_a_seeded_choice(root):
    chosen = [[image.name for image in corpus(root, seed, val_images=1).val] for seed in (0, 0, 1, 2, 3)]
    assert [len(names) for names in chosen] == [2] * 5
    assert chosen[0] == chosen[1]
    assert any(names != chosen[0] for names in chosen[2:])
    assert len(corpus(root, val_images=0).val) == 5


def test_no_folders_or_one_split_for_both_is_refused(root):
    with pytest.raises(InputError, match=r"recipe names none: give data\.folders, or --data DIR"):
        read_corpus(DataSettings(), 0)
    with pytest.raises(InputError, match=r"Expected different splits .* but both are 'val'"):
        corpus(root, train_split="val")


def test_splits_with_images_in_common_are_refused(root):
    with pytest.raises(InputError, match=r"but 5\.png, 6\.png, 3\.png, 4\.png, 5\.png would be in both"):
        corpus(root, train_split="all")


def test_patients_in_both_splits_are_refused_unless_allowed(root):
    def share(document):
        for entry in document["images"]:
            entry["patient"] = f"p{entry['id'] % 2}"

    edit(root / "b", share)
    with pytest.raises(InputError, match=r"but p0, p1 of b would be in both: split by patient, or say .*patients=true"):
        corpus(root)
    assert len(corpus(root, allow_shared_patients=True).val) == 5
    assert len(corpus(root, leave_out=("b",)).val) == 2


def test_patients_are_those_of_one_data_set_and_may_be_unknown(root):
    edit(root / "a", lambda document: [entry.update(patient=str(entry["id"])) for entry in document["images"]])
    edit(root / "b", lambda document: [entry.update(patient=str(entry["id"])) for entry in document["images"]])
    assert len(corpus(root).train) == 6
    edit(root / "b", lambda document: [entry.update(patient=None) for entry in document["images"]])
    assert len(corpus(root).train) == 6


def test_many_shared_patients_are_not_all_named(tmp_path):
    make(tmp_path, "a", 7, 7)
    edit(tmp_path / "a", lambda document: [e.update(patient=f"p{e['id'] % 7}") for e in document["images"]])
    with pytest.raises(InputError, match=r"but p0, p1, p2, p3, p4 and 2 more of a would be in both"):
        corpus(tmp_path)


def test_real_sets_have_no_patient_on_both_sides():
    """CAMUS has two images of each patient."""
    found = read_corpus(DataSettings(folders=(str(shared("corpus/CAMUS")),)), 0)
    patients = {(image.dataset, image.image.patient) for image in found.train}
    assert len(patients) < len(found.train)
    assert not patients & {(image.dataset, image.image.patient) for image in found.val}
