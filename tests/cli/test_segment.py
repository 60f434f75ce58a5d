"""The command as its user runs it: the bundled model, real files, a small input to be quick."""

import json
import logging
import os
import re
import shutil
import signal

import numpy as np
import pydicom
import pytest
from PIL import Image

from tests.inference.small_finetuned import write_finetuned, write_promptable
from tests.references import EXAMPLES, shared
from ultrasam.weights import DEFAULT, get_entry

HEAD = EXAMPLES / "fetal_head.png"
HEAD_BOX = "184,104,612,444"


@pytest.fixture
def run(command, monkeypatch, tmp_path):
    """Run ``ultrasam segment``; give exit code, stdout, stderr and the folder of the results."""
    monkeypatch.setenv("ULTRASAM_CACHE", str(tmp_path / "cache"))

    def call(*arguments, out="out", size=256):
        return *command("segment", *arguments, "--out", out, "--input-size", size), tmp_path / out

    return call


def results(folder):
    return json.loads((folder / "results.json").read_text())["results"]


def test_a_box_on_a_calibrated_image(run):
    code, out, _, folder = run(HEAD, "--box", HEAD_BOX, "--spacing", "0.2358", "--format", "png,overlay,coco,nifti")
    assert code == 0
    (record,) = results(folder)
    assert record["area_mm2"] == pytest.approx(record["area_px"] * 0.2358**2)
    assert f"{record['area_px']:,} px = {record['area_mm2']:,.1f} mm²" in out
    assert sorted(path.name for path in folder.iterdir()) == [
        "annotations.json",
        "fetal_head_mask.nii.gz",
        "fetal_head_mask.png",
        "fetal_head_overlay.png",
        "results.json",
    ]
    assert np.asarray(Image.open(folder / "fetal_head_mask.png")).shape == (540, 800)


def test_points_and_no_calibration(run):
    lesion = EXAMPLES / "breast_lesion.png"
    code, out, _, folder = run(lesion, "--point", "575,225", "--point", "640,220,-", "-f", "png")
    assert code == 0
    assert "not calibrated" in out
    (record,) = results(folder)
    assert record["prompt"] == {"points_xy": [[575, 225], [640, 220]], "labels": [1, 0]}
    assert record["area_mm2"] is None
    mask = np.asarray(Image.open(folder / "breast_lesion_mask.png")) > 0
    assert mask[225, 575]
    assert not mask[220, 640]


def test_several_boxes_are_several_objects(run):
    code, _, _, folder = run(EXAMPLES / "nerve.png", "--box", "61,143,150,207", "--box", "148,168,252,234")
    assert code == 0
    assert [record["object"] for record in results(folder)] == [1, 2]
    assert (folder / "nerve_1_mask.png").exists()
    assert (folder / "nerve_2_mask.png").exists()


def test_json_goes_to_stdout_alone(run):
    code, out, err, folder = run(HEAD, "--box", HEAD_BOX, "--json")
    assert code == 0
    assert json.loads(out) == json.loads((folder / "results.json").read_text())
    assert err == ""


def test_the_second_run_does_not_encode(run, monkeypatch):
    run(HEAD, "--box", HEAD_BOX, out="first")
    from ultrasam.modeling.sam import Sam

    def encode_image(*_):
        raise RuntimeError("the encoder ran")

    monkeypatch.setattr(Sam, "encode_image", encode_image)
    code, *_, folder = run(HEAD, "--box", HEAD_BOX, out="second")
    assert code == 0
    assert np.array_equal(
        np.asarray(Image.open(folder / "fetal_head_mask.png")),
        np.asarray(Image.open(folder.parent / "first" / "fetal_head_mask.png")),
    )
    with pytest.raises(RuntimeError, match="the encoder ran"):
        run(HEAD, "--box", HEAD_BOX, "--no-cache")


def test_the_cache_holds_nothing_that_names_a_file(run, tmp_path):
    run(HEAD, "--box", HEAD_BOX)
    (entry,) = (tmp_path / "cache" / "embeddings").iterdir()
    assert b"fetal" not in entry.read_bytes()


def test_folders_globs_and_what_lies_in_the_output_folder(run, tmp_path):
    (tmp_path / "in").mkdir()
    shutil.copy(HEAD, tmp_path / "in" / "a.png")
    shutil.copy(EXAMPLES / "nerve.png", tmp_path / "in" / "b.png")
    code, _, _, folder = run("in", "--point", "100,150", out="in/out")
    assert (code, len(results(folder))) == (0, 2)
    code, _, _, folder = run("in", "--point", "100,150", out="in/out")
    assert (code, len(results(folder))) == (0, 2), "results of the first run are no input of the second"
    code, _, _, folder = run("in/*.png", "--point", "100,150")
    assert (code, len(results(folder))) == (0, 2)
    code, _, _, folder = run("in/**/*.png", "--point", "100,150", out="in/out")
    assert (code, len(results(folder))) == (0, 2)


def test_nothing_but_results_is_told(run, tmp_path):
    (tmp_path / "in" / "out").mkdir(parents=True)
    shutil.copy(HEAD, tmp_path / "in" / "out" / "a_mask.png")
    code, _, err, _ = run("in", "--point", "100,150", out="in/out")
    assert code == 2
    assert "results of a former run" in err


def test_results_beside_the_images(run, tmp_path):
    shutil.copy(HEAD, tmp_path / "a.png")
    for files in ("a.png", "*.png", "."):
        code, _, err, folder = run(files, "--point", "100,150", "-f", "png", out=".")
        assert code == 0, err
        assert "a.png" in [record["file"] for record in results(folder)]
        (tmp_path / "a_mask.png").unlink()


def test_a_bad_file_does_not_stop_the_others(run, tmp_path):
    (tmp_path / "empty.png").write_bytes(b"")
    code, out, err, folder = run("empty.png", "absent.png", HEAD, "--box", HEAD_BOX)
    assert code == 2
    assert len(results(folder)) == 1
    assert "1 of 3 files done" in out
    assert err.count("\n") == 2
    assert "empty.png" in err
    assert "absent.png" in err
    failed = json.loads((folder / "results.json").read_text())["failed"]
    assert [entry["file"] for entry in failed] == ["empty.png", "absent.png"]
    assert "Traceback" not in err


def test_prompts_from_a_file(run, tmp_path):
    shutil.copy(HEAD, tmp_path / "head.png")
    shutil.copy(EXAMPLES / "nerve.png", tmp_path / "nerve.png")
    prompts = {
        "head.png": [{"name": "head", "box_xyxy": [184, 104, 612, 444]}],
        "nerve.png": [{"box_xyxy": [61, 143, 150, 207]}, {"points_xy": [[200, 200]]}],
    }
    (tmp_path / "prompts.json").write_text(json.dumps(prompts))
    code, out, _, folder = run("--prompts", "prompts.json")
    assert code == 0
    assert [record["name"] for record in results(folder)] == ["head", None, None]
    assert "head" in out
    code, _, err, folder = run("head.png", str(EXAMPLES / "breast_lesion.png"), "--prompts", "prompts.json", out="b")
    assert code == 0
    assert len(results(folder)) == 1
    assert "1 of 2 files" in err


def test_a_mask_as_prompt(run):
    _, _, _, first = run(HEAD, "--box", HEAD_BOX, out="first")
    code, _, _, second = run(HEAD, "--mask", first / "fetal_head_mask.png", out="second")
    assert code == 0
    masks = [np.asarray(Image.open(folder / "fetal_head_mask.png")) > 0 for folder in (first, second)]
    assert 2 * (masks[0] & masks[1]).sum() / (masks[0].sum() + masks[1].sum()) > 0.9


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([HEAD], "Expected a prompt"),
        (["--box", HEAD_BOX], "Expected files"),
        ([HEAD, "--box", "600,100,200,400"], "x0 < x1"),
        ([HEAD, "--box", "1,2,3"], "four numbers"),
        ([HEAD, "--box", "1,2,3,x"], "numbers separated by commas"),
        ([HEAD, "--box", "0,0,801,540"], "inside the image"),
        ([HEAD, "--point", "5"], "X,Y"),
        ([HEAD, "--point", "5,6,?"], "X,Y,-"),
        ([HEAD, "--point", "900,6"], "inside the image"),
        ([HEAD, "--point", "5,6", "--box", "1,1,9,9", "--box", "2,2,9,9"], "one --box"),
        ([HEAD, "--point", "5,6", "--format", "jpeg"], "png, overlay, coco, nifti"),
        ([HEAD, "--point", "5,6", "--frame", "1"], "from 0 to 0"),
        ([HEAD, "--point", "5,6", "--spacing", "-1"], "above 0"),
        ([HEAD, "--point", "5,6", "--spacing", "nan"], "above 0"),
        ([HEAD, "--point", "5,6", "--spacing", "1e300"], "above 0"),
        ([HEAD, "--point", "5,6", "--model", "no-such-model"], "no-such-model"),
        ([HEAD, "--point", "5,6", "--device", "cuda:7"], "device"),
        ([HEAD, "--point", "5,6", "--prompts", "absent.json"], "absent.json"),
        ([HEAD, "--mask", "absent.png"], "absent.png"),
        (["no*match.png", "--point", "5,6"], "no\\*match"),
    ],
)
def test_mistakes_are_one_sentence_and_code_2(run, arguments, message):
    code, _, err, folder = run(*arguments)
    assert code == 2
    assert err.count("\n") == 1, err

    assert re.search(message, err), err
    left = [path.name for path in folder.glob("*")] if folder.exists() else []
    assert [name for name in left if name != "results.json"] == [], "nothing half-written"


def test_a_folder_that_cannot_be_made(run, tmp_path):
    (tmp_path / "file").write_text("in the way")
    code, _, err, _ = run(HEAD, "--point", "5,6", out="file/out")
    assert code == 2
    assert err.count("\n") == 1
    assert "folder for results" in err


def test_a_full_disk_is_one_line(run, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("ultrasam.inference.outputs.write_mask_png", full)
    code, _, err, folder = run(HEAD, "--box", HEAD_BOX)
    assert code == 2
    assert "No space left on device" in err
    assert "Traceback" not in err
    assert [path.name for path in folder.iterdir()] == ["results.json"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_run_that_is_stopped_lists_what_is_done(run, monkeypatch, tmp_path, number):
    from ultrasam.inference.segmenter import Segmenter

    for name in ("a.png", "b.png", "c.png"):
        shutil.copy(HEAD, tmp_path / name)
    embed, seen = Segmenter.embed, []

    def stopped_at_the_second(model, image):
        seen.append(image)
        if len(seen) == 2:
            os.kill(os.getpid(), number)
        return embed(model, image)

    monkeypatch.setattr(Segmenter, "embed", stopped_at_the_second)
    former = signal.getsignal(signal.SIGTERM)
    try:
        code, out, err, folder = run("a.png", "b.png", "c.png", "--box", HEAD_BOX, size=64)
    finally:
        signal.signal(signal.SIGTERM, former)
    assert code == 130
    assert "1 of 3 files done" in out
    assert "stopped" in err
    document = json.loads((folder / "results.json").read_text())
    assert [record["file"] for record in document["results"]] == ["a.png"]
    assert document["not_done"] == ["b.png", "c.png"]
    assert not list(folder.glob(".*"))


def test_a_file_that_cannot_be_written_does_not_stop_the_others(run, tmp_path):
    shutil.copy(HEAD, tmp_path / "a.png")
    (tmp_path / "out" / "a_mask.png").mkdir(parents=True)
    code, _, err, folder = run("a.png", HEAD, "--box", HEAD_BOX, size=64)
    assert code == 2
    assert err.count("\n") == 1
    assert ".partial" not in err
    assert [record["file"] for record in results(folder)] == [str(HEAD)]


def test_a_volume_that_cannot_be_written_is_told(run, tmp_path):
    (tmp_path / "out" / "fetal_head_mask.nii.gz").mkdir(parents=True)
    code, out, err, _ = run(HEAD, "--box", HEAD_BOX, "-f", "nifti", size=64)
    assert code == 2
    assert err.count("\n") == 1
    assert "0 of 1 file done" in out


def test_prompts_that_fit_no_file_are_named(run, tmp_path):
    (tmp_path / "prompts.json").write_text('{"*head.png": [{"points_xy": [[9, 9]]}], "mispelt.png": []}')
    code, _, err, _ = run(HEAD, "--prompts", "prompts.json", size=64)
    assert code == 0
    assert "'mispelt.png'" in err


def test_the_licence_of_the_weights_is_shown(run):
    _, out, _, _ = run(HEAD, "--box", HEAD_BOX, size=64)
    entry = get_entry(DEFAULT)
    assert entry.title in out
    assert entry.licence in out


def test_cines_and_volumes(run):
    cine = shared("dicom/pydicom/test_files/examples_ybr_color.dcm")
    code, out, _, folder = run(cine, "--box", "60,60,200,180", "--frame", "::10", "-f", "png,nifti", size=64)
    assert code == 0
    assert [record["frame"] for record in results(folder)] == [0, 10, 20]
    assert "frame 20 of 30" in out
    assert (folder / "examples_ybr_color_f010_mask.png").exists()
    assert (folder / "examples_ybr_color_mask.nii.gz").exists()


def test_nothing_of_the_patient_reaches_outputs_cache_or_log(run, tmp_path, caplog):
    files = sorted(shared("dicom/pydicom-data").glob("*.dcm"))[:4]
    files += sorted(shared("dicom/brachial").glob("*.dcm"))[:1]
    secrets = set()
    for file in files:
        header = pydicom.dcmread(file, stop_before_pixels=True)
        for keyword in ("PatientName", "PatientID", "StudyInstanceUID", "PatientBirthDate", "AccessionNumber"):
            value = str(header.get(keyword, "")).strip("^ ")
            secrets |= {value} if len(value) > 3 else set()
    assert secrets
    with caplog.at_level(logging.DEBUG):
        code, out, err, folder = run(*files, "--point", "40,40", "-f", "png,overlay,coco,nifti", size=64)
    assert code == 0
    texts = [out, err, caplog.text]
    for path in (*folder.rglob("*"), *(tmp_path / "cache").rglob("*")):
        if path.is_file():
            texts += [path.read_bytes().decode("latin-1"), path.name]
    for secret in secrets:
        assert not any(secret in text for text in texts), secret


def test_a_fine_tuned_model_needs_no_prompt(run, tmp_path):
    model = write_finetuned(tmp_path / "model.safetensors", "semantic")
    code, out, _, folder = run(HEAD, EXAMPLES / "nerve.png", "--model", model, "-f", "png,overlay,coco", size=128)
    assert code == 0
    found = results(folder)
    assert {record["name"] for record in found} <= {"lesion", "vessel"}
    assert {record["file"] for record in found} == {str(HEAD), str(EXAMPLES / "nerve.png")}
    assert f"  {found[0]['name']}  score" in out
    categories = json.loads((folder / "annotations.json").read_text())["categories"]
    assert categories == [{"id": 1, "name": "lesion"}, {"id": 2, "name": "vessel"}]


def test_the_lowest_score_of_instances(run, tmp_path):
    folder = tmp_path / "run"
    folder.mkdir()
    write_finetuned(folder / "model.safetensors", "instance")
    code, out, _, results_folder = run(HEAD, "--model", folder, size=128)
    assert code == 0
    assert "nothing found" in out
    assert "1 of 1 file done" in out
    assert results(results_folder) == []
    code, _, _, results_folder = run(HEAD, "--model", folder, "--min-score", 0, size=128)
    assert code == 0
    assert results(results_folder)
    code, _, err, _ = run(HEAD, "--model", folder, "--min-score", 0.5, "--box", HEAD_BOX, size=128)
    assert code == 2
    assert "--min-score without prompts" in err


def test_a_fine_tuned_model_takes_prompts_as_its_initial_weights_do(run, tmp_path):
    initial = write_promptable(tmp_path / "initial.safetensors", seed=5)
    tuned = write_finetuned(tmp_path / "model.safetensors", "instance", initial=str(initial))
    masks = []
    for number, model in enumerate((initial, tuned)):
        code, _, _, folder = run(HEAD, "--box", HEAD_BOX, "--model", model, out=f"out{number}", size=128)
        assert code == 0
        masks.append(np.asarray(Image.open(folder / "fetal_head_mask.png")))
    assert np.array_equal(*masks)


@pytest.mark.parametrize(("kind", "message"), [("pooled", "ultrasam classify"), (None, "Expected a prompt")])
def test_models_that_find_no_masks_by_themselves(run, tmp_path, kind, message):
    path = tmp_path / "model.safetensors"
    model = write_promptable(path) if kind is None else write_finetuned(path, kind)
    code, _, err, folder = run(HEAD, "--model", model, size=128)
    assert code == 2
    assert err.count("\n") == 1
    assert message in err
    assert not folder.exists()
