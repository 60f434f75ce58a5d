"""What README.md and docs/ show is run, as a reader would."""

import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.references import ROOT

README = (ROOT / "README.md").read_text()
DOCS = sorted((ROOT / "docs").glob("*.md"))


def blocks(text, language):
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    """A folder in which the README's paths exist and writing harms nobody."""
    folder = tmp_path_factory.mktemp("clone")
    shutil.copytree(ROOT / "examples", folder / "examples")
    return folder


def test_python_examples(clone, monkeypatch):
    monkeypatch.chdir(clone)
    names = {}
    for code in blocks(README, "python"):
        exec(compile(code, "README.md", "exec"), names)  # one reader, one interpreter
    assert 4000 < names["head"].area_mm2 < 9000
    assert (clone / "out" / "head_overlay.png").exists()
    assert names["masks"].shape == (3, 120, 160)


#: Runs commands one after the other in one interpreter, which imports PyTorch once; a line before each one's output.
_ALL = """
import json, sys
from ultrasam.cli.main import main

for words in json.load(sys.stdin):
    print("<<<", *words, flush=True)
    print("<<<", *words, file=sys.stderr, flush=True)
    sys.argv = words
    try:
        main()
    except SystemExit as stop:
        if stop.code:
            raise
"""


def test_shell_examples(clone):
    lines = [line for block in blocks(README, "sh") for line in block.splitlines() if line.startswith("ultrasam")]
    commands = [shlex.split(line, comments=True) for line in lines]
    assert len(commands) >= 5
    run = subprocess.run(
        [sys.executable, "-c", _ALL],
        cwd=clone,
        input=json.dumps(commands),
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr.rpartition("<<< ")[2]
    told = dict(part.split("\n", 1) for part in run.stdout.split("<<< ")[1:])
    assert list(told) == [" ".join(words) for words in commands]
    assert [command for command, text in told.items() if not text.strip()] == []
    assert (clone / "out" / "fetal_head_overlay.png").exists()


def test_the_demo(clone):
    run = subprocess.run(
        [sys.executable, "examples/demo.py", "--out", "demo"], cwd=clone, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    assert "mm²" in run.stdout
    found = json.loads((clone / "demo" / "demo.json").read_text())
    assert len(found) == 5
    assert all(0.5 < entry["score"] <= 1.1 and entry["area_px"] > 1000 for entry in found)
    assert found[0]["area_mm2"] == pytest.approx(found[0]["area_px"] * 0.23585714045**2)
    assert len(list((clone / "demo").glob("*_mask.png"))) == 5
    assert len(list((clone / "demo").glob("*_overlay.png"))) == 4


@pytest.mark.parametrize("page", [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *DOCS], ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    targets = re.findall(r"\]\(([^)#\s]+)", page.read_text())
    local = [target for target in targets if not target.startswith(("http", "mailto"))]
    assert [target for target in local if not (page.parent / target).exists()] == []


@pytest.mark.parametrize("page", DOCS, ids=lambda page: page.name)
def test_python_in_the_docs_compiles(page):
    for code in blocks(page.read_text(), "python"):
        compile(code, str(page), "exec")


def test_json_in_the_docs_is_json():
    for page in DOCS:
        for code in blocks(page.read_text(), "json"):
            json.loads(code)


def test_every_page_is_in_the_readme():
    assert [page.name for page in DOCS if f"docs/{page.name}" not in README] == []


def test_versions_agree():
    import ultrasam

    assert f"version: {ultrasam.__version__}\n" in Path(ROOT / "CITATION.cff").read_text()
    assert f"## {ultrasam.__version__}" in Path(ROOT / "CHANGELOG.md").read_text()
