"""Examples as a COCO folder."""

import json

import numpy as np
import pytest
from pycocotools.coco import COCO

from tests.downstream.data.made import patients_coco, picture, save, square
from ultrasam.corpus import CocoFolder
from ultrasam.corpus.verifying.verify import verify
from ultrasam.downstream.data import ReadingOptions, read_examples, write_coco_folder
from ultrasam.errors import InputError


@pytest.mark.parametrize("link", [True, False])
def test_what_is_written_is_read_back(tmp_path, link):
    found = read_examples(patients_coco(tmp_path / "d", 12, spacing_mm=[0.1, 0.2]), "instance")
    path = write_coco_folder(found, tmp_path / "out", link=link)
    assert verify(path).is_sound
    again = read_examples(tmp_path / "out", "instance")
    assert again.name == found.name
    assert again.classes == found.classes
    assert again.sha256 == found.sha256
    for one, other in zip(found.examples, again.examples, strict=True):
        assert (one.name, one.patient, one.split) == (other.name, other.patient, other.split)
        assert other.spacing_mm == (0.1, 0.2)
        np.testing.assert_array_equal(one.instances[0].mask(), other.instances[0].mask())
        assert other.path.read_bytes() == one.path.read_bytes()
        assert other.path.samefile(one.path) == link


def test_masks_become_what_pycocotools_reads(tmp_path):
    for i in range(12):
        picture(tmp_path / f"d/images/{i}.png")
        save(tmp_path / f"d/masks/{i}.png", square(255, (i, 2)))
    found = read_examples(tmp_path / "d", "semantic", options=ReadingOptions(classes=("lesion",)))
    coco = COCO(str(write_coco_folder(found, tmp_path / "out")))
    by_name = {entry["file_name"]: number for number, entry in coco.imgs.items()}
    for i in range(12):
        (entry,) = coco.loadAnns(coco.getAnnIds(by_name[f"images/{i}.png"]))
        np.testing.assert_array_equal(coco.annToMask(entry), square(1, (i, 2)))
    facts = json.loads((tmp_path / "out/dataset.json").read_text())
    assert facts["images"] == 12
    assert sum(facts["splits"].values()) == 12
    assert facts["categories"] == ["lesion"]


def test_files_from_elsewhere_are_brought_inside(tmp_path):
    rows = ["image,mask"]
    for i in range(12):
        picture(tmp_path / f"pictures/{i}.png")
        save(tmp_path / f"d/masks/{i}.png", square(255, (i, 2)))
        rows.append(f"../pictures/{i}.png,{i}.png")
    (tmp_path / "d/table.csv").write_text("\n".join(rows))
    found = read_examples(tmp_path / "d", "semantic")
    write_coco_folder(found, tmp_path / "out")
    folder = CocoFolder.read(tmp_path / "out")
    assert len(folder.images) == 12
    assert not folder.skipped


def test_a_folder_with_something_in_it_stays(tmp_path):
    found = read_examples(patients_coco(tmp_path / "d", 4), "instance")
    picture(tmp_path / "out/a.png")
    with pytest.raises(InputError, match="new or empty folder"):
        write_coco_folder(found, tmp_path / "out")
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["a.png"]


def test_parts_stay_as_they_are(tmp_path):
    examples = read_examples(patients_coco(tmp_path / "d", 12), "instance")
    write_coco_folder(examples, tmp_path / "out")
    written = {image.path.name: (image.split, image.patient) for image in CocoFolder.read(tmp_path / "out").images}
    assert written == {example.path.name: (example.split, example.patient) for example in examples.examples}
    assert {split for split, _ in written.values()} == {"train", "val", "test"}
