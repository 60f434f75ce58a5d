import pytest

from ultrasam.corpus.cards.catalogue import find_card
from ultrasam.corpus.preparing.finding import find_source, find_sources
from ultrasam.errors import InputError


@pytest.fixture
def downloads(tmp_path):
    for name in ("BUSI", "hc18.ZIP", ".hidden", "holiday"):
        (tmp_path / name).mkdir()
    return tmp_path


def test_data_sets_are_found_by_name_in_any_case(downloads):
    assert [(card.name, place.name) for card, place in find_sources(downloads)] == [
        ("BUSI", "BUSI"),
        ("HC18", "hc18.ZIP"),
    ]


def test_a_data_set_is_found_under_the_name_of_its_archive(tmp_path):
    (tmp_path / "Dataset_BUSI_with_GT").mkdir()
    assert [card.name for card, _ in find_sources(tmp_path)] == ["BUSI"]


def test_one_archive_may_hold_several_sets(tmp_path):
    (tmp_path / "TN3K.zip").touch()
    assert {"TN3K", "TG3K", "DDTI"} <= {card.name for card, _ in find_sources(tmp_path)}


def test_repetitions_of_another_set_are_passed_by(tmp_path):
    for name in ("MicroSeg", "MUP"):
        (tmp_path / name).mkdir()
    assert [card.name for card, _ in find_sources(tmp_path)] == ["MicroSeg"]
    (tmp_path / "MicroSeg").rmdir()
    assert [card.name for card, _ in find_sources(tmp_path)] == ["MUP"]


def test_nothing_known_is_said(tmp_path):
    (tmp_path / "holiday").mkdir()
    with pytest.raises(InputError, match="found holiday"):
        find_sources(tmp_path)
    with pytest.raises(InputError, match="is none"):
        find_sources(tmp_path / "nowhere")


def test_one_set_is_looked_for_among_downloads(downloads):
    assert find_source(find_card("BUSI"), downloads) == downloads / "BUSI"
    assert find_source(find_card("BUSI"), downloads / "BUSI") == downloads / "BUSI"
    assert find_source(find_card("BUSI"), downloads / "nowhere") == downloads / "nowhere"


def test_a_part_of_a_set_is_not_taken_for_the_whole(tmp_path):
    for name in ("training_set.zip", "training_set_pixel_size_and_HC.csv"):
        (tmp_path / name).touch()
    (tmp_path / "TN3K.zip").touch()
    assert find_source(find_card("HC18"), tmp_path) == tmp_path
    assert find_source(find_card("DDTI"), tmp_path) == tmp_path


@pytest.mark.parametrize("ending", ["tar.xz", "tbz2", "zip.001", "part1.rar", "TAR.GZ", "rar"])
def test_archives_of_all_kinds_and_their_parts_are_found(tmp_path, ending):
    (tmp_path / f"HC18.{ending}").touch()
    assert [(card.name, place.name) for card, place in find_sources(tmp_path)] == [("HC18", f"HC18.{ending}")]
    assert find_source(find_card("HC18"), tmp_path) == tmp_path / f"HC18.{ending}"
