import json
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pycocotools.coco import COCO

import ultrasam
from tests.inference.small_model import small_segmenter
from ultrasam.errors import MissingExtraError
from ultrasam.inference.batch import FileFailure, FileTask, segment_files
from ultrasam.inference.outputs import OutputFolder, OutputFormat, unique_stems
from ultrasam.inference.prompt_file import FramePrompt
from ultrasam.types import Prompts

RNG = np.random.default_rng(0)


@pytest.mark.parametrize(
    ("paths", "stems"),
    [
        (["x/a.png", "x/b.nii.gz"], ["a", "b"]),
        (["x/a.png", "x/a.dcm"], ["a_png", "a_dcm"]),
        (["x/y/a.png", "x/z/a.png"], ["y_a_png", "z_a_png"]),
        (["x/a.png", "x/y/a.png"], ["a_png", "y_a_png"]),
        (["x/a.png", "x/a.dcm", "x/a_png.png"], ["a_png_1", "a_dcm", "a_png_2"]),
        (["x/A.png", "y/a.png"], ["x_A_png", "y_a_png"]),
        (["x/US-1"], ["US-1"]),
        (["x/.hidden"], ["hidden"]),
    ],
)
def test_no_two_files_write_to_one_name(paths, stems):
    found = unique_stems([Path(path) for path in paths])
    assert [found[Path(path)] for path in paths] == stems
    assert len({stem.casefold() for stem in found.values()}) == len(paths)


@pytest.fixture(scope="module")
def model():
    return small_segmenter()


@pytest.fixture
def inputs(tmp_path):
    Image.fromarray(RNG.integers(0, 256, (32, 40), dtype=np.uint8)).save(tmp_path / "a.png")
    frames = [Image.fromarray(RNG.integers(0, 256, (24, 30), dtype=np.uint8)) for _ in range(3)]
    frames[0].save(tmp_path / "cine.tif", save_all=True, append_images=frames[1:])
    return [tmp_path / "a.png", tmp_path / "cine.tif"]


def test_everything_is_written_and_listed(model, inputs, tmp_path):
    out = tmp_path / "out"
    prompts = (
        FramePrompt(Prompts(box_xyxy=(2, 3, 20, 22), name="cyst")),
        FramePrompt(Prompts(points_xy=[(9, 9), (1, 1)], labels=[1, 0])),
    )
    folder = OutputFolder(out, list(OutputFormat), inputs, model)
    masks = {}
    tasks = [FileTask(path, prompts) for path in inputs]
    for result in segment_files(model, tasks, frames="all", spacing_mm=None):
        folder.add(result)
        for number, found in enumerate(result.segmentations, 1):
            masks[result.path.name, result.frame.index, number] = found.mask
    folder.fail(FileFailure(Path("bad.png"), "it is bad"))
    document = folder.close()

    assert json.loads((out / "results.json").read_text()) == document
    assert document["failed"] == [{"file": "bad.png", "reason": "it is bad"}]
    assert document["model"]["sha256"] == model.checkpoint.sha256
    assert len(document["results"]) == len(masks) == 8
    coco = COCO(out / "annotations.json")
    assert {category["name"] for category in coco.loadCats(coco.getCatIds())} == {"cyst", "structure"}
    assert len(coco.getImgIds()) == 4
    for record in document["results"]:
        mask = masks[Path(record["file"]).name, record["frame"], record["object"]]
        written = record["outputs"]
        assert np.array_equal(np.asarray(Image.open(out / written["png"])) > 0, mask)
        assert (out / written["overlay"]).exists()
        volume = ultrasam.read(out / written["nifti"])
        assert len(volume) == record["frames"]
        assert np.array_equal(volume.frame(record["frame"]).pixels > 0, mask)
        annotation = coco.loadAnns(int(written["coco"].split("#")[1]))[0]
        assert np.array_equal(coco.annToMask(annotation).astype(bool), mask)
        assert record["area_px"] == mask.sum() == annotation["area"]
    assert document["results"][1]["prompt"] == {"points_xy": [[9, 9], [1, 1]], "labels": [1, 0]}


def test_a_missing_extra_is_told_before_anything_is_encoded(model, inputs, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "nibabel", None)
    with pytest.raises(MissingExtraError, match=r"ultrasam\[volumes\]"):
        OutputFolder(tmp_path / "out", [OutputFormat.NIFTI], inputs, model)
    assert not (tmp_path / "out").exists()


def test_only_what_was_asked_for(model, inputs, tmp_path):
    out = tmp_path / "out"
    folder = OutputFolder(out, [OutputFormat.PNG], inputs[:1], model)
    for result in segment_files(model, [FileTask(inputs[0], (FramePrompt(Prompts(points_xy=[(9, 9)])),))]):
        folder.add(result)
    folder.close()
    assert sorted(path.name for path in out.iterdir()) == ["a_mask.png", "results.json"]
