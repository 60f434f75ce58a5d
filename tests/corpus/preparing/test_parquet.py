import json
from dataclasses import replace

import numpy as np
import pyarrow.parquet as pq
import pytest

from tests.corpus.preparing.made_busi import made_busi
from tests.corpus.preparing.test_prepare import CARD
from ultrasam.corpus.preparing import Options, prepare
from ultrasam.corpus.preparing.parquet import write_parquet
from ultrasam.imaging import rle_to_mask


@pytest.fixture
def source(tmp_path):
    return made_busi(tmp_path / "source")


def rows(folder):
    return [row for path in sorted(folder.glob("*.parquet")) for row in pq.read_table(path).to_pylist()]


def test_shards_hold_what_the_coco_folder_holds(source, tmp_path):
    prepare(CARD, source, tmp_path / "coco")
    prepare(CARD, source, tmp_path / "shards", Options(format="parquet"))
    document = json.loads((tmp_path / "coco/BUSI/coco.json").read_text())
    names = {entry["id"]: entry["name"] for entry in document["categories"]}
    found = {row["image_id"]: row for row in rows(tmp_path / "shards/BUSI/parquet")}
    assert found.keys() == {entry["id"] for entry in document["images"]}
    for entry in document["images"]:
        row = found[entry["id"]]
        assert row["image"]["bytes"] == (tmp_path / "coco/BUSI/images" / entry["file_name"]).read_bytes()
        assert (row["width"], row["height"], row["source"]) == (entry["width"], entry["height"], entry["source"])
        assert json.loads(row["labels"]) == entry["labels"]
    for entry in document["annotations"]:
        row = found[entry["image_id"]]
        masks = [rle_to_mask({"size": (row["height"], row["width"]), "counts": o["counts"]}) for o in row["objects"]]
        assert any(np.array_equal(mask, rle_to_mask(entry["segmentation"])) for mask in masks)
        assert {o["category"] for o in row["objects"]} == {names[entry["category_id"]]}


def test_splits_lie_in_files_of_their_own(source, tmp_path):
    report = prepare(CARD, source, tmp_path / "corpus", Options(format="parquet"))
    folder = tmp_path / "corpus/BUSI/parquet"
    counts = {part: sum(pq.read_metadata(p).num_rows for p in folder.glob(f"{part}-*")) for part in report.splits}
    assert counts == report.splits


def test_images_are_not_kept_twice_and_a_second_run_does_nothing(source, tmp_path):
    prepare(CARD, source, tmp_path / "corpus", Options(format="parquet"))
    folder = tmp_path / "corpus/BUSI"
    assert not (folder / "images").exists()
    assert not (folder / "coco.json").exists()
    before = {path: path.stat().st_mtime_ns for path in (folder / "parquet").iterdir()}
    assert prepare(CARD, source, tmp_path / "corpus", Options(format="parquet")).converted == 0
    assert {path: path.stat().st_mtime_ns for path in (folder / "parquet").iterdir()} == before


def test_one_can_go_from_one_format_to_the_other(source, tmp_path):
    prepare(CARD, source, tmp_path / "corpus", Options(format="parquet"))
    assert prepare(CARD, source, tmp_path / "corpus").converted == 4
    folder = tmp_path / "corpus/BUSI"
    assert (folder / "coco.json").exists()
    assert not (folder / "parquet").exists()
    assert prepare(CARD, source, tmp_path / "corpus", Options(format="parquet")).converted == 0
    assert len(rows(folder / "parquet")) == 4


def test_shards_are_of_bounded_size_and_the_same_each_time(source, tmp_path):
    prepare(CARD, source, tmp_path / "corpus")
    coco = tmp_path / "corpus/BUSI/coco.json"
    first = write_parquet(coco, tmp_path / "first", shard_bytes=1)
    second = write_parquet(coco, tmp_path / "second", shard_bytes=1)
    assert len(first) == 4
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]


def test_shards_of_an_earlier_run_do_not_stay(source, tmp_path):
    prepare(CARD, source, tmp_path / "corpus")
    coco = tmp_path / "corpus/BUSI/coco.json"
    write_parquet(coco, tmp_path / "shards", shard_bytes=1)
    assert set(write_parquet(coco, tmp_path / "shards")) == set((tmp_path / "shards").iterdir())


def test_shards_are_made_anew_where_their_content_changes_though_no_image_does(source, tmp_path):
    prepare(CARD, source, tmp_path / "corpus", Options(format="parquet"))
    before = {row["image_id"]: row["licence"] for row in rows(tmp_path / "corpus/BUSI/parquet")}
    prepare(replace(CARD, licence="CC BY 4.0"), source, tmp_path / "corpus", Options(format="parquet"))
    after = {row["image_id"]: row["licence"] for row in rows(tmp_path / "corpus/BUSI/parquet")}
    assert before.keys() == after.keys()
    assert set(after.values()) == {"CC BY 4.0"}
