"""The archive as a whole: what is in it, what is not, and what when it cannot be written."""

import errno
import json
import tracemalloc
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

import ultrasam
from tests.server.exporting.made_project import (
    CINE,
    MODEL,
    about,
    add_cine,
    add_example,
    add_picture,
    ellipse,
    new_id,
    thing,
)
from ultrasam.corpus.coco.folder import CocoFolder
from ultrasam.corpus.verifying import verify
from ultrasam.errors import InputError
from ultrasam.imaging import read_mask
from ultrasam.server.exporting import ExportFormat, write_archive
from ultrasam.server.refusals import Full


def test_only_chosen_states_and_empty_images_that_are_done(made):
    for name in ("a.png", "b.png", "c.png"):
        size = add_picture(made, name)
    made.draw("a.png", about(state="done"))
    made.draw("b.png", thing(ellipse(size, (30, 30), (9, 9))), about(state="done"))
    made.draw("c.png", thing(ellipse(size, (30, 30), (9, 9))))
    folder, said, _ = made.export("coco", "png", states=("done",))
    assert [(image.file_name, len(image.instances)) for image in CocoFolder.read(folder).images] == [
        ("a.png", 0),
        ("b.png", 1),
    ]
    assert not read_mask(folder / "labels/a.png").any()
    # Pictures of masks are no images that were forgotten; what else lies there is.
    (folder / "more").mkdir()
    (folder / "more/d.png").touch()
    warnings = verify(folder / "coco.json").warnings
    assert [finding.where for finding in warnings if finding.kind == "unnamed_files"] == ["folder more"]
    assert (said["states"], [image["image"] for image in said["images"]]) == (["done"], ["a.png", "b.png"])
    folder, said, _ = made.export("coco", states=("new",))
    assert said["counts"]["images"] == 0
    assert json.loads((folder / "coco.json").read_text())["images"] == []


def test_what_is_missing_or_broken_is_told_and_the_rest_exported(made):
    for name in ("broken.png", "good.png", "missing.png", "other_size.png", "none.png"):
        size = add_picture(made, name)
        made.draw(name, thing(ellipse(size, (30, 30), (9, 9))))
    made.draw("good.png", thing(None, position=1), thing(np.zeros(size, np.bool_), position=2))
    (made.folder / "broken.png").write_bytes((made.folder / "broken.png").read_bytes()[:60])
    (made.folder / "missing.png").unlink()
    add_picture(made, "other_size.png", (61, 80))
    made.draw("none.png", about(crop=[3.2, 3.2, 3.8, 3.8]))
    folder, said, _ = made.export()
    assert [image.file_name for image in CocoFolder.read(folder).images] == ["good.png"]
    reasons = {(one["image"], one["frame"], one["object"]): one["reason"] for one in said["left_out"]}
    assert reasons.keys() == {
        ("broken.png", None, None),
        ("good.png", 0, 2),
        ("good.png", 0, 3),
        ("missing.png", None, None),
        ("none.png", None, None),
        ("other_size.png", 0, 1),
    }
    assert reasons["good.png", 0, 2] == "It has no mask yet."
    assert reasons["other_size.png", 0, 1] == (
        "The file was replaced: its mask has 80 x 60 pixels, but its file now has 80 x 61."
    )
    assert "at least one pixel" in reasons["none.png", None, None]
    assert said["counts"]["left_out"] == 6


def test_nothing_says_where_the_files_are_or_who_is_on_them(made):
    add_cine(made)
    add_picture(made, "a.png")
    made.draw("a.png", thing(None), about(note="Jane Doe, born 1970"))
    (made.folder / "a.png").unlink()
    _, size = add_cine(made)
    made.draw(CINE, thing(ellipse(size, (60, 60), (9, 9))))
    folder, said, _ = made.export()
    texts = [path.read_text(encoding="utf-8") for path in folder.rglob("*") if path.suffix in (".json", ".csv")]
    assert not [text for text in texts if str(made.place) in text or "Jane" in text]
    assert said["model"] == MODEL
    assert said["ultrasam"] == ultrasam.__version__


def test_a_full_disk_is_a_refusal_and_is_no_zip(made):
    size = add_example(made)
    made.draw("nerve.png", thing(ellipse(size, (150, 120), (40, 25))))

    class FullDisk(BytesIO):
        def write(self, content):
            if self.tell() + len(content) > 20_000:
                raise OSError(errno.ENOSPC, "No space left on device")
            return super().write(content)

    with pytest.raises(Full, match="the disk is full"):
        write_archive(FullDisk(), made.project, made.library, list(ExportFormat), ["in work"], model={})


def test_no_format_is_an_error(made):
    with pytest.raises(InputError, match="one of the formats coco, png, nifti, csv"):
        write_archive(BytesIO(), made.project, made.library, [], ["done"], model={})


def test_a_long_cine_is_not_held(made):
    """All of 40 frames annotated: neither their pixels nor their masks are in memory together."""
    size = (400, 500)
    pages = [Image.fromarray(np.full(size, value, np.uint8)) for value in range(40)]
    pages[0].save(made.folder / "cine.tif", save_all=True, append_images=pages[1:])
    del pages
    mask, track = ellipse(size, (250, 200), (60, 50)), new_id()
    made.draw("cine.tif", *(thing(mask, frame=t, track=track) for t in range(40)))
    made.export()  # whatever is imported and kept once
    with (made.place / "big.zip").open("wb") as file:
        tracemalloc.start()
        write_archive(file, made.project, made.library, list(ExportFormat), ["in work"], model={})
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak < 15 * mask.nbytes
