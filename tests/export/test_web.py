"""The model inside the package as ONNX, outside Python's ultrasam: the README's program, and a browser's runtime."""

import json
import re
import subprocess
from pathlib import Path

import numpy as np
import pytest

from tests.export.small_weights import BOX, own_answer, picture, run_program
from tests.references import ROOT, onnxruntime_web, tool
from ultrasam.inference import load
from ultrasam.inference.pixels import resize_antialiased

PAGE = (ROOT / "docs" / "export.md").read_text(encoding="utf-8")
PROGRAMS = re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)
MODULES = re.findall(r"```js\n(.*?)```", PAGE, flags=re.DOTALL)
RUNNER = Path(__file__).with_name("run_in_node.mjs")
#: Of the head, and of a part of it.
BOXES = [BOX, (380, 200, 460, 260)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """What the page's first program in Python writes."""
    place = tmp_path_factory.mktemp("tiny")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        exec(PROGRAMS[0], {})
    return place / "tiny-onnx"


def dice(mask, other):
    return 2 * (mask & other).sum() / (mask.sum() + other.sum())


def test_the_program_in_the_readme(folder, monkeypatch):
    own = own_answer("ultrasam-tiny").mask
    found = run_program(folder, monkeypatch)
    assert dice(found, own) > 0.999
    assert (found != own).sum() <= 5


def test_the_licence_goes_with_it(folder, monkeypatch, capsys):
    monkeypatch.chdir(folder.parent)
    exec(PROGRAMS[1], {})
    assert capsys.readouterr().out == "CC-BY-NC-SA-4.0\n"
    text = (folder / "LICENSE").read_text()
    assert "You may not use it for commercial purposes." in text
    assert "UltraSam tiny" in text


def test_a_browser_gives_the_same_masks(folder, tmp_path):
    node, packages = tool("node"), onnxruntime_web()
    (tmp_path / "node_modules").symlink_to(packages)
    (tmp_path / "module.mjs").write_text(MODULES[0])
    model = load("ultrasam-tiny")
    image = picture()
    height, width = model.pipeline.frame(image.shape[:2], 512).resized_hw
    opaque = np.full((height, width, 1), 255, np.uint8)
    np.concatenate([resize_antialiased(image, (height, width)), opaque], axis=-1).tofile(tmp_path / "resized")
    jobs = [{"box": box, "size_hw": image.shape[:2], "out": f"{tmp_path}/{i}"} for i, box in enumerate(BOXES)]
    resized = {"file": f"{tmp_path}/resized", "width": width, "height": height}
    (tmp_path / "job.json").write_text(json.dumps({"resized": resized, "jobs": jobs}))
    done = subprocess.run(
        [node, RUNNER, tmp_path / "module.mjs", tmp_path / "job.json"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    session = model.embed(image)
    answers = [session.segment(box_xyxy=box) for box in BOXES]
    assert dice(answers[0].mask, answers[1].mask) < 0.5
    for job, own, score in zip(jobs, answers, json.loads(done.stdout), strict=True):
        found = np.fromfile(job["out"], np.uint8).reshape(image.shape[:2]).astype(bool)
        assert score == pytest.approx(own.score, abs=1e-4)
        assert dice(found, own.mask) > 0.999
        assert (found != own.mask).sum() <= 5


def test_all_javascript_of_the_page_is_javascript(tmp_path):
    node = tool("node")
    assert len(MODULES) == 2
    for index, module in enumerate(MODULES):
        (tmp_path / f"{index}.mjs").write_text(module)
        subprocess.run([node, "--check", tmp_path / f"{index}.mjs"], check=True)
