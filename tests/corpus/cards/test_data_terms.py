import pytest

from ultrasam.corpus.cards.data_terms import data_licence, sharing


@pytest.mark.parametrize(
    ("licence", "access", "answer"),
    [
        ("CC BY 4.0", "open", "allowed"),
        ("CC BY-NC-SA 4.0", "registration", "allowed"),
        ("Apache 2.0", "", "allowed"),
        ("CC BY 4.0", "on request", "forbidden"),
        ("CC BY-ND 4.0", "open", "forbidden"),
        ("Stanford RUA (non-commercial, no redistribution, no derivatives)", "registration", "forbidden"),
        ("not stated; organisers forbid redistribution", "open", "forbidden"),
        ("licence agreement on request, not redistributable", "", "forbidden"),
        ("non-commercial data use agreement", "registration", "forbidden"),
        ("Kaggle competition rules", "", "forbidden"),
        ("no conditions; redistribution welcome, CC0", "open", "allowed"),
        ("not stated", "open", "unclear"),
        ("", "open", "unclear"),
    ],
)
def test_who_may_pass_a_copy_on(licence, access, answer):
    assert sharing(licence, access) == answer


@pytest.mark.parametrize(
    ("licences", "line"),
    [
        ({"A": "CC0", "B": "MIT", "C": "CC0"}, "CC0, MIT"),
        ({"A": "CC BY 4.0", "B": "CC0"}, "CC-BY-4.0 (because of A); other data: CC0"),
        ({"A": "CC0", "B": "unknown"}, "unclear (because of B (unknown)); other data: CC0"),
    ],
)
def test_the_licence_of_several(licences, line):
    assert data_licence(licences) == line
