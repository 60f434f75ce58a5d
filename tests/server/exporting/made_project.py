"""A project of real files and made masks, and its export unpacked."""

import csv
import json
import shutil
import zipfile
from io import BytesIO

import numpy as np
from PIL import Image

import ultrasam
from tests.references import EXAMPLES, shared
from tests.server.project.made import image_document, new_id, object_document, ruler_document
from ultrasam.imaging import mask_to_rle
from ultrasam.server.exporting import ExportFormat, write_archive
from ultrasam.server.library import Library
from ultrasam.server.project import Project
from ultrasam.server.schemas.items import Change, Label

CINE = "examples_ybr_color.dcm"
STATES = ("new", "in work", "done")
MODEL = {"title": "made", "licence": "Apache-2.0", "sha256": "0" * 64}


def ellipse(size_hw, centre_xy, radii_xy):
    """A mask (H, W) bool."""
    y, x = np.mgrid[: size_hw[0], : size_hw[1]]
    return ((x - centre_xy[0]) / radii_xy[0]) ** 2 + ((y - centre_xy[1]) / radii_xy[1]) ** 2 <= 1


def thing(mask, *, frame=0, label=None, position=0, track=None, score=0.9):
    """An object as the page sends it; ``mask`` may be None."""
    own = new_id()
    return object_document(
        id=own,
        frame=frame,
        labelId=label,
        position=position,
        prompt={"points": [], "boxXyxy": None, "start": None, "choice": 0},
        mask=None if mask is None else mask_to_rle(mask),
        score=score,
        track=track or own,
    )


def ruler(start, end, frame=0):
    return ruler_document(id=new_id(), frame=frame, **{"from": start, "to": end})


def about(state="in work", crop=None, redactions=(), note="", spacing_mm=None):
    return image_document(state=state, crop=crop, redactions=list(redactions), note=note, spacingMm=spacing_mm)


def add_example(made, name="nerve.png", to=None):
    """Put an example image into the folder; gives its size (height, width)."""
    target = made.folder / (to or name)
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(EXAMPLES / name, target)
    with ultrasam.read(target) as image:
        return image.size_hw


def add_cine(made):
    """Put a real cine of 30 frames into the folder; gives frames and size (height, width)."""
    shutil.copyfile(shared(f"dicom/pydicom/test_files/{CINE}"), made.folder / CINE)
    with ultrasam.read(made.folder / CINE) as image:
        return len(image), image.size_hw


def add_picture(made, name="a.png", size_hw=(60, 80), value=100):
    """Put a grey picture of one value into the folder; gives its size (height, width)."""
    target = made.folder / name
    target.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.full(size_hw, value, np.uint8)).save(target)
    return size_hw


def rows_of(path):
    """The rows of a CSV file."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


class MadeProject:
    """A folder with its project; ``draw`` puts items on an image, ``export`` unpacks the archive."""

    def __init__(self, place):
        self.place = place
        self.folder = place / "folder"
        self.folder.mkdir()
        self.project = Project.open(place / "project.sqlite")
        self.library = Library(self.folder, place / "uploads", 2**30)

    def close(self):
        self.library.close()
        self.project.close()

    def put_labels(self, *names):
        labels = [Label(id=new_id(), name=name, colour="#ff8800") for name in names]
        self.project.put_labels(self.project.labels().revision, labels)
        return [label.id for label in labels]

    def draw(self, name, *items):
        self.project.sync_folder(self.library.scan())
        (row,) = [row for row in self.project.images(limit=None).rows if row.name == name]
        change = {"id": new_id(), "client": new_id(), "baseRevision": row.revision, "put": list(items), "remove": []}
        self.project.apply(row.id, Change.model_validate(change))

    def export(self, *formats, states=STATES):
        """The folder of the unpacked archive, its project.json and the summary."""
        chosen = [ExportFormat(one) for one in formats] or list(ExportFormat)
        file = BytesIO()
        summary = write_archive(file, self.project, self.library, chosen, states, model=MODEL)
        target = self.place / f"unpacked-{new_id()}"
        with zipfile.ZipFile(file) as archive:
            assert archive.testzip() is None
            names = archive.namelist()
            assert len({name.casefold() for name in names}) == len(names)
            archive.extractall(target)
        return target, json.loads((target / "project.json").read_text(encoding="utf-8")), summary
