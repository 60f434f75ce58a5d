from dataclasses import dataclass

import numpy as np
import pytest

from ultrasam.corpus.reading import FirstReadable
from ultrasam.corpus.sample import Annotated, Annotations, Remark, Unreadable


@dataclass(frozen=True)
class Mask:
    """An annotation with one object of this class; None cannot be read."""

    name: str
    category: str | None

    @property
    def files(self):
        return (self.name,)

    def read(self, size_hw):
        if self.category is None:
            raise Unreadable(f"{self.name} is damaged.")
        return Annotations((Annotated(self.category, np.ones(size_hw, bool)),), (Remark("grey", "", 3),))


GOOD, OTHER, BAD, WORSE = Mask("good", "benign"), Mask("other", "lesion"), Mask("bad", None), Mask("worse", None)


@pytest.mark.parametrize(
    ("masks", "category", "remarks"),
    [
        ((GOOD, OTHER), "benign", 1),
        ((GOOD, BAD), "benign", 1),
        ((BAD, OTHER), "lesion", 2),
        ((BAD, WORSE, GOOD), "benign", 2),
    ],
)
def test_the_first_one_that_can_be_read_is_taken(masks, category, remarks):
    found = FirstReadable(masks).read((2, 3))
    assert [entry.category for entry in found.objects] == [category]
    assert len(found.remarks) == remarks
    assert found.remarks[0] == Remark("grey", "", 3)


def test_where_none_can_be_read_the_reason_is_that_of_the_first():
    with pytest.raises(Unreadable, match=r"^bad is damaged"):
        FirstReadable((BAD, WORSE)).read((2, 3))


def test_all_files_belong_to_it():
    assert FirstReadable((GOOD, BAD)).files == ("good", "bad")
