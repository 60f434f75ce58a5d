import json

import pytest

from tests.references import shared
from ultrasam.corpus.cards.licences import combined_licence, hub_licence, read_terms


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("CC BY 4.0", "CC-BY-4.0"),
        ("CC-BY-NC-SA-4.0", "CC-BY-NC-SA-4.0"),
        ("CC BY-NC-SA 4.0, citation required", "CC-BY-NC-SA-4.0"),
        ("cc by-nd 3.0", "CC-BY-ND-3.0"),
        ("CC BY-SA", "CC-BY-SA"),
        ("Creative Commons Attribution-NonCommercial-ShareAlike 4.0 International", "CC-BY-NC-SA-4.0"),
        ("Creative Commons Attribution 4.0", "CC-BY-4.0"),
        ("Attribution-NonCommercial-NoDerivatives 4.0", "CC-BY-NC-ND-4.0"),
        ("sources disagree: CC BY 4.0 or CC BY-NC 4.0", "CC-BY-NC-4.0"),
        ("for research purposes only", "non-commercial"),
        ("Not for commercial use", "non-commercial"),
        ("GPL-3.0", "share-alike"),
        ("no derivatives", "no derivatives"),
        ("Apache-2.0 where published", ""),
        ("CC0 1.0", ""),
        ("own permissive text, citation required", ""),
    ],
)
def test_licences_are_read_as_people_write_them(text, name):
    terms = read_terms(text)
    assert (terms.name, terms.is_known) == (name, True)


@pytest.mark.parametrize(
    "text", ["", "unknown", "not stated", 'not stated ("open access")', "not stated, CC BY 4.0 is likely", "on request"]
)
def test_what_is_not_stated_is_not_known(text):
    assert not read_terms(text).is_known


@pytest.mark.parametrize(
    ("licences", "line", "on_the_hub"),
    [
        ({}, "Apache-2.0", ("apache-2.0", None)),
        ({"A": "MIT", "B": "CC0 1.0"}, "Apache-2.0; other data: MIT, CC0 1.0", ("apache-2.0", None)),
        (
            {"A": "MIT", "B": "CC BY 4.0", "C": "CC-BY-4.0"},
            "CC-BY-4.0 (because of B, C); other data: MIT",
            ("cc-by-4.0", None),
        ),
        (
            {"A": "CC BY 4.0", "B": "CC BY-SA 4.0", "C": "CC BY-NC 4.0", "D": "own, permissive"},
            "CC-BY-NC-4.0 (because of C); also restricted: B (CC BY-SA 4.0); other data: CC BY 4.0, “own, permissive”",
            ("cc-by-nc-4.0", None),
        ),
        (
            {"A": "CC BY-NC 4.0", "B": "CC BY 4.0 or CC BY-NC 4.0"},
            "CC-BY-NC-4.0 (because of A, B (CC BY 4.0 or CC BY-NC 4.0))",
            ("cc-by-nc-4.0", None),
        ),
        (
            {"A": "CC BY 4.0", "B": "not stated"},
            "unclear (because of B (not stated)); other data: CC BY 4.0",
            ("unknown", None),
        ),
        ({"A": "academic use only"}, "non-commercial (because of A)", ("other", "non-commercial")),
        ({"A": "CC BY-NC-ND 4.0", "B": "CC BY-NC-SA 4.0"}, None, ("cc-by-nc-nd-4.0", None)),
    ],
)
def test_weights_have_the_strictest_licence(licences, line, on_the_hub):
    combined = combined_licence(licences)
    assert line in (None, combined)
    assert hub_licence(combined) == on_the_hub


def test_a_combined_licence_is_a_licence_to_go_on_from():
    """Weights that are trained further hand on what bound them."""
    first = combined_licence({"CAMUS": "CC BY-NC-SA 4.0", "B": "CC BY 4.0", "C": "not stated"})
    assert combined_licence({"initial weights": first}).startswith("CC-BY-NC-SA-4.0 (because of initial weights")


def test_the_licences_of_the_real_data_sets():
    facts = [json.loads(path.read_text()) for path in shared("corpus").glob("*/dataset.json")]
    line = combined_licence({entry["name"]: entry["licence"] for entry in facts})
    assert line.startswith("CC-BY-NC-SA-4.0 (because of CAMUS); also restricted: BUS-UCLM (sources disagree")
    unclear, other = line.split("licence unclear: ")[1].split("; other data: ")
    assert {name for name in (entry["name"] for entry in facts) if name in unclear} == {"DDTI", "MMOTU_2d"}
    assert "\n" not in line
    for text in ("CC BY 4.0", "Apache-2.0 where published", "“own permissive text, citation required”"):
        assert text in other
