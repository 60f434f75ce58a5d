"""The run on disk: complete, resumable after anything, and honest about what it could not use."""

import gc
import json
import subprocess
import sys
import textwrap
import weakref

import pytest
from filelock import FileLock
from PIL import Image

from tests.evaluation.made_data import edit, make_folder
from tests.evaluation.runs import made_run
from tests.references import ROOT
from ultrasam.errors import InputError, WeightsError
from ultrasam.evaluation.run import record_file, skipped_when_read
from ultrasam.inference import Segmenter


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return make_folder(tmp_path_factory.mktemp("data") / "made", images=4)


@pytest.fixture(scope="module")
def whole(folder, tmp_path_factory):
    """The records of a run that nothing interrupted."""
    out = tmp_path_factory.mktemp("runs") / "whole"
    made_run(out, folder)
    return without_seconds(out)


def without_seconds(out, name="made"):
    return [{key: value for key, value in r.items() if key != "seconds"} for r in record_file(out, name)]


def test_every_image_and_object_is_there(whole):
    assert [record["image_id"] for record in whole] == [1, 2, 3, 4]
    assert [record["patient"] for record in whole] == ["p1", "p1", "p2", "p2"]
    for record in whole:
        assert [instance["category"] for instance in record["instances"]] == ["cyst", "nodule"]
        assert all(len(instance["answers"]) == 8 for instance in record["instances"]), "five once, one of three rounds"


def test_each_image_is_encoded_once_and_not_held(folder, tmp_path, monkeypatch):
    encoded, frames = [], []
    inner = Segmenter.embed

    def watched(self, frame):
        gc.collect()
        assert not any(former() for former in frames), "an image of before is still in memory"
        frames.append(weakref.ref(frame))
        encoded.append(1)
        return inner(self, frame)

    monkeypatch.setattr(Segmenter, "embed", watched)
    made_run(tmp_path, folder, protocols=("full",))
    assert len(encoded) == 4


def test_a_second_start_does_nothing_again(folder, tmp_path):
    made_run(tmp_path, folder)
    before = record_file(tmp_path, "made").path.read_bytes()
    told = []
    made_run(tmp_path, folder, source=NeverAsked(), on_image=lambda *progress: told.append(progress))
    assert record_file(tmp_path, "made").path.read_bytes() == before
    assert told == [("made", 4, 4)]


class NeverAsked:
    def answer(self, *arguments):
        raise AssertionError("an image was done twice")


KILLED = """
    import os, sys
    from pathlib import Path
    from tests.evaluation.runs import made_run
    from ultrasam.evaluation.records import RecordFile

    append, done = RecordFile.append, 0

    def dies(self, record):
        global done
        if done == {after}:
            with self.path.open("ab") as file:
                file.write(b'{{"image_id": 3, "inst')
            os.kill(os.getpid(), 9)
        append(self, record)
        done += 1

    RecordFile.append = dies
    made_run(Path(sys.argv[1]), Path(sys.argv[2]))
"""


def test_a_killed_run_goes_on_and_counts_nothing_twice(folder, whole, tmp_path):
    for after in (1, 2):
        code = textwrap.dedent(KILLED.format(after=after))
        done = subprocess.run([sys.executable, "-c", code, tmp_path, folder], cwd=ROOT, capture_output=True)
        assert done.returncode == -9, done.stderr.decode()
    told = []
    made_run(tmp_path, folder, on_image=lambda *progress: told.append(progress))
    assert told[0] == ("made", 3, 4)
    assert without_seconds(tmp_path) == whole


def test_a_stop_by_hand_keeps_what_is_done(folder, whole, tmp_path):
    def stop(_, done, __):
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        made_run(tmp_path, folder, on_image=stop)
    assert without_seconds(tmp_path) == whole[:2]
    made_run(tmp_path, folder)
    assert without_seconds(tmp_path) == whole


def test_an_image_that_failed_is_tried_again(tmp_path, whole):
    folder = make_folder(tmp_path / "data", images=4)
    image = folder / "images" / "2.png"
    image.rename(tmp_path / "away.png")
    image.write_bytes(b"not there")
    made_run(tmp_path / "run", folder)
    assert [record["failed"] for record in record_file(tmp_path / "run", "made")] == [False, True, False, False]
    (tmp_path / "away.png").rename(image)
    made_run(tmp_path / "run", folder)
    records = sorted(without_seconds(tmp_path / "run"), key=lambda record: record["image_id"])
    assert [record["instances"] for record in records] == [record["instances"] for record in whole]


def test_records_without_their_settings_are_not_gone_on_with(folder, tmp_path):
    made_run(tmp_path, folder, limit=1)
    (tmp_path / "run.json").unlink()
    with pytest.raises(InputError, match=r"run\.json is gone: give --restart"):
        made_run(tmp_path, folder, limit=1, seed=3)
    (tmp_path / "report.html").write_text("of before")
    made_run(tmp_path, folder, limit=2, seed=3, restart=True)
    assert len(without_seconds(tmp_path)) == 2
    assert not (tmp_path / "report.html").exists()


def test_numbers_that_are_not_finite_stop_the_run(folder, tmp_path):
    class Broken:
        def answer(self, *_):
            raise WeightsError("Expected finite numbers from the network, but got NaN.")

    with pytest.raises(WeightsError, match="finite"):
        made_run(tmp_path, folder, source=Broken())
    assert without_seconds(tmp_path) == []


def test_two_processes_do_not_share_a_run(folder, tmp_path):
    with FileLock(tmp_path / ".lock"), pytest.raises(InputError, match="another process is at work"):
        made_run(tmp_path, folder)


def test_other_settings_need_a_restart(folder, tmp_path):
    made_run(tmp_path, folder, limit=2)
    with pytest.raises(InputError, match="seed: was 0 and is 1"):
        made_run(tmp_path, folder, limit=2, seed=1)
    assert len(without_seconds(tmp_path)) == 2
    made_run(tmp_path, folder, limit=3, seed=1, restart=True)
    assert len(without_seconds(tmp_path)) == 3


def test_a_limit_chooses_by_the_seed(folder, tmp_path):
    chosen = []
    for seed in range(6):
        made_run(tmp_path / str(seed), folder, protocols=("box",), limit=2, seed=seed)
        chosen.append(tuple(record["image_id"] for record in record_file(tmp_path / str(seed), "made")))
    assert all(len(ids) == 2 for ids in chosen)
    assert len(set(chosen)) > 1


def test_what_cannot_be_used_is_said_and_the_rest_goes_on(tmp_path, whole):
    folder = make_folder(tmp_path / "bad", images=4)
    (folder / "images" / "1.png").write_bytes(b"\x89PNG\r\n\x1a\nbroken")
    Image.new("L", (50, 40)).save(folder / "images" / "2.png")

    def damage(document):
        document["annotations"][4]["segmentation"]["counts"] = "zz"
        document["annotations"][5]["segmentation"]["size"] = [1, 1]
        document["annotations"][5]["iscrowd"] = 0

    edit(folder, damage)
    made_run(tmp_path / "run", folder)
    records = without_seconds(tmp_path / "run")
    assert [len(record["instances"]) for record in records] == [0, 0, 0, 2]
    assert records[3]["instances"] == whole[3]["instances"]
    reasons = [entry["reason"] for record in records for entry in record["skipped"]]
    reasons += [entry["reason"] for entry in skipped_when_read(tmp_path / "run", "made")]
    assert len(reasons) == 4
    assert any("128 x 96 pixels as the annotations say" in reason for reason in reasons)


def test_calibrated_images_are_measured_in_mm(tmp_path):
    folder = make_folder(tmp_path / "mm", images=1, spacing_mm=[0.5, 0.25])
    made_run(tmp_path / "run", folder, protocols=("box",))
    (record,) = record_file(tmp_path / "run", "made")
    for instance in record["instances"]:
        assert instance["spacing_mm"] == [0.5, 0.25]
        assert instance["answers"][0]["hd95_mm"] is not None


def test_a_data_sets_name_is_no_path(tmp_path):
    folder = make_folder(tmp_path / "data", images=1, name="../../sly/name")
    made_run(tmp_path / "run", folder, protocols=("box",))
    assert all(path.is_relative_to(tmp_path) for path in tmp_path.rglob("*.jsonl"))
    assert [path.parent.name for path in tmp_path.rglob("*.jsonl")] == ["records"]


def test_lines_are_plain_json(folder, tmp_path):
    made_run(tmp_path, folder, limit=1)
    (line,) = record_file(tmp_path, "made").path.read_text().splitlines()
    assert json.loads(line)["image"].endswith(".png")
