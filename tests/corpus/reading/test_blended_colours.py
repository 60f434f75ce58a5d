from dataclasses import dataclass

import numpy as np
import pytest

from ultrasam.corpus.reading import BlendedMask, Legend
from ultrasam.corpus.reading.blended_colours import settle
from ultrasam.corpus.sample import Unreadable
from ultrasam.corpus.source import SourceFile

LIVER, SPLEEN, BLACK = (100, 0, 100), (255, 0, 255), (0, 0, 0)
LEGEND = Legend.colours({LIVER: "liver", SPLEEN: "spleen"}, tolerance=20)


@dataclass(frozen=True)
class Given:
    values: object
    files: tuple = (SourceFile("a/mask.png", 1, "crc:0", None),)

    def load(self):
        return self.values


def spleen_with_smooth_edge(edge):
    colours = np.zeros((12, 16, 3), np.uint8)
    colours[:, 8:] = SPLEEN
    colours[:, 7] = edge
    return colours


@pytest.mark.parametrize(
    ("edge", "area"), [((99, 0, 99), 96), ((127, 0, 127), 96), ((135, 0, 135), 108)], ids=["liver's", "dark", "light"]
)
def test_an_edge_pixel_never_becomes_a_class_that_is_not_beside_it(edge, area):
    """(99, 0, 99) is the liver's colour but for one, at the edge of a spleen on black."""
    found = BlendedMask(Given(spleen_with_smooth_edge(edge)), LEGEND).read((12, 16))
    assert [(entry.category, entry.mask.sum()) for entry in found.objects] == [("spleen", area)]
    assert [(remark.kind, remark.pixels) for remark in found.remarks] == [
        ("blended colour at an edge, taken as the nearest one beside it", 12)
    ]


def test_exact_colours_stay_and_nothing_is_remarked():
    colours = spleen_with_smooth_edge(LIVER)
    found = BlendedMask(Given(colours), LEGEND).read((12, 16))
    assert {entry.category: entry.mask.sum() for entry in found.objects} == {"spleen": 96, "liver": 12}
    assert found.remarks == ()


def test_an_unknown_colour_inside_an_area_of_its_own_is_reported():
    colours = np.zeros((12, 16, 3), np.uint8)
    colours[2:9, 2:9] = (0, 200, 0)
    found = BlendedMask(Given(colours), LEGEND).read((12, 16))
    assert found.objects == ()
    assert found.remarks[0].kind == "value outside the legend, taken as background"
    # The outermost of its 7 x 7 pixels have black beside them.
    assert (found.remarks[0].pixels, found.remarks[1].pixels) == (25, 24)


def test_a_grey_mask_is_taken_as_colours():
    found = BlendedMask(Given(np.full((4, 4), 0, np.uint8)), LEGEND).read((4, 4))
    assert found.objects == ()


@pytest.mark.parametrize("values", [np.zeros((4, 4, 2), np.uint8), np.zeros((4, 4, 3), np.uint16)])
def test_other_arrays_are_unreadable(values):
    with pytest.raises(Unreadable, match=r"8-bit coloured mask in a/mask\.png"):
        BlendedMask(Given(values), LEGEND).read((4, 4))


def test_settling_is_the_nearest_colour_of_the_neighbours_pixel_by_pixel():
    """Against the definition, written out."""
    rng = np.random.default_rng(1)
    known = [BLACK, LIVER, SPLEEN]
    colours = np.array(known, np.uint8)[rng.integers(0, 3, (14, 15))]
    blended = rng.random((14, 15)) < 0.4
    colours[blended] = rng.integers(0, 256, (blended.sum(), 3))
    expected, count = colours.copy(), 0
    for y, x in np.ndindex(14, 15):
        own = tuple(int(part) for part in colours[y, x])
        around = {
            tuple(int(part) for part in pixel)
            for pixel in colours[max(y - 1, 0) : y + 2, max(x - 1, 0) : x + 2].reshape(-1, 3)
        }
        if own not in known and around & set(known):
            expected[y, x] = min(
                around & set(known), key=lambda colour: np.subtract(colour, own) @ np.subtract(colour, own)
            )
            count += 1
    settled, number = settle(colours, known)
    assert number == count > 50
    assert (settled == expected).all()
