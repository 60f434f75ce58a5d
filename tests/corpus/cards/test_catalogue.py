from importlib import import_module
from pathlib import Path

import pytest

from ultrasam.corpus.cards.card import Card, module_name
from ultrasam.corpus.cards.catalogue import catalogue, find_card
from ultrasam.corpus.cards.taxonomy import taxonomy
from ultrasam.errors import InputError

CARDS = list(catalogue().values())
#: Data sets of which the shared real data hold files in their own layout.
SEEN = {
    *("AbdomenUS", "BUS-BRA", "BUS-UCLM", "BUSI", "BrEaST", "CAMUS", "CCAUI", "DDTI", "FALLMUD", "HC18", "US-nerve"),
    *("MMOTU_2d", "PSFHS", "STU-Hospital", "TN3K", "USGRA"),
}


def test_all_of_us43d_is_there_once_and_in_order():
    assert [card.number for card in CARDS if card.number is not None] == list(range(1, 44))
    assert {card.name for card in CARDS if card.number is None} == {"PSFHS", "USGRA"}


def test_no_name_means_two_sets():
    names = [name.lower() for card in CARDS for name in card.all_names]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.name)
def test_a_card_is_whole(card):
    assert callable(import_module(f"ultrasam.corpus.converters.{card.module}").convert)
    assert card.classes
    assert card.layout.strip()
    assert card.how_to_get.strip()
    assert card.licence
    assert card.flaws
    for flaw in card.flaws:
        assert flaw.what.endswith((".", "!"))
        assert flaw.answer.endswith(".")
    for attribute in ("images", "patients"):
        assert getattr(card, attribute) is not None or attribute in card.unknown


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.name)
def test_a_layout_is_confirmed_only_where_real_files_were_seen(card):
    assert card.is_layout_confirmed == (card.name in SEEN)


def test_files_and_cards_belong_together():
    corpus = Path(import_module("ultrasam.corpus").__file__).parent
    modules = {card.module for card in CARDS}
    assert {path.stem for path in (corpus / "catalog").glob("*.toml")} == modules
    assert {path.stem for path in (corpus / "converters").glob("*.py")} == modules | {"__init__"}


def test_the_taxonomy_has_58_structures_and_20_applications_and_all_are_used():
    assert (len(taxonomy().organ_of), len(taxonomy().applications)) == (58, 20)
    assert {entry.structure for card in CARDS for entry in card.classes} == set(taxonomy().organ_of)
    assert {card.application for card in CARDS} == set(taxonomy().applications)


def test_a_set_that_repeats_another_names_one():
    assert {card.name: card.duplicate_of for card in CARDS if card.duplicate_of} == {"MUP": "MicroSeg"}


@pytest.mark.parametrize(
    ("name", "found"), [("busi", "BUSI"), ("Bus-Bra", "BUS-BRA"), ("UPBD", "UBPD"), ("HC", "HC18")]
)
def test_cards_are_found_by_name_and_alias_in_any_case(name, found):
    assert find_card(name).name == found


def test_a_name_that_is_not_there_gets_a_hint():
    with pytest.raises(InputError, match="did you mean HC18"):
        find_card("HC19")


@pytest.mark.parametrize(("name", "module"), [("105US", "_105us"), ("BUS-BRA", "bus_bra"), ("MMOTU_2d", "mmotu_2d")])
def test_names_of_modules(name, module):
    assert module_name(name) == module


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('kind = "2D"', 'kind = "3D"', "'3D' is no kind"),
        ('access = "open"', 'access = "free"', "'free' is no access"),
        ('application = "breast_lesions"', 'application = "cardiology"', "no application"),
        ('structure = "breast_lesion"', 'structure = "cyst"', "no structure"),
        ("secondary = [", 'secondary = ["license", ', "no attribute"),
        ('title = "Breast', 'titel = "Breast', "titel"),
        ('url = "https', 'zenodo = "1"\nurl = "https', "exactly one address"),
        ('name = "breast_lesion"', 'name = "breast_lesion_benign"', "one name"),
        ('kind = "2D"', "kind = ", "Expected the card"),
    ],
)
def test_a_card_with_a_mistake_is_refused(tmp_path, old, new, message):
    text = (Path(import_module("ultrasam.corpus").__file__).parent / "catalog/busi.toml").read_text()
    assert old in text
    (tmp_path / "card.toml").write_text(text.replace(old, new))
    with pytest.raises(InputError, match=message):
        Card.read(tmp_path / "card.toml")
