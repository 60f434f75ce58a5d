"""A COCO folder as Parquet shards: images and masks in one stream, as large training runs read them."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

from ultrasam.corpus.coco.document import read_document
from ultrasam.corpus.coco.image_files import ImageFiles
from ultrasam.corpus.coco.splits import PARTS
from ultrasam.extras import require
from ultrasam.files import written_whole

PARQUET = "parquet"
#: Bytes of images in one shard, about.
SHARD_BYTES = 256 * 2**20
#: Bytes of images that are held at a time, and that a reader takes at a time.
_GROUP_BYTES = 16 * 2**20
_KEPT = ("width", "height", "patient", "sequence", "frame", "spacing_mm", "source")
_PARTS = (*PARTS, "unsplit")


def write_parquet(coco_file: Path, folder: Path, *, shard_bytes: int = SHARD_BYTES) -> list[Path]:
    """Write ``train-00000.parquet``, …: one row per image, with its file's bytes and its objects.

    Columns: ``image`` (``{"bytes", "path"}``, which Hugging Face ``datasets`` shows as a picture), ``image_id``,
    ``width``, ``height``, ``patient``, ``sequence``, ``frame``, ``spacing_mm``, ``labels`` (JSON), ``licence``,
    ``source``, and ``objects``: a list of ``{"category", "structure", "area", "bbox", "counts"}``, where counts are
    COCO's compressed run lengths of a mask of the image's size. The same input gives the same bytes.

    Args:
        coco_file: of a folder with images.
        folder: where the shards go; those of an earlier run are replaced.
        shard_bytes: images of so many bytes go into one shard.

    Returns:
        the shards, in order.

    Raises:
        InputError: the COCO file is damaged.
        MissingExtraError: the extra ``data`` is not installed.
    """
    arrow = require("pyarrow", needed_for="Parquet shards")
    parquet = require("pyarrow.parquet", needed_for="Parquet shards")
    document = read_document(coco_file)
    features = {"info": {"features": {"image": {"_type": "Image"}}}}
    schema = _schema(arrow).with_metadata({"huggingface": json.dumps(features)})
    written = []
    for part in _PARTS:
        rows = _rows(document, part, ImageFiles(coco_file))
        for number, shard in enumerate(_shards(rows, shard_bytes)):
            path = folder / f"{part}-{number:05}.parquet"
            with written_whole(path) as temporary, parquet.ParquetWriter(temporary, schema) as writer:
                for group in shard:
                    writer.write_table(arrow.Table.from_pylist(group, schema))
            written.append(path)
    for old in set(folder.glob("*.parquet")) - set(written):
        old.unlink()
    return written


def _rows(document: dict[str, Any], part: str, files: ImageFiles) -> Iterator[dict[str, Any]]:
    categories = {entry["id"]: entry for entry in document["categories"]}
    licences = {entry["id"]: entry["name"] for entry in document.get("licenses", [])}
    objects = defaultdict(list)
    for entry in document["annotations"]:
        category = categories[entry["category_id"]]
        objects[entry["image_id"]].append(
            {
                "category": category["name"],
                "structure": category.get("structure"),
                "area": int(entry["area"]),
                "bbox": [float(number) for number in entry["bbox"]],
                "counts": entry["segmentation"]["counts"],
            }
        )
    for entry in document["images"]:
        if entry.get("split", _PARTS[-1]) != part:
            continue
        yield {
            "image": {"bytes": files.find(entry["file_name"]).read_bytes(), "path": entry["file_name"]},
            "image_id": entry["id"],
            **{key: entry.get(key) for key in _KEPT},
            "labels": json.dumps(entry.get("labels", {}), ensure_ascii=False),
            "licence": licences.get(entry.get("license")),
            "objects": objects[entry["id"]],
        }


def _shards(rows: Iterator[dict[str, Any]], shard_bytes: int) -> Iterator[Iterator[list[dict[str, Any]]]]:
    """Rows by shard and by group; a shard's groups are made one after the other, while it is written."""
    for first in rows:
        yield _groups(chain([first], rows), shard_bytes)


def _groups(rows: Iterator[dict[str, Any]], shard_bytes: int) -> Iterator[list[dict[str, Any]]]:
    """Groups of rows, until a shard is full."""
    held, group, group_bytes = 0, [], 0
    for row in rows:
        group.append(row)
        group_bytes += len(row["image"]["bytes"])
        is_full = held + group_bytes >= shard_bytes
        if is_full or group_bytes >= _GROUP_BYTES:
            yield group
            held, group, group_bytes = held + group_bytes, [], 0
        if is_full:
            return
    if group:
        yield group


def _schema(arrow: Any) -> Any:
    entry = {
        "category": arrow.string(),
        "structure": arrow.string(),
        "area": arrow.int64(),
        "bbox": arrow.list_(arrow.float64()),
        "counts": arrow.string(),
    }
    columns = {
        "image": arrow.struct({"bytes": arrow.binary(), "path": arrow.string()}),
        "image_id": arrow.int64(),
        "width": arrow.int32(),
        "height": arrow.int32(),
        "patient": arrow.string(),
        "sequence": arrow.string(),
        "frame": arrow.int32(),
        "spacing_mm": arrow.list_(arrow.float64()),
        "source": arrow.string(),
        "labels": arrow.string(),
        "licence": arrow.string(),
        "objects": arrow.list_(arrow.struct(entry)),
    }
    return arrow.schema(columns)
