import json
from dataclasses import replace

import pytest

from tests.training.made_facts import HOSTILE, made_facts
from ultrasam.errors import WeightsError
from ultrasam.training.training_facts import TRAINING_ENTRY, read_training_facts, training_metadata


@pytest.mark.parametrize(
    "facts", [made_facts(), made_facts(initial=None, commit=None, validation=(), metrics={}), made_facts(title=HOSTILE)]
)
def test_what_is_written_comes_back(facts):
    assert read_training_facts(training_metadata(facts)) == facts


def test_what_all_weights_tell():
    told = training_metadata(made_facts())
    assert told["title"] == "A small model"
    assert told["origin"] == "https://example.org"
    assert told["licence"] == "CC-BY-NC-SA-4.0"
    assert made_facts().licence == "CC-BY-NC-SA-4.0 (because of HEARTS); other data: CC BY 4.0, Apache-2.0"
    assert told["training_data"] == (
        "2,014 ultrasound images with 4,415 objects: split train of HEADS (814 images), HEARTS (1,200 images). "
        "Began with mobile-sam, trained on 1 % of SA-1B"
    )
    assert told["citation"] == "Us et al., 2025; Zhang et al., 2023; Head et al., 2018"
    assert all(told.values())


def test_the_licence_of_the_initial_weights_binds():
    initial = made_facts().initial
    facts = made_facts(data=made_facts().data[:1], initial=type(initial)("x", "0", "CC-BY-NC-4.0", "?", ""))
    assert facts.licence.startswith("CC-BY-NC-4.0 (because of initial weights x)")


def test_the_same_facts_give_the_same_text():
    assert training_metadata(made_facts()) == training_metadata(made_facts())


def test_where_folders_lie_is_not_told():
    recipe = {
        "data": {"folders": [{"path": "/home/someone/corpus"}, {"path": "../data/CAMUS"}, {"path": "~/x"}]},
        "model": {"weights": "mobile-sam", "lr": 0.1, "none": None},
    }
    told = training_metadata(made_facts(recipe=recipe))[TRAINING_ENTRY]
    assert read_training_facts({TRAINING_ENTRY: told}).recipe == {
        "data": {"folders": [{"path": "corpus"}, {"path": "CAMUS"}, {"path": "x"}]},
        "model": {"weights": "mobile-sam", "lr": 0.1, "none": None},
    }


@pytest.mark.parametrize(
    ("place", "told"),
    [("clinic/smith/NECKS", "NECKS"), ("./NECKS/", "NECKS"), ("/", "/"), (".", "."), ("C/mine.pt", "mine.pt")],
)
def test_relative_paths_of_data_and_weights_are_not_told(place, told):
    recipe = {"data": {"folders": [place], "train_split": "a/b"}, "model": {"weights": place}}
    metadata = training_metadata(made_facts(recipe=recipe))
    assert read_training_facts(metadata).recipe == {
        "data": {"folders": [told], "train_split": "a/b"},
        "model": {"weights": told},
    }


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda values: values.pop("steps"), "missing"),
        (lambda values: values.update(colour="red"), "colour"),
        (lambda values: values.update(format=2), "format 1, but got 2"),
        (lambda values: values.update(data=3), "damaged"),
        (lambda values: values["data"][0].pop("sha256"), "sha256"),
    ],
)
def test_facts_of_another_version_are_said(change, said):
    metadata = training_metadata(made_facts())
    values = json.loads(metadata[TRAINING_ENTRY])
    change(values)
    with pytest.raises(WeightsError, match=said):
        read_training_facts({TRAINING_ENTRY: json.dumps(values)})


@pytest.mark.parametrize(("metadata", "said"), [({}, "weights show"), ({TRAINING_ENTRY: "[1]"}, "damaged")])
def test_weights_without_facts_are_refused(metadata, said):
    with pytest.raises(WeightsError, match=said):
        read_training_facts(metadata)


def test_images_without_outlined_objects_are_told_as_images():
    facts = made_facts()
    bare = made_facts(data=[replace(entry, instances=0) for entry in facts.data])
    told = [training_metadata(each)["training_data"] for each in (facts, bare)]
    assert told[0].startswith("2,014 ultrasound images with 4,415 objects: ")
    assert told[1].startswith("2,014 ultrasound images: ")
