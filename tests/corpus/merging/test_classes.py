import pytest

from tests.corpus.made_cards import made_card
from tests.corpus.merging.made_sets import category
from ultrasam.corpus.cards.described import Described
from ultrasam.corpus.merging.classes import CLASSES, merged_categories
from ultrasam.errors import InputError


def described(name, card=None, **facts):
    return Described(name, facts, card)


LIVER = (
    described("LIVERS", application="liver_lesions"),
    [category(1, "mass", structure="liver_lesion"), category(5, "liver", supercategory="abdomen")],
)
BREAST = (
    described("BREASTS", application="breast_lesions"),
    [category(1, "mass", structure="breast_lesion"), category(2, "benign", structure="breast_lesion_benign")],
)
MORE = (described("MORE", application="breast_lesions"), [category("m", "mass", structure="breast_lesion")])


@pytest.mark.parametrize(
    ("classes", "names", "ids"),
    [
        ("agnostic", ["object"], [{1: 1, 5: 1}, {1: 1, 2: 1}, {"m": 1}]),
        (
            "category",
            ["benign", "liver", "mass (breast_lesion)", "mass (liver_lesion)"],
            [{1: 4, 5: 2}, {1: 3, 2: 1}, {"m": 3}],
        ),
        (
            "structure",
            ["breast_lesion", "breast_lesion_benign", "liver", "liver_lesion"],
            [{1: 4, 5: 3}, {1: 1, 2: 2}, {"m": 1}],
        ),
        ("organ", ["breast", "liver"], [{1: 2, 5: 2}, {1: 1, 2: 1}, {"m": 1}]),
        ("application", ["breast_lesions", "liver_lesions"], [{1: 2, 5: 2}, {1: 1, 2: 1}, {"m": 1}]),
    ],
)
def test_each_way_to_tell_classes_apart(classes, names, ids):
    categories, numbers = merged_categories([LIVER, BREAST, MORE], classes)
    assert [entry["name"] for entry in categories] == names
    assert [entry["id"] for entry in categories] == list(range(1, len(names) + 1))
    assert numbers == ids


def test_a_category_keeps_what_it_is():
    categories, _ = merged_categories([LIVER], "category")
    assert categories == [
        {"id": 1, "name": "liver", "supercategory": "liver", "structure": "liver"},
        {"id": 2, "name": "mass", "supercategory": "liver", "structure": "liver_lesion"},
    ]


def test_equal_names_of_unknown_meaning_are_one_only_where_they_are_of_one_kind():
    sets = [(described(n), [category(1, "lump", supercategory=s)]) for n, s in zip("ABC", ("x", "x", "y"), strict=True)]
    categories, numbers = merged_categories(sets, "category")
    assert [entry["name"] for entry in categories] == ["lump (x)", "lump (y)"]
    assert numbers == [{1: 1}, {1: 1}, {1: 2}]


def test_the_catalogue_says_what_older_folders_do_not():
    old = described("OLD", made_card("OLD"))
    categories, _ = merged_categories([(old, [category(1, "mass")])], "structure")
    assert categories[0]["name"] == "liver_lesion"
    categories, _ = merged_categories([(old, [category(1, "mass")])], "application")
    assert categories[0]["name"] == "liver_lesions"


@pytest.mark.parametrize(
    ("classes", "reason"),
    [
        (
            "structure",
            r'a structure of the taxonomy .* none for lump of A; odd of A; lump of B: give the category a "str',
        ),
        ("organ", r"none for lump of A; odd of A; lump of B"),
        ("application", r'an application of the taxonomy .* none for A; B: say "application" in dataset.json, or'),
        ("colour", r"one of agnostic, category, structure, organ, application, but got 'colour'"),
    ],
)
def test_what_is_not_in_the_taxonomy_is_named(classes, reason):
    sets = [
        (described("A"), [category(1, "lump"), category(2, "liver"), category(3, "odd", structure="nowhere")]),
        (described("B"), [category(1, "lump")]),
    ]
    with pytest.raises(InputError, match=reason):
        merged_categories(sets, classes)


def test_all_ways_are_listed():
    assert CLASSES == ("agnostic", "category", "structure", "organ", "application")
