import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from pycocotools import mask as coco
from pydantic import ValidationError

from tests.server.project.made import change, image_document, numbered, object_document, ruler_document
from ultrasam.server.schemas.items import Change, Label, ObjectItem, Rle, RulerItem, read_item

NAN, INFINITY = float("nan"), float("inf")


def prompt(**fields):
    return {"points": [], "boxXyxy": None, "start": None, "choice": 0, **fields}


def rle(size=(2, 3), counts="6"):
    return {"size": list(size), "counts": counts}


@pytest.mark.parametrize(
    "document",
    [
        object_document(),
        object_document(prompt=prompt(start=rle())),
        ruler_document(),
        image_document(crop=[0, 0, 9, 9]),
        image_document(spacingMm=[0.2359, 100]),
    ],
    ids=["object", "with start", "ruler", "image", "image with a spacing"],
)
def test_an_item_goes_there_and_back(document):
    item = read_item(document)
    assert item.model_dump(mode="json", by_alias=True) == document
    assert read_item(json.loads(item.model_dump_json(by_alias=True))) == item


def test_an_image_item_of_before_spacings_were_given_is_valid():
    document = image_document()
    del document["spacingMm"]
    assert read_item(document).model_dump(mode="json", by_alias=True) == image_document()


def test_python_has_its_own_names():
    item = read_item(object_document())
    assert isinstance(item, ObjectItem)
    assert (item.label_id, item.prompt.box_xyxy) == (None, (2.0, 1.0, 6.0, 4.0))
    ruler = read_item(ruler_document())
    assert isinstance(ruler, RulerItem)
    assert (ruler.from_xy, ruler.to_xy) == ((0.0, 0.5), (8.0, 6.0))


BAD_ITEMS = {
    "unknown kind": {**object_document(), "kind": "line"},
    "no kind": {key: value for key, value in object_document().items() if key != "kind"},
    "unknown key": object_document(size=3),
    "missing key": {key: value for key, value in object_document().items() if key != "mask"},
    "id no UUID": object_document(id="1"),
    "id in capitals": object_document(id="ABCDEFAB-0000-0000-0000-000000000000"),
    "id with a line more": object_document(id=numbered(10) + "\n"),
    "label no UUID": object_document(labelId="nerve"),
    "negative frame": object_document(frame=-1),
    "frame no whole number": object_document(frame=0.5),
    "frame true": object_document(frame=True),
    "frame too large": object_document(frame=2**40),
    "colour by name": object_document(colour="red"),
    "colour short": object_document(colour="#fff"),
    "position text": object_document(position="1"),
    "position NaN": object_document(position=NAN),
    "score infinite": object_document(score=INFINITY),
    "origin": object_document(origin="guess"),
    "visible a number": object_document(visible=7),
    "point NaN": object_document(prompt=prompt(points=[{"x": NAN, "y": 0, "label": 1}])),
    "point huge": object_document(prompt=prompt(points=[{"x": 1e300, "y": 0, "label": 1}])),
    "point label": object_document(prompt=prompt(points=[{"x": 0, "y": 0, "label": 2}])),
    "too many points": object_document(prompt=prompt(points=[{"x": 0, "y": 0, "label": 1}] * 1001)),
    "box not ordered": object_document(prompt=prompt(boxXyxy=[5, 0, 4, 9])),
    "box without area": object_document(prompt=prompt(boxXyxy=[5, 0, 5, 9])),
    "box of three": object_document(prompt=prompt(boxXyxy=[5, 0, 9])),
    "choice": object_document(prompt=prompt(choice=4)),
    "mask too short": object_document(mask=rle(counts="5")),
    "mask too long": object_document(mask=rle(counts="7")),
    "mask negative run": object_document(mask=rle(counts="7O")),
    "mask cut": object_document(mask=rle(counts="P")),
    "mask empty": object_document(mask=rle(counts="")),
    "mask no ASCII": object_document(mask=rle(counts="6ä")),
    "mask without pixels": object_document(mask=rle((0, 3), "0")),
    "mask of a huge size": object_document(mask=rle((65_535, 65_535), "6")),
    "mask runs as list": object_document(mask=rle(counts=[6])),
    "start damaged": object_document(prompt=prompt(start=rle(counts="~"))),
    "ruler of three": ruler_document(to=[1, 2, 3]),
    "ruler NaN": ruler_document(to=[1, NAN]),
    "state": image_document(state="almost"),
    "id of the image": image_document(id=numbered(4)),
    "crop not ordered": image_document(crop=[4, 4, 2, 8]),
    "too many redactions": image_document(redactions=[[0, 0, 1, 1]] * 501),
    "spacing zero": image_document(spacingMm=[0, 0.1]),
    "spacing negative": image_document(spacingMm=[0.1, -0.1]),
    "spacing NaN": image_document(spacingMm=[NAN, 0.1]),
    "spacing infinite": image_document(spacingMm=[0.1, INFINITY]),
    "spacing too small": image_document(spacingMm=[1e-300, 0.1]),
    "spacing too large": image_document(spacingMm=[0.1, 100.1]),
    "spacing of one axis": image_document(spacingMm=[0.1]),
    "spacing a number": image_document(spacingMm=0.1),
    "spacing text": image_document(spacingMm=["0.1", "0.1"]),
    "note too long": image_document(note="x" * 20_001),
    "note half a character": image_document(note="\ud83d"),
}


@pytest.mark.parametrize("document", BAD_ITEMS.values(), ids=BAD_ITEMS)
def test_what_is_no_item_is_refused(document):
    with pytest.raises(ValidationError):
        read_item(document)


@given(arrays(bool, st.tuples(st.integers(1, 12), st.integers(1, 12))))
@settings(deadline=None)
def test_every_mask_of_pycocotools_is_taken(mask):
    encoded = coco.encode(np.asfortranarray(mask, np.uint8))
    document = {"size": list(encoded["size"]), "counts": encoded["counts"].decode("ascii")}
    assert Rle.model_validate(document).model_dump(mode="json") == document


@given(st.text(st.characters(min_codepoint=48, max_codepoint=111), max_size=40))
@settings(deadline=None)
def test_any_counts_are_taken_or_refused_as_invalid(counts):
    try:
        accepted = Rle.model_validate(rle((3, 4), counts))
    except ValidationError:
        return
    decoded = coco.decode({"size": [3, 4], "counts": accepted.counts.encode("ascii")})
    assert decoded.shape == (3, 4)


def test_a_large_mask_is_taken():
    mask = np.random.default_rng(0).random((1200, 1600)) > 0.5
    encoded = coco.encode(np.asfortranarray(mask, np.uint8))
    item = read_item(object_document(mask={"size": [1200, 1600], "counts": encoded["counts"].decode("ascii")}))
    assert item.mask.size == (1200, 1600)


BAD_CHANGES = {
    "an id put twice": {"put": [object_document(10), object_document(10)]},
    "an id put and removed": {"put": [object_document(10)], "remove": [numbered(10)]},
    "an id removed twice": {"remove": [numbered(10), numbered(10)]},
    "the image twice": {"put": [image_document()], "remove": ["image"]},
    "too many": {"put": [ruler_document(n) for n in range(2_001)]},
    "an id that is none": {"remove": ["everything"]},
    "a change without id": {"id": "1"},
    "no client": {"client": ""},
    "a negative revision": {"base_revision": -1},
}


@pytest.mark.parametrize("fields", BAD_CHANGES.values(), ids=BAD_CHANGES)
def test_what_is_no_change_is_refused(fields):
    with pytest.raises(ValidationError):
        change(**fields)


def test_2000_items_are_one_change():
    assert len(change(put=[ruler_document(n) for n in range(2_000)]).put) == 2_000


def test_a_change_is_read_from_json():
    document = {"id": numbered(3), "client": "tab", "baseRevision": 4, "put": [image_document()], "remove": []}
    made = Change.model_validate_json(json.dumps(document))
    assert (made.base_revision, made.put[0].id) == (4, "image")


@pytest.mark.parametrize(
    "name",
    ["", "   ", "x" * 201, "two\nlines", "nul\0", "half \ud83d"],
    ids=["empty", "blank", "long", "line", "nul", "half"],
)
def test_a_label_needs_a_name_of_one_line(name):
    with pytest.raises(ValidationError):
        Label(id=numbered(1), name=name, colour="#ffffff")


def test_a_labels_name_is_trimmed():
    assert Label(id=numbered(1), name="  Nervus medianus 😀 ", colour="#FFffff").name == "Nervus medianus 😀"


def _characters(value):
    """COCO's characters of a number that is not negative."""
    text = ""
    while True:
        low, value = value & 31, value >> 5
        if value == 0 and not low & 16:
            return text + chr(48 + low)
        text += chr(48 + (low | 32))


def test_runs_whose_sum_overflows_to_the_right_size_are_refused():
    count, pixels = 100_000, 6
    # Runs 0, 0, d, d, 2 d, 2 d, … of which all but the first four are written as differences.
    total = 2**64 + pixels
    step, rest = divmod(total, sum(number // 2 for number in range(count)))
    stored = [0, 0, step] + [step] * (count - 4) + [step + rest]
    assert len(stored) == count
    with pytest.raises(ValidationError, match="longer than all"):
        Rle(size=(2, 3), counts="".join(map(_characters, stored)))
