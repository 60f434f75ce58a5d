"""Projects, items and changes that tests are made of."""

from __future__ import annotations

import uuid

import numpy as np

from ultrasam.imaging.rle import mask_to_rle
from ultrasam.server.project import Project
from ultrasam.server.schemas.items import Change, Label


def numbered(number):
    """The same UUID for the same number."""
    return str(uuid.UUID(int=number))


def new_id():
    return str(uuid.uuid4())


CLIENT = numbered(1)


def object_document(number=10, **fields):
    """An object as the page sends it."""
    mask = np.zeros((6, 8), bool)
    mask[1:4, 2:6] = True
    return {
        "kind": "object",
        "id": numbered(number),
        "frame": 0,
        "labelId": None,
        "colour": None,
        "visible": True,
        "locked": False,
        "position": 1.5,
        "prompt": {
            "points": [{"x": 3.25, "y": 2.0, "label": 1}],
            "boxXyxy": [2.0, 1.0, 6.0, 4.0],
            "start": None,
            "choice": 2,
        },
        "mask": mask_to_rle(mask),
        "score": 0.875,
        "origin": "model",
        "track": numbered(number),
        **fields,
    }


def ruler_document(number=20, **fields):
    return {
        "kind": "ruler",
        "id": numbered(number),
        "frame": 0,
        "from": [0.0, 0.5],
        "to": [8.0, 6.0],
        "visible": True,
        **fields,
    }


def image_document(**fields):
    document = {"kind": "image", "id": "image", "state": "new", "crop": None, "redactions": [], "note": ""}
    return {**document, "spacingMm": None, **fields}


def change(base_revision=0, put=(), remove=(), **fields):
    document = {"id": new_id(), "client": CLIENT, "baseRevision": base_revision, "put": list(put)}
    return Change.model_validate({**document, "remove": list(remove), **fields})


def label(number=30, name="nerve", colour="#ff8800"):
    return Label(id=numbered(number), name=name, colour=colour)


def open_project(folder):
    return Project.open(folder / "project.sqlite")


def first_image(project, name="a.png"):
    """The id of an image of this name, added where it is missing."""
    known = [row.name for row in project.images(limit=None).rows if not row.is_upload]
    project.sync_folder([*known, name])
    return next(row.id for row in project.images(limit=None).rows if row.name == name)


def by_id(documents):
    return {document["id"]: document for document in documents}
