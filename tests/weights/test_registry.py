import re

import pytest

from ultrasam.errors import WeightsError
from ultrasam.weights import DEFAULT, entries, get_entry, path_of, read_checkpoint
from ultrasam.weights.checkpoint import sha256_of
from ultrasam.weights.registry import BUNDLED_FOLDER, PIPELINES


@pytest.mark.parametrize("entry", entries(), ids=lambda entry: entry.name)
def test_every_entry_says_what_it_must(entry):
    assert entry.licence
    assert entry.training_data
    assert entry.citation
    assert entry.origin.startswith("https://")
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
        assert read_checkpoint(path_of(entry)).input_size == entry.input_size


def test_the_default_needs_no_download():
    assert get_entry(DEFAULT).bundled


def test_the_official_weights_are_not_for_commercial_use():
    entry = get_entry("ultrasam")
    assert entry.licence == "CC-BY-NC-SA-4.0"
    assert entry.pipeline == "ultrasam"


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(WeightsError, match=r"mobile-sam, .*ultrasam, but got 'sam3'"):
        get_entry("sam3")
