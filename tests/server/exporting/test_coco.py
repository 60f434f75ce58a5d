"""The COCO folder as others read it: pycocotools, and what this package evaluates and trains on."""

import json

import numpy as np
from pycocotools.coco import COCO

import ultrasam
from tests.references import EXAMPLES
from tests.server.exporting.made_project import add_example, add_picture, ellipse, rows_of, thing
from ultrasam.corpus.coco.folder import CocoFolder
from ultrasam.downstream.data.layouts import read_draft
from ultrasam.downstream.data.options import ReadingOptions


def test_coco_is_what_pycocotools_and_the_corpus_read(made):
    size = add_example(made)
    nerve, vessel = made.put_labels("nerve", "vessel")
    first, second = ellipse(size, (150, 120), (40, 25)), ellipse(size, (250, 160), (30, 30))
    made.draw("nerve.png", thing(second, label=vessel, position=1), thing(first, label=nerve, position=0))
    folder, said, summary = made.export("coco")

    coco = COCO(folder / "coco.json")
    assert [(c["id"], c["name"]) for c in coco.loadCats(coco.getCatIds())] == [(1, "nerve"), (2, "vessel")]
    annotations = coco.loadAnns(coco.getAnnIds())
    assert [a["category_id"] for a in annotations] == [1, 2]
    for annotation, mask in zip(annotations, (first, second), strict=True):
        np.testing.assert_array_equal(coco.annToMask(annotation).astype(bool), mask)
        assert annotation["area"] == mask.sum()
    read = CocoFolder.read(folder)
    assert not read.skipped
    assert [i.category for i in read.images[0].instances] == ["nerve", "vessel"]
    with ultrasam.read(EXAMPLES / "nerve.png") as image, ultrasam.read(read.images[0].path) as exported:
        np.testing.assert_array_equal(exported.frame().pixels, image.frame().pixels)
    assert said["counts"] == {"images": 1, "frames": 1, "objects": 2, "distances": 0, "left_out": 0}
    assert (summary.objects, summary.left_out) == (2, [])
    assert sorted(path.name for path in folder.iterdir()) == ["coco.json", "images", "project.json"]


def test_objects_without_label_are_structures_after_all_labels(made):
    size = add_picture(made)
    made.put_labels("nerve")
    made.draw("a.png", thing(ellipse(size, (30, 30), (9, 9))))
    folder, said, _ = made.export()
    coco = COCO(folder / "coco.json")
    assert [(c["id"], c["name"]) for c in coco.loadCats(coco.getCatIds())] == [(1, "nerve"), (2, "structure")]
    assert coco.loadAnns(coco.getAnnIds())[0]["category_id"] == 2
    assert [(c["id"], c["name"]) for c in said["categories"]] == [(1, "nerve"), (2, "structure")]
    assert rows_of(folder / "measurements.csv")[0]["label"] == ""


def test_objects_without_label_join_a_label_structure(made):
    size = add_picture(made)
    made.put_labels("Structure", "nerve")
    made.draw("a.png", thing(ellipse(size, (30, 30), (9, 9))))
    folder, said, _ = made.export("coco")
    assert [c["name"] for c in said["categories"]] == ["Structure", "nerve"]
    assert [i.category for i in CocoFolder.read(folder).images[0].instances] == ["Structure"]


def test_finetune_finds_images_and_classes_in_the_exported_folder(made):
    size = add_picture(made)
    (nerve,) = made.put_labels("nerve")
    made.draw("a.png", thing(ellipse(size, (30, 30), (9, 9)), label=nerve))
    folder, _, _ = made.export()
    draft = read_draft(folder, "semantic", ReadingOptions())
    assert (draft.classes, [entry.name for entry in draft.entries], draft.unusable) == (
        ("nerve",),
        ["images/a.png"],
        (),
    )


def test_evaluate_runs_on_the_exported_folder(made, command):
    size = add_example(made)
    made.draw("nerve.png", thing(ellipse(size, (150, 120), (40, 25))))
    folder, _, _ = made.export("coco")
    code, _, err = command(
        *("evaluate", "--data", folder, "--split", "all", "--protocol", "box"),
        *("--out", made.place / "run", "--input-size", 256),
    )
    assert code == 0, err
    results = json.loads((made.place / "run/results.json").read_text())
    assert len(results["instances"]) == 1
