import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from ultrasam.corpus.source.natural_order import natural_key
from ultrasam.server.project.naming import folded, sorting

#: Numbers end their part, where the order is the same whatever one thinks of "a 1" and "a1".
PARTS = st.builds(lambda text, number: f"{text}{number}", st.sampled_from(["a", "B", "scan"]), st.integers(0, 10**12))
NAMES = st.lists(PARTS, min_size=1, max_size=3).map(lambda parts: "/".join(parts) + ".png")


@given(st.lists(NAMES, max_size=20))
def test_the_plain_order_is_that_of_the_corpora(names):
    assert sorted(map(sorting, names)) == [sorting(name) for name in sorted(names, key=natural_key)]


def test_zeros_before_a_number_do_not_count():
    names = ["scan 010.png", "scan 9.png", "scan 0011.png", "scan 2/x.png", "scan 10/x.png", "scan.png"]
    expected = ["scan.png", "scan 2/x.png", "scan 9.png", "scan 10/x.png", "scan 010.png", "scan 0011.png"]
    assert sorted(names, key=sorting) == sorted(expected, key=sorting)
    assert sorting("scan 9.png") < sorting("scan 010.png") < sorting("scan 0011.png")
    assert sorting("scan 2/x.png") < sorting("scan 10/x.png")


def test_a_long_number_is_sorted_too():
    assert sorting("9" * 255) > sorting("8" * 255) > sorting("9" * 254)


def test_accents_are_found_however_they_are_written():
    assert folded(unicodedata.normalize("NFD", "Größe Ärm.PNG")) == folded("größe ärm.png")
