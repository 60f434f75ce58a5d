import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pycocotools.coco import COCO

import ultrasam
from tests.inference.small_finetuned import write_finetuned
from tests.inference.small_model import small_segmenter
from ultrasam.errors import MissingExtraError
from ultrasam.inference.batch import FileFailure, FileTask, FrameResult, segment_files
from ultrasam.inference.output_records import object_record
from ultrasam.inference.outputs import OutputFolder, OutputFormat, telling_stems
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
        (["x/A.png", "y/a.png"], ["x_A_png", "y_a_png"]),
        (["x/US-1"], ["US-1"]),
        (["x/1.2.840.10008.1", "x/1.2.840.10008.2.dcm"], ["1.2.840.10008.1", "1.2.840.10008.2"]),
        (["x/scan.v2.nii.gz"], ["scan.v2"]),
        (["x/.hidden"], ["hidden"]),
    ],
)
def test_files_are_told_apart_by_suffix_and_folders(paths, stems):
    found = telling_stems([Path(path) for path in paths])
    assert [found[Path(path)] for path in paths] == stems


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
    assert document["not_done"] == []
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


def box(name=None, frame=None):
    return FramePrompt(Prompts(box_xyxy=(2, 3, 20, 22), name=name), frame)


def test_no_output_overwrites_another(model, tmp_path):
    """Names that a file, an object and a frame could make alike."""
    picture = Image.fromarray(RNG.integers(0, 256, (32, 40), dtype=np.uint8))
    for name in ("scan.png", "scan_1.png", "cine_f000.png", "SCAN_1.bmp"):
        picture.save(tmp_path / name)
    picture.save(tmp_path / "cine.tif", save_all=True, append_images=[picture])
    names = {"scan.png": 2, "scan_1.png": 1, "SCAN_1.bmp": 1, "cine.tif": 1, "cine_f000.png": 1}
    tasks = [FileTask(tmp_path / name, (box(),) * count) for name, count in names.items()]
    folder = OutputFolder(tmp_path / "out", list(OutputFormat), [task.path for task in tasks], model)
    for result in segment_files(model, tasks):
        folder.add(result)
    records = folder.close()["results"]
    for kind in ("png", "nifti"):
        written = [record["outputs"][kind].casefold() for record in records]
        assert len(set(written)) == len(written) == 6
    overlays = {(record["file"], record["outputs"]["overlay"].casefold()) for record in records}
    assert len({overlay for _, overlay in overlays}) == 5


def test_an_object_keeps_its_number_and_its_volume_over_the_frames(model, inputs, tmp_path):
    prompts = (box("head", frame=0), box("femur"), box("x", frame=2))
    folder = OutputFolder(tmp_path / "out", [OutputFormat.NIFTI, OutputFormat.PNG], inputs[1:], model)
    for result in segment_files(model, [FileTask(inputs[1], prompts)], frames="all", spacing_mm=(0.2, 0.1)):
        folder.add(result)
    records = folder.close()["results"]
    assert {(r["name"], r["object"], r["outputs"]["nifti"]) for r in records} == {
        ("head", 1, "cine_1_mask.nii.gz"),
        ("femur", 2, "cine_2_mask.nii.gz"),
        ("x", 3, "cine_3_mask.nii.gz"),
    }
    filled = {
        number: [frame.pixels.any() for frame in ultrasam.read(tmp_path / "out" / f"cine_{number}_mask.nii.gz")]
        for number in (1, 3)
    }
    assert not any(filled[1][1:])
    assert not any(filled[3][:2])
    assert ultrasam.read(tmp_path / "out" / "cine_1_mask.nii.gz").spacing_mm == pytest.approx((0.2, 0.1))


def test_a_volume_that_cannot_be_written_is_the_failure_of_its_own_file(model, inputs, tmp_path):
    out = tmp_path / "out"
    (out / "a_mask.nii.gz").mkdir(parents=True)
    folder = OutputFolder(out, [OutputFormat.NIFTI], inputs, model)
    for result in segment_files(model, [FileTask(path, (box(),)) for path in inputs]):
        folder.add(result)
    assert [entry["file"] for entry in folder.close()["failed"]] == [str(inputs[0])]
    assert (out / "cine_mask.nii.gz").is_file()


def test_what_a_stopped_run_left_undone_is_listed(model, inputs, tmp_path):
    folder = OutputFolder(tmp_path / "out", [], inputs, model)
    folder.add(next(segment_files(model, [FileTask(path, (box(),)) for path in inputs])))
    assert folder.close()["not_done"] == [str(inputs[1])]


def test_calibration_is_said_where_the_mask_lies(model, tmp_path):
    from ultrasam.imaging import Frame, Region, Source, UltrasoundImage
    from ultrasam.imaging.image import ArrayFrames

    pixels = np.zeros((1, 32, 40), np.uint8)
    regions = (Region((0, 0, 20, 32), (0.5, 0.5), spacing_source="PixelSpacing"),)
    image = UltrasoundImage(ArrayFrames(pixels), Source("a.dcm", "DICOM", {"calibration": "check it"}), regions)
    found = model.embed(image).segment(box_xyxy=(2, 3, 20, 22))
    words = []
    for x in (2, 25):
        mask = np.zeros((32, 40), bool)
        mask[3:9, x : x + 9] = True
        moved = replace(found, mask=mask, frame=Frame(pixels[0], regions))
        record = object_record(FrameResult(Path("a.dcm"), image, moved.frame, (1,), (moved,), 1), 1, moved)
        words.append(record["calibration"])
        assert (record["area_mm2"] is None) == (x == 25)
    assert words == [
        "0.5 x 0.5 mm per pixel (PixelSpacing); check it",
        "not calibrated where the mask lies; elsewhere 0.5 x 0.5 mm per pixel (PixelSpacing)",
    ]


def test_coco_tells_equal_names_apart(model, inputs, tmp_path):
    paths = [tmp_path / "p" / "scan.png", tmp_path / "q" / "scan.png"]
    for path in paths:
        path.parent.mkdir()
        path.write_bytes(inputs[0].read_bytes())
    folder = OutputFolder(tmp_path / "out", [OutputFormat.COCO], paths, model)
    for result in segment_files(model, [FileTask(path, (box(),)) for path in paths]):
        folder.add(result)
    folder.close()
    images = json.loads((tmp_path / "out" / "annotations.json").read_text())["images"]
    assert [image["file_name"] for image in images] == ["p/scan.png", "q/scan.png"]


def test_only_what_was_asked_for(model, inputs, tmp_path):
    out = tmp_path / "out"
    folder = OutputFolder(out, [OutputFormat.PNG], inputs[:1], model)
    for result in segment_files(model, [FileTask(inputs[0], (FramePrompt(Prompts(points_xy=[(9, 9)])),))]):
        folder.add(result)
    folder.close()
    assert sorted(path.name for path in out.iterdir()) == ["a_mask.png", "results.json"]


def test_what_a_fine_tuned_model_found_has_its_class_everywhere(inputs, tmp_path):
    model = ultrasam.load(write_finetuned(tmp_path / "semantic.safetensors", "semantic", initial="mobile-sam"))
    folder = OutputFolder(tmp_path / "out", list(OutputFormat), inputs, model)
    for result in segment_files(model, [FileTask(path) for path in inputs]):
        folder.add(result)
    document = folder.close()
    assert document["model"]["task"] == "semantic"
    assert document["model"]["classes"] == ["lesion", "vessel"]
    assert document["without_objects"] == []
    coco = COCO(tmp_path / "out" / "annotations.json")
    assert [category["name"] for category in coco.loadCats([1, 2])] == ["lesion", "vessel"]
    for record in document["results"]:
        assert record["prompt"] is None
        assert record["object"] == {"lesion": 1, "vessel": 2}[record["name"]]
        annotation = coco.loadAnns(int(record["outputs"]["coco"].split("#")[1]))[0]
        assert annotation["category_id"] == record["object"]
        mask = np.asarray(Image.open(tmp_path / "out" / record["outputs"]["png"])) > 0
        assert mask.sum() == record["area_px"] == annotation["area"]


def test_a_file_in_which_nothing_is_found_is_done(inputs, tmp_path):
    model = ultrasam.load(write_finetuned(tmp_path / "instance.safetensors", "instance"))
    folder = OutputFolder(tmp_path / "out", list(OutputFormat), inputs, model)
    tasks = [FileTask(path) for path in inputs]
    for result in segment_files(model, tasks[:1]):
        assert folder.add(result) == []
    document = folder.close()
    assert document["without_objects"] == [{"file": str(inputs[0]), "frame": 0}]
    assert document["not_done"] == [str(inputs[1])]
    assert [image["id"] for image in json.loads((tmp_path / "out" / "annotations.json").read_text())["images"]] == [1]
    overlays = [path.name for path in (tmp_path / "out").glob("*_overlay.png")]
    assert len(overlays) == 1, "the picture shows that nothing was found"


def test_a_class_has_one_colour_in_all_pictures(inputs, tmp_path, monkeypatch):
    seen = {}

    def write_overlay(path, pixels, masks, prompts, captions, *, colours):
        seen[path.name] = dict(zip([caption.split()[0] for caption in captions], colours, strict=True))

    monkeypatch.setattr("ultrasam.inference.outputs.write_overlay", write_overlay)
    model = ultrasam.load(write_finetuned(tmp_path / "instance.safetensors", "instance"))
    folder = OutputFolder(tmp_path / "out", [OutputFormat.OVERLAY], inputs, model)
    (result,) = segment_files(model, [FileTask(inputs[0])], min_score=0.0)
    lesion, vessel = (next(one for one in result.segmentations if one.category == c) for c in ("lesion", "vessel"))
    for found in ((lesion, vessel), (vessel,), (vessel, vessel)):
        folder.add(replace(result, segmentations=found, objects=tuple(range(1, len(found) + 1))))
    first, *others = seen.values()
    assert first["lesion"] != first["vessel"]
    assert all(other == {"vessel": first["vessel"]} for other in others)


def test_results_are_written_behind_as_they_are_one_after_the_other(model, inputs, tmp_path):
    tasks = [FileTask(path, (box(), box("second"))) for path in (*inputs, tmp_path / "absent.png")]
    documents = []
    for name in ("plain", "behind"):
        folder = OutputFolder(tmp_path / name, list(OutputFormat), [task.path for task in tasks], model)
        results = segment_files(model, tasks, frames="all")
        if name == "plain":
            for result in results:
                folder.fail(result) if isinstance(result, FileFailure) else folder.add(result)
        else:
            written = list(folder.add_each(results))
        documents.append(folder.close())
    assert documents[0] == documents[1]
    assert [record for one in written for record in one.records or []] == documents[0]["results"]
    assert [failure for one in written for failure in one.failures] == folder.failures
    files = [{path.name: path for path in (tmp_path / name).iterdir()} for name in ("plain", "behind")]
    assert files[0].keys() == files[1].keys()
    for name in files[0].keys() - {"cine_1_mask.nii.gz", "cine_2_mask.nii.gz", "a_1_mask.nii.gz", "a_2_mask.nii.gz"}:
        assert files[0][name].read_bytes() == files[1][name].read_bytes(), name


def test_what_cannot_be_written_behind_is_a_failure_in_its_place(model, inputs, tmp_path):
    out = tmp_path / "out"
    (out / "a_mask.png").mkdir(parents=True)
    (out / "cine_mask.nii.gz").mkdir(parents=True)
    paths = [inputs[0], inputs[1], tmp_path / "b.png"]
    Image.open(inputs[0]).save(paths[2])
    folder = OutputFolder(out, [OutputFormat.PNG, OutputFormat.NIFTI], paths, model)
    a, cine, b = folder.add_each(segment_files(model, [FileTask(path, (box(),)) for path in paths]))
    assert a.records is None
    assert [failure.path for failure in a.failures] == [paths[0]]
    assert cine.records is not None
    assert cine.failures == []
    assert [record["file"] for record in b.records] == [str(paths[2])]
    assert [failure.path for failure in b.failures] == [paths[1]], "its volume is written when the next file comes"
