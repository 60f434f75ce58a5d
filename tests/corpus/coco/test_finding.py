import json

import pytest

from tests.corpus.coco.coco_files import document, write
from tests.references import shared
from ultrasam.corpus import CocoFolder, find_coco
from ultrasam.errors import InputError


def test_a_file_is_itself(tmp_path):
    path = write(tmp_path, name="anything.json")
    assert find_coco(path) == [path]
    assert find_coco(str(path)) == [path]


@pytest.mark.parametrize(
    "name", ["coco.json", "annotations.json", "_annotations.coco.json", "other.json", "Other.JSON"]
)
def test_a_folder_means_its_annotation_file(tmp_path, name):
    path = write(tmp_path, name=name, facts={"name": "x", "images": 1, "annotations": 1, "categories": []})
    (tmp_path / "notes.json").write_text('{"images": []}')
    (tmp_path / "empty.json").touch()
    assert find_coco(tmp_path) == [path]


def test_usual_names_go_first(tmp_path):
    for name in ("a.json", "b.json", "annotations.json"):
        write(tmp_path, name=name)
    assert find_coco(tmp_path) == [tmp_path / "annotations.json"]
    first = write(tmp_path, name="coco.json")
    assert find_coco(tmp_path) == [first]


def test_several_others_must_be_chosen_from(tmp_path):
    paths = [write(tmp_path, name=f"annotations/instances_{split}.json") for split in ("train", "val")]
    message = r"Expected one COCO file in .*annotations, but found instances_train.json, instances_val.json: give"
    with pytest.raises(InputError, match=message):
        find_coco(tmp_path)
    assert [CocoFolder.read(path).name for path in paths] == ["instances_train", "instances_val"]
    (tmp_path / "dataset.json").write_text('{"name": "SET"}')
    assert [CocoFolder.read(path).name for path in paths] == ["SET-instances_train", "SET-instances_val"]


def test_folders_of_folders_are_sorted_and_others_passed_by(tmp_path):
    later = write(tmp_path / "b")
    earlier = write(tmp_path / "a", name="annotations/x.json")
    write(tmp_path / ".hidden")
    (tmp_path / "c" / "images").mkdir(parents=True)
    assert find_coco(tmp_path) == [earlier, later]
    with pytest.raises(InputError, match=r"Expected one data set in .* but found 2: give the folder of one of them"):
        CocoFolder.read(tmp_path)


def test_a_folder_s_own_file_is_before_those_in_its_folders(tmp_path):
    write(tmp_path / "a")
    own = write(tmp_path)
    assert find_coco(tmp_path) == [own]


def test_nothing_there_says_what_was_looked_for(tmp_path):
    with pytest.raises(InputError, match=r"there is nothing at .*nowhere"):
        find_coco(tmp_path / "nowhere")
    with pytest.raises(InputError, match=r"\(coco.json, annotations.json, _annotations.coco.json or one other JSON"):
        find_coco(tmp_path)


@pytest.mark.parametrize(
    ("facts", "name"),
    [
        (None, "My set"),
        ({}, "My set"),
        ({"name": ""}, "My set"),
        ({"name": 5}, "My set"),
        ({"name": "BUS-UCLM"}, "BUS-UCLM"),
        ({"name": "Übung (2)"}, "Übung (2)"),
        ({"name": "../../etc/x"}, "etc-x"),
        ({"name": "a\\b:c"}, "a-b-c"),
        ({"name": "///"}, "dataset"),
    ],
)
def test_a_name_is_fit_for_a_file(tmp_path, facts, name):
    path = write(tmp_path / "My set", facts=facts)
    folder = CocoFolder.read(path)
    assert folder.name == name
    assert folder.facts == (facts or {})


def test_the_annotations_folder_is_not_the_set_s_name(tmp_path):
    write(tmp_path / "SET", name="annotations/instances.json", facts={"licence": "CC0"})
    folder = CocoFolder.read(tmp_path / "SET")
    assert folder.name == "SET"
    assert folder.facts == {"licence": "CC0"}


def test_the_working_folder_has_a_name(tmp_path, monkeypatch):
    write(tmp_path / "SET")
    monkeypatch.chdir(tmp_path / "SET")
    assert CocoFolder.read("coco.json").name == CocoFolder.read(".").name == "SET"


@pytest.mark.parametrize(("text", "reason"), [("{", "as JSON in"), ("[]", "another structure"), ("", "as JSON in")])
def test_damaged_facts_are_refused(tmp_path, text, reason):
    write(tmp_path)
    (tmp_path / "dataset.json").write_text(text)
    with pytest.raises(InputError, match=reason):
        CocoFolder.read(tmp_path)


def test_facts_given_as_annotations_are_refused(tmp_path):
    write(tmp_path, facts={"images": 3})
    with pytest.raises(InputError, match="got no images, no annotations, no categories"):
        CocoFolder.read(tmp_path / "dataset.json")


def test_the_real_corpus_is_found_whole():
    corpus = shared("corpus")
    found = find_coco(corpus)
    assert found == sorted(corpus.glob("*/coco.json"))
    assert len({CocoFolder.read(path).name for path in found}) == len(found) == 11


def test_facts_are_read_as_they_are(tmp_path):
    facts = {"name": "x", "splits": {"train": 1}}
    write(tmp_path, document(), facts=facts)
    assert CocoFolder.read(tmp_path).facts == json.loads(json.dumps(facts))
