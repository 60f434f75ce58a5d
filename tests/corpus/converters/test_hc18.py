import json
from dataclasses import dataclass

import cv2
import numpy as np
import pytest
from PIL import Image
from skimage.measure import regionprops

from tests.corpus.converters.made import Converted, picture, texture
from tests.references import shared
from ultrasam.corpus.reading import Legend, OutlineMask
from ultrasam.corpus.reading.ellipses import fit_ellipse
from ultrasam.corpus.source import SourceFile
from ultrasam.imaging import rle_to_mask

SIZE_HW = (96, 128)
HEADER = "filename,pixel size(mm),head circumference (mm)\n"


@dataclass(frozen=True)
class InMemory:
    values: object
    files: tuple = (SourceFile("ring.png", 1, "crc:0", None),)

    def load(self):
        return self.values


def outline(centre=(60, 50), start=0, thickness=2):
    return cv2.ellipse(np.zeros(SIZE_HW, np.uint8), centre, (40, 28), 15, start, 360, 255, thickness)


def inside(centre=(60, 50)):
    return (outline(centre) > 0) | (outline(centre, thickness=-1) > 0)


def image(root, name, drawn):
    picture(root / "training_set" / f"{name}.png", texture(SIZE_HW))
    picture(root / "training_set" / f"{name}_Annotation.png", drawn)


def ellipse_perimeter(mask):
    """Ramanujan's, from the mask's second moments."""
    region = regionprops(mask.astype(np.uint8))[0]
    a, b = region.axis_major_length / 2, region.axis_minor_length / 2
    h = ((a - b) / (a + b)) ** 2
    return np.pi * (a + b) * (1 + 3 * h / (10 + np.sqrt(4 - 3 * h)))


@pytest.fixture(scope="module")
def real():
    """The converted real files, and the mask of each image, decoded once."""
    with Converted("HC18", shared("native/HC18")) as found:
        yield found, {name: found.annotations(name)[0][0][1] for name in found.samples}


def test_real_files(real):
    found, masks = real
    assert {name: mask.sum() for name, mask in masks.items()} == {
        "train/000_HC": 33111,
        "train/001_HC": 32016,
        "train/010_2HC": 66717,
        "train/010_HC": 64908,
        "train/012_HC": 40921,
    }
    assert [sample.patient for sample in found.samples.values()] == ["000", "001", "010", "010", "012"]
    assert {sample.split for sample in found.samples.values()} == {"train"}
    assert found.samples["train/012_HC"].spacing_mm == (0.0834604501724, 0.0834604501724)
    assert [(file.path, file.reason) for file in found.notes.skipped] == [
        ("test_set/000_HC.png", "The outlines of the test set are not public.")
    ]
    assert found.notes.unused == {"training_set_pixel_size_and_HC.csv", "test_set_pixel_size.csv"}


def test_real_head_circumferences_are_those_of_the_table(real):
    """The table's number is of the middle of the line that was drawn; the mask has the line's outer edge."""
    found, masks = real
    for name, sample in found.samples.items():
        expected = float(dict(sample.labels)["head circumference in mm"])
        drawn = np.asarray(Image.open(shared("native/HC18") / "training_set" / f"{name[6:]}_Annotation.png"))
        middle = fit_ellipse(np.argwhere(drawn)[:, ::-1]).mask(drawn.shape)
        assert ellipse_perimeter(middle) * sample.spacing_mm[0] == pytest.approx(expected, rel=0.003)
        assert 1 < ellipse_perimeter(masks[name]) * sample.spacing_mm[0] / expected < 1.015


def test_real_outlines_that_the_border_cuts_are_filled():
    """Four of 999; filled as other conversions do it, they are still thin rings. The reference is their convex hull."""
    document = json.loads((shared("corpus/HC18") / "coco.json").read_text())
    wanted = {"186_HC", "346_HC", "628_2HC", "787_HC"}
    ids = {entry["id"] for entry in document["images"] if entry["file_name"].partition(".")[0] in wanted}
    rings = [rle_to_mask(entry["segmentation"]) for entry in document["annotations"] if entry["image_id"] in ids]
    assert len(rings) == 4
    for ring in rings:
        labels = InMemory(ring * np.uint8(255))
        found = OutlineMask(labels, Legend.binary("fetal_head"), shape="ellipse").read(ring.shape)
        corners = cv2.convexHull(np.argwhere(ring)[:, ::-1].astype(np.int32))
        mask, hull = found.objects[0].mask, cv2.fillConvexPoly(np.zeros(ring.shape, np.uint8), corners, 1) > 0
        assert ring.sum() < 0.03 * mask.sum()
        assert (mask & hull).sum() / (mask | hull).sum() > 0.995
        assert [remark.kind for remark in found.remarks] == ["open outline, filled as the ellipse through it"]


@pytest.mark.parametrize(
    ("centre", "start"), [((60, 50), 25), ((10, 50), 0), ((115, 80), 0)], ids=["gap", "left border", "corner"]
)
def test_an_open_outline_and_one_that_the_border_cuts_are_filled(tmp_path, centre, start):
    image(tmp_path, "000_HC", outline(centre, start))
    with Converted("HC18", tmp_path) as found:
        ((_, mask),), remarks = found.annotations("train/000_HC")
        assert (mask & inside(centre)).sum() / (mask | inside(centre)).sum() > 0.98
        assert [remark.kind for remark in remarks] == ["open outline, filled as the ellipse through it"]


def test_values_beside_0_and_255_count_as_the_nearer_one(tmp_path):
    drawn = outline()
    drawn[drawn == 0] = 1
    image(tmp_path, "000_HC", drawn)
    with Converted("HC18", tmp_path) as found:
        assert found.areas("train/000_HC") == [("fetal_head", inside().sum())]
        assert found.annotations("train/000_HC")[1][0].pixels == (drawn == 1).sum()


def test_images_of_one_exam_are_one_patient(tmp_path):
    for name in ("010_HC", "010_2HC", "011_HC"):
        image(tmp_path, name, outline())
    with Converted("HC18", tmp_path) as found:
        assert {name: sample.patient for name, sample in found.samples.items()} == {
            "train/010_HC": "010",
            "train/010_2HC": "010",
            "train/011_HC": "011",
        }


@pytest.mark.parametrize(
    ("table", "spacing", "warning"),
    [
        (HEADER + "000_HC.png,0.25,44.3\n", (0.25, 0.25), None),
        (HEADER + "000_hc.PNG,0.25,\n", (0.25, 0.25), None),
        (HEADER + "000_HC.png,unknown,44.3\n", None, "no pixel size of training_set/000_HC.png"),
        (HEADER + "000_HC.png,-1,44.3\n", None, "no pixel size of training_set/000_HC.png"),
        (HEADER + "001_HC.png,0.25,44.3\n", None, "no pixel size of training_set/000_HC.png"),
        ("filename,size\n000_HC.png,0.25\n", None, "of the images is missing"),
        (None, None, "of the images is missing"),
    ],
    ids=["right", "other case", "text", "negative", "no row", "other columns", "no table"],
)
def test_the_table_of_pixel_sizes(tmp_path, table, spacing, warning):
    image(tmp_path, "000_HC", outline())
    if table is not None:
        (tmp_path / "training_set_pixel_size_and_HC.csv").write_text(table)
    with Converted("HC18", tmp_path) as found:
        assert found.samples["train/000_HC"].spacing_mm == spacing
        assert len(found.notes.warnings) == (warning is not None)
        assert warning is None or warning in found.notes.warnings[0]


def test_what_has_no_partner_is_skipped(tmp_path):
    image(tmp_path, "000_HC", outline())
    picture(tmp_path / "training_set/001_HC.png", texture(SIZE_HW))
    picture(tmp_path / "training_set/002_HC_Annotation.png", outline())
    with Converted("HC18", tmp_path) as found:
        assert list(found.samples) == ["train/000_HC"]
        assert [file.path for file in found.notes.skipped] == [
            "training_set/001_HC.png",
            "training_set/002_HC_Annotation.png",
        ]


def test_an_empty_outline_does_not_say_that_there_is_no_head(tmp_path):
    image(tmp_path, "000_HC", np.zeros(SIZE_HW, np.uint8))
    with Converted("HC18", tmp_path) as found:
        assert found.areas("train/000_HC") == []
        assert not found.samples["train/000_HC"].is_negative_if_empty
