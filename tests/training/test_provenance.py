import hashlib
import json
import subprocess
import time

import pytest
import torch

import ultrasam
from tests.evaluation.made_data import make_folder
from tests.references import ROOT, shared
from ultrasam.corpus import CocoFolder
from ultrasam.training import provenance
from ultrasam.training.provenance import InitialWeights, data_facts, git_commit, software_versions
from ultrasam.weights import DEFAULT, get_entry, read_checkpoint, resolve


def git(folder, *words):
    settings = ("-c", "user.name=x", "-c", "user.email=x@example.org", "-c", "commit.gpgsign=false")
    done = subprocess.run(["git", *settings, *words], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    for name in provenance._GIT_VARIABLES:
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "src" / "package").mkdir(parents=True)
    (tmp_path / "src" / "package" / "a.py").write_text("a = 1\n")
    (tmp_path / ".gitignore").write_text("*.pyc\nvenv\n")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "x")
    return tmp_path


class TestDataFacts:
    def test_counts_are_of_what_was_used(self, tmp_path):
        folder = CocoFolder.read(make_folder(tmp_path, images=4, split="train"), split="train")
        (facts,) = data_facts([(folder, folder.images[:3])])
        assert (facts.name, facts.title, facts.anatomy, facts.citation) == ("made", "made", "", "")
        assert (facts.licence, facts.split, facts.images, facts.instances) == ("made for tests", "train", 3, 6)
        assert facts.sha256 == hashlib.sha256((tmp_path / "coco.json").read_bytes()).hexdigest()

    def test_facts_in_other_forms(self, tmp_path):
        make_folder(tmp_path, images=1)
        told = {"name": "x", "title": "A\n title", "anatomy": ["neck", "arm"], "citation": 2018}
        (tmp_path / "dataset.json").write_text(json.dumps(told))
        (facts,) = data_facts([(CocoFolder.read(tmp_path), ())])
        assert (facts.title, facts.anatomy, facts.citation) == ("A title", "neck; arm", "2018")
        assert facts.licence == "not stated"

    def test_real_data_sets(self):
        folder = shared("corpus") / "USGRA"
        told = json.loads((folder / "dataset.json").read_text())
        for split in ("train", "val"):
            read = CocoFolder.read(folder, split=split)
            (facts,) = data_facts([(read, read.images)])
            assert facts.images == told["splits"][split]
            assert (facts.title, facts.anatomy, facts.licence) == (told["title"], told["anatomy"], told["licence"])


class TestInitialWeights:
    def test_a_name_of_the_registry(self):
        entry, checkpoint = get_entry(DEFAULT), read_checkpoint(resolve(DEFAULT))
        facts = InitialWeights.of(DEFAULT, checkpoint)
        assert (facts.name, facts.sha256, facts.citation) == (DEFAULT, entry.sha256, entry.citation)
        assert (facts.licence, facts.training_data) == (
            checkpoint.metadata["licence"],
            checkpoint.metadata["training_data"],
        )

    def test_of_a_file_only_its_name_is_told(self):
        checkpoint = read_checkpoint(resolve(DEFAULT))
        checkpoint.metadata.clear()
        facts = InitialWeights.of("/home/someone/x.pth", checkpoint)
        assert (facts.name, facts.licence, facts.training_data) == ("x.pth", "unknown", "unknown")


class TestGitCommit:
    def test_a_checkout(self, checkout):
        commit = git(checkout, "rev-parse", "HEAD")
        package = checkout / "src" / "package"
        assert git_commit(package) == git_commit(checkout) == commit
        (package / "a.pyc").write_text("ignored")
        (checkout / "elsewhere.txt").write_text("not in the package")
        assert git_commit(package) == commit
        assert git_commit(checkout) == f"{commit}-dirty"
        (package / "a.py").write_text("a = 2\n")
        assert git_commit(package) == f"{commit}-dirty"

    def test_a_new_file_is_a_change(self, checkout):
        (checkout / "src" / "package" / "b.py").write_text("b = 1\n")
        assert git_commit(checkout / "src" / "package").endswith("-dirty")

    def test_a_package_installed_below_someone_elses_checkout_has_no_commit(self, checkout):
        for place in ("venv", "untracked"):
            (checkout / place).mkdir()
            (checkout / place / "a.py").write_text("")
            assert git_commit(checkout / place) is None

    def test_inside_a_hook_of_another_repository(self, checkout, monkeypatch):
        monkeypatch.setenv("GIT_DIR", str(ROOT / ".git"))
        monkeypatch.setenv("GIT_INDEX_FILE", "/nowhere")
        found = git_commit(checkout)
        monkeypatch.undo()
        assert found == git(checkout, "rev-parse", "HEAD")

    def test_no_repository_no_folder_no_git_no_answer(self, tmp_path, checkout, monkeypatch):
        monkeypatch.setenv("GIT_CEILING_DIRECTORIES", "/")
        assert git_commit("/") is None
        assert git_commit(tmp_path / "none") is None
        (tmp_path / "bin").mkdir()
        monkeypatch.setenv("PATH", str(tmp_path / "bin"))
        assert git_commit(checkout) is None
        slow = tmp_path / "bin" / "git"
        slow.write_text("#!/bin/sh\nexec /bin/sleep 60\n")
        slow.chmod(0o755)
        monkeypatch.setattr(provenance, "_TIMEOUT_S", 0.2)
        began = time.monotonic()
        assert git_commit(checkout) is None
        assert time.monotonic() - began < 30

    def test_an_empty_repository_has_none(self, tmp_path):
        git(tmp_path, "init", "-q")
        (tmp_path / "a").write_text("")
        git(tmp_path, "add", "a")
        assert git_commit(tmp_path) is None


def test_versions():
    assert software_versions()["ultrasam"] == ultrasam.__version__
    assert software_versions()["torch"] == torch.__version__
