from pathlib import Path

import pytest

from tests.corpus.fetching.cards import card
from ultrasam.corpus.fetching import instructions, licence_notice


def test_all_that_is_needed_to_get_a_set_by_hand_is_said():
    text = instructions(
        card(
            access="on request",
            how_to_get="1. Write to the authors.\n2. Sign.\n",
            archives=("SET.zip", "set-master.zip"),
            links=("https://a.org/set",),
        ),
        Path("downloads"),
    )
    assert text == (
        "How to get SET (access: on request):\n"
        "  1. Write to the authors.\n"
        "  2. Sign.\n"
        "Licence of SET: CC BY 4.0\n"
        "Please cite: Doe et al. 2020\n"
        "See https://a.org/set\n"
        f"Put the files (usually called SET.zip or set-master.zip) into {Path('downloads/SET')}. "
        "The converter expects, packed or not:\n"
        "  SET/\n"
        "  ├── images/\n"
        "  └── masks/"
    )


def test_what_is_not_certain_is_said():
    text = instructions(card(is_layout_confirmed=False, secondary=("licence",), unknown=("citation",)), Path())
    assert "packed or not, not confirmed by real files:" in text
    assert "Licence of SET: CC BY 4.0 (according to one secondary source: see the landing page)\n" in text
    assert "Put the files into" in text
    assert "cite" not in text


@pytest.mark.parametrize(
    ("licence", "words"),
    [
        ("CC BY 4.0", None),
        ("CC BY-NC-SA 4.0", "No commercial use."),
        ("unknown", "is not clear: ask the authors"),
        ("sources disagree: CC BY 4.0 or CC BY-NC 4.0", "is not clear: ask the authors"),
    ],
)
def test_the_terms_are_put_in_words(licence, words):
    notice = licence_notice(card(licence=licence))
    assert notice.startswith(f"Licence of SET: {licence}\n")
    others = {"No commercial use.", "is not clear: ask the authors"} - {words}
    assert words is None or words in notice
    assert not any(other in notice for other in others)
