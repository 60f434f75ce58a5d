import pytest

from ultrasam.corpus.preparing.names import file_stems
from ultrasam.corpus.sample import Sample
from ultrasam.errors import InputError


def samples(*names):
    return [Sample(name, pixels=None) for name in names]


@pytest.mark.parametrize(
    ("names", "stems"),
    [
        (["train/case 1"], ["train__case_1"]),
        (["benign/benign (1)"], ["benign__benign_1"]),
        (["a b", "a_b", "A_B"], ["a_b", "a_b~2", "A_B~3"]),
        (["../../etc/passwd"], ["etc__passwd"]),
        (["Ü"], ["image"]),
        (["x" * 300], ["x" * 120]),
    ],
)
def test_names_are_readable_safe_and_unique(names, stems):
    assert file_stems(samples(*names)) == stems


def test_a_name_that_is_there_twice_is_refused():
    with pytest.raises(InputError, match="two are called 'a/1'"):
        file_stems(samples("a/1", "a/1"))
