import re

import pytest

from ultrasam.corpus.cards.licences import short_name
from ultrasam.errors import WeightsError
from ultrasam.training.model_card import model_card
from ultrasam.training.training_facts import read_training_facts
from ultrasam.weights import DEFAULT, entries, get_entry, path_of, read_checkpoint
from ultrasam.weights.hashing import sha256_of
from ultrasam.weights.registry import BUNDLED_FOLDER, PIPELINES


@pytest.mark.parametrize("entry", entries(), ids=lambda entry: entry.name)
def test_every_entry_says_what_it_must(entry):
    assert entry.licence
    assert entry.training_data
    assert entry.citation
    assert entry.bundled or entry.origin.startswith("https://")
    assert entry.pipeline in PIPELINES
    assert entry.sha256 is None or re.fullmatch(r"[0-9a-f]{64}", entry.sha256)
    assert all(url.startswith("https://") for url in entry.urls)
    assert entry.bundled != bool(entry.urls)


def test_names_and_files_are_distinct():
    assert len({entry.name for entry in entries()}) == len(entries())
    assert len({entry.file for entry in entries()}) == len(entries())


def test_the_bundled_files_are_there_and_no_others():
    bundled = [entry for entry in entries() if entry.bundled]
    assert {entry.file for entry in bundled} == {path.name for path in BUNDLED_FOLDER.glob("*.safetensors")}
    for entry in bundled:
        assert sha256_of(path_of(entry)) == entry.sha256
        assert path_of(entry).stat().st_size == entry.size_bytes


@pytest.mark.parametrize("entry", [entry for entry in entries() if entry.bundled], ids=lambda entry: entry.name)
def test_a_bundled_file_says_of_itself_what_its_entry_says(entry):
    checkpoint = read_checkpoint(path_of(entry))
    assert (checkpoint.input_size, checkpoint.pipeline) == (entry.input_size, entry.pipeline)
    assert (checkpoint.metadata["title"], checkpoint.metadata["citation"]) == (entry.title, entry.citation)
    facts = read_training_facts(checkpoint.metadata)
    assert short_name(facts.licence) == entry.licence
    assert [data.name for data in facts.data if data.name not in entry.training_data] == []
    assert {data.split for data in facts.data} == {"train"}
    assert "BUSI" not in {data.name for data in facts.data}, "an external set, for tests alone"


def test_the_bundled_card_is_that_of_the_bundled_file():
    file = path_of(get_entry(DEFAULT))
    assert file.with_name("MODEL_CARD.md").read_text(encoding="utf-8") == model_card(read_checkpoint(file), file.name)


def test_the_default_needs_no_download():
    assert get_entry(DEFAULT).bundled


@pytest.mark.parametrize(("name", "pipeline"), [("ultrasam", "ultrasam"), (DEFAULT, "sam")])
def test_weights_that_are_not_for_commercial_use_say_so(name, pipeline):
    entry = get_entry(name)
    assert entry.licence == "CC-BY-NC-SA-4.0"
    assert "Not for commercial use" in entry.notes
    assert entry.pipeline == pipeline


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(WeightsError, match=r"ultrasam-tiny, mobile-sam, .*ultrasam, but got 'sam3'"):
        get_entry("sam3")
