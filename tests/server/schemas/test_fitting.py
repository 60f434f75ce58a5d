import pytest

from tests.server.project.made import image_document, object_document, ruler_document
from ultrasam.errors import InputError
from ultrasam.server.schemas.fitting import check_inside
from ultrasam.server.schemas.items import read_item

SIZE_HW = (6, 8)


def check(document, frames=2):
    check_inside([read_item(document)], size_hw=SIZE_HW, frames=frames)


def asked(**fields):
    return object_document(prompt={"points": [], "boxXyxy": None, "start": None, "choice": 0, **fields})


def point(x, y):
    return asked(points=[{"x": x, "y": y, "label": 0}])


FITTING = {
    "object": object_document(),
    "second frame": object_document(frame=1),
    "nothing said": asked(),
    "first pixel": point(0, 0),
    "last pixel": point(7.99, 5.99),
    "whole box": asked(boxXyxy=[0, 0, 8, 6]),
    "ruler to the edges": ruler_document(**{"from": [8, 6], "to": [0, 0]}),
    "image": image_document(crop=[0, 0, 8, 6], redactions=[[1, 1, 2, 2]]),
    "fresh image": image_document(),
}


@pytest.mark.parametrize("document", FITTING.values(), ids=FITTING)
def test_what_fits_passes(document):
    check(document)


OTHER_SIZE = {"size": [8, 6], "counts": "`1"}
OUTSIDE = {
    "frame": (object_document(frame=2), "frame from 0 to 1, but got 2"),
    "frame of a ruler": (ruler_document(frame=7), "frame"),
    "point right": (point(8, 0), r"point inside 8 x 6 pixels, but got \(8, 0\)"),
    "point above": (point(0, -0.01), "point"),
    "point below": (point(0, 6), "point"),
    "box": (asked(boxXyxy=[0, 0, 8.01, 6]), "box"),
    "box left": (asked(boxXyxy=[-1, 0, 8, 6]), "box"),
    "ruler": (ruler_document(to=[0, 6.5]), "ruler"),
    "ruler left": (ruler_document(**{"from": [-0.1, 0]}), "ruler"),
    "crop": (image_document(crop=[0, 0, 8, 7]), "box"),
    "redaction": (image_document(redactions=[[0, 0, 1, 1], [0, -1, 1, 1]]), "box"),
    "mask turned": (object_document(mask=OTHER_SIZE), r"size 6 x 8 \(rows x columns\), but got 8 x 6"),
    "start turned": (asked(start=OTHER_SIZE), "size"),
}


@pytest.mark.parametrize(("document", "message"), OUTSIDE.values(), ids=OUTSIDE)
def test_what_lies_outside_is_told(document, message):
    with pytest.raises(InputError, match=message):
        check(document)
