import logging
import os
import shutil
import threading
from types import SimpleNamespace

import pytest

from tests.server.project.made import change, open_project, ruler_document
from tests.server.serving import folder_of, picture
from ultrasam.server import moves
from ultrasam.server.images import Images
from ultrasam.server.library import Library


@pytest.fixture
def place(tmp_path):
    """A folder of three images of one size in bytes and another one, as the workbench has it."""
    folder = folder_of(tmp_path / "images", ["a.png", "b.png", "liver/c.png"])
    (folder / "small.png").write_bytes(picture(9, (20, 30)))
    project = open_project(tmp_path)
    library = Library(folder, tmp_path / "uploads", 10**6)
    images = Images(project, library)
    images.begin()
    yield SimpleNamespace(folder=folder, project=project, library=library, images=images)
    library.close()
    project.close()


def listed(place):
    """Id and whether the file is missing of each image of the folder, by name."""
    rows = place.project.images(limit=None).rows
    return {row.name: (row.id, row.is_missing) for row in rows if not row.is_upload}


def annotated(place, name):
    """The id of an image that was opened and has a ruler."""
    image_id, _ = listed(place)[name]
    revision = place.images.detail(image_id).revision
    put = ruler_document(revision + 1, **{"from": [1.0, 1.0], "to": [9.0, 9.0]})
    place.project.apply(image_id, change(revision, put=[put]))
    return image_id


def rename(place, before, after):
    target = place.folder / after
    target.parent.mkdir(parents=True, exist_ok=True)
    (place.folder / before).rename(target)


def told(place):
    """What reading the folder again says."""
    rescan = place.images.rescan()
    return rescan.added, rescan.moved, rescan.missing


@pytest.mark.parametrize("after", ["z.png", "liver/a.png", "new/folder/x.png", "a.PNG"])
def test_annotations_go_along_with_a_file(place, after):
    image_id = annotated(place, "a.png")
    rename(place, "a.png", after)
    assert told(place) == (0, 1, 0)
    assert listed(place)[after] == (image_id, False)
    assert len(listed(place)) == 4
    detail = place.images.detail(image_id)
    assert (detail.name, len(detail.items), detail.changed_on_disk, detail.is_missing) == (after, 1, False, False)
    assert told(place) == (0, 0, 0)


def test_a_file_that_was_copied_and_then_deleted_is_moved(place):
    image_id = annotated(place, "a.png")
    (place.folder / "z.png").write_bytes((place.folder / "a.png").read_bytes())
    os.utime(place.folder / "z.png", ns=(1, 1))
    (place.folder / "a.png").unlink()
    assert told(place) == (0, 1, 0)
    assert not place.images.detail(image_id).changed_on_disk


def test_all_files_of_a_folder_that_is_renamed_are_moved(place):
    folder_of(place.folder, [f"old/{number}.png" for number in range(12)])
    place.images.rescan()
    ids = {f"new/{number}.png": annotated(place, f"old/{number}.png") for number in range(0, 12, 2)}
    (place.folder / "old").rename(place.folder / "new")
    # Those without work are new, and their former names missing.
    assert told(place) == (6, 6, 6)
    assert {name: listed(place)[name][0] for name in ids} == ids
    assert sum(name.startswith("old/") for name in listed(place)) == 6


def test_files_that_exchanged_their_content_are_not_mixed_up(place):
    first, second = annotated(place, "a.png"), annotated(place, "b.png")
    rename(place, "a.png", "x.png")
    rename(place, "b.png", "y.png")
    assert told(place) == (0, 2, 0)
    assert [listed(place)[name] for name in ("x.png", "y.png")] == [(first, False), (second, False)]
    # Under each other's names both are there: that they are others is told when they are opened.
    for before, after in (("x.png", "z.png"), ("y.png", "x.png"), ("z.png", "y.png")):
        rename(place, before, after)
    assert told(place) == (0, 0, 0)
    assert [listed(place)[name][0] for name in ("x.png", "y.png")] == [first, second]
    assert place.images.detail(first).changed_on_disk
    assert place.images.detail(second).changed_on_disk


def test_there_and_back(place):
    image_id = annotated(place, "a.png")
    for before, after in (("a.png", "z.png"), ("z.png", "a.png"), ("a.png", "z.png")):
        rename(place, before, after)
        assert told(place) == (0, 1, 0)
        assert listed(place)[after] == (image_id, False)
        assert len(listed(place)) == 4


def test_there_without_work_and_back_with_some(place):
    former, _ = listed(place)["a.png"]
    place.images.detail(former)
    rename(place, "a.png", "z.png")
    assert told(place) == (1, 0, 1)
    image_id = annotated(place, "z.png")
    rename(place, "z.png", "a.png")
    assert told(place) == (0, 1, 0)
    assert listed(place)["a.png"] == (image_id, False)
    assert len(listed(place)) == 4


def test_a_file_that_was_renamed_and_changed_is_another_one(place):
    image_id = annotated(place, "a.png")
    rename(place, "a.png", "z.png")
    content = bytearray((place.folder / "z.png").read_bytes())
    content[-20] ^= 1
    (place.folder / "z.png").write_bytes(content)
    assert told(place) == (1, 0, 1)
    assert listed(place)["a.png"] == (image_id, True)
    assert len(place.project.items(image_id)) == 1


def test_a_file_that_was_changed_and_opened_before_it_was_renamed_keeps_its_warning(place):
    image_id = annotated(place, "a.png")
    (place.folder / "a.png").write_bytes(picture(20))
    assert place.images.detail(image_id).changed_on_disk
    rename(place, "a.png", "z.png")
    assert told(place) == (0, 1, 0)
    assert place.images.detail(image_id).changed_on_disk


def test_a_file_that_does_not_come_back_stays_missing(place):
    image_id = annotated(place, "a.png")
    (place.folder / "a.png").unlink()
    for _ in range(2):
        assert told(place) == (0, 0, 1)
    assert listed(place)["a.png"] == (image_id, True)
    (place.folder / "a.png").write_bytes(picture(0))
    assert told(place) == (0, 0, 0)
    assert listed(place)["a.png"] == (image_id, False)


def test_an_image_without_work_is_not_looked_for(place, monkeypatch):
    image_id, _ = listed(place)["a.png"]
    place.images.detail(image_id)
    rename(place, "a.png", "z.png")
    monkeypatch.setattr(place.library, "peek", lambda name: pytest.fail("a file was looked at"))
    assert told(place) == (1, 0, 1)


def test_one_of_two_equal_files_is_that_of_the_same_name(place):
    image_id = annotated(place, "a.png")
    rename(place, "a.png", "x/a.png")
    shutil.copy2(place.folder / "x/a.png", place.folder / "copy.png")
    assert told(place) == (1, 1, 0)
    assert listed(place)["x/a.png"] == (image_id, False)


def test_equal_files_with_work_each_keep_their_own(place):
    shutil.copy2(place.folder / "a.png", place.folder / "twin.png")
    place.images.rescan()
    ids = [annotated(place, name) for name in ("a.png", "twin.png")]
    for name in ("a.png", "twin.png"):
        rename(place, name, f"x/{name}")
    assert told(place) == (0, 2, 0)
    assert [listed(place)[name][0] for name in ("x/a.png", "x/twin.png")] == ids


@pytest.mark.parametrize("twin_has_work", [False, True])
def test_where_it_cannot_be_told_whose_a_file_is_nothing_is_done_and_that_is_said(place, caplog, twin_has_work):
    shutil.copy2(place.folder / "a.png", place.folder / "twin.png")
    place.images.rescan()
    image_id = annotated(place, "a.png")
    if twin_has_work:
        annotated(place, "twin.png")
    rename(place, "a.png", "x.png")
    rename(place, "twin.png", "y.png")
    with caplog.at_level(logging.WARNING, "ultrasam"):
        assert told(place) == (2, 0, 2)
    assert "same content" in caplog.text
    assert ".png" not in caplog.text
    assert listed(place)["a.png"] == (image_id, True)
    # What the message advises.
    rename(place, "x.png", "a.png")
    assert told(place)[1] == (1 if twin_has_work else 0)
    assert listed(place)["a.png"] == (image_id, False)


def test_what_is_no_question_is_not_said_to_be_one(place, caplog):
    annotated(place, "a.png")
    annotated(place, "b.png")
    rename(place, "a.png", "z.png")
    (place.folder / "b.png").unlink()
    with caplog.at_level(logging.INFO, "ultrasam"):
        assert told(place) == (0, 1, 1)
    assert [record.levelname for record in caplog.records] == ["INFO"]


def test_a_copy_that_was_listed_before_the_first_was_deleted(place):
    image_id = annotated(place, "a.png")
    shutil.copy2(place.folder / "a.png", place.folder / "z.png")
    assert told(place) == (1, 0, 0)
    (place.folder / "a.png").unlink()
    assert told(place) == (0, 1, 0)
    assert listed(place)["z.png"] == (image_id, False)
    assert len(listed(place)) == 4


def test_a_copy_that_was_opened_stays_an_image_of_its_own(place):
    image_id = annotated(place, "a.png")
    shutil.copy2(place.folder / "a.png", place.folder / "z.png")
    place.images.rescan()
    copied, _ = listed(place)["z.png"]
    place.images.detail(copied)
    (place.folder / "a.png").unlink()
    assert told(place) == (0, 0, 1)
    assert (listed(place)["a.png"], listed(place)["z.png"]) == ((image_id, True), (copied, False))


def test_what_is_done_to_an_open_image_after_its_file_was_renamed_finds_it(place):
    image_id, _ = listed(place)["a.png"]
    place.images.detail(image_id)
    rename(place, "a.png", "z.png")
    assert told(place) == (1, 0, 1)
    place.project.apply(image_id, change(put=[ruler_document()]))
    assert told(place) == (0, 1, 0)
    assert listed(place)["z.png"] == (image_id, False)


def test_files_are_read_only_where_one_of_their_size_is_lost(place, monkeypatch):
    read = []
    monkeypatch.setattr(moves, "fingerprint_of", lambda path: read.append(path.name) or "")
    annotated(place, "a.png")
    annotated(place, "small.png")
    for number in range(5):
        (place.folder / f"new {number}.png").write_bytes(picture(50 + number, (10, 10 + number)))
    monkeypatch.setattr(place.library, "peek", lambda name: pytest.fail("a file was looked at"))
    assert told(place) == (5, 0, 0)
    monkeypatch.undo()
    monkeypatch.setattr(moves, "fingerprint_of", lambda path: read.append(path.name) or "")
    rename(place, "small.png", "smaller.png")
    (place.folder / "newest.png").write_bytes(picture(60, (10, 10)))
    assert told(place) == (2, 0, 1)
    assert read == ["smaller.png"]


def test_a_new_file_that_cannot_be_read_is_an_image_of_its_own(place, monkeypatch):
    image_id = annotated(place, "a.png")
    rename(place, "a.png", "z.png")

    def refused(path):
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patch:
        patch.setattr(moves, "fingerprint_of", refused)
        assert told(place) == (1, 0, 1)
    # Once it can be read it is known.
    assert told(place) == (0, 1, 0)
    assert listed(place)["z.png"] == (image_id, False)


def test_an_interrupted_one_is_made_up_for(place, monkeypatch):
    image_id = annotated(place, "a.png")
    rename(place, "a.png", "z.png")
    before = listed(place)

    def interrupted(*_):
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr(place.project, "sync_folder", interrupted)
        with pytest.raises(RuntimeError):
            place.images.rescan()
    assert listed(place) == before
    assert told(place) == (0, 1, 0)
    assert listed(place)["z.png"] == (image_id, False)


def test_others_save_while_files_are_read(place, monkeypatch):
    image_id = annotated(place, "a.png")
    other = annotated(place, "b.png")
    rename(place, "a.png", "z.png")
    saved = []

    def slow(path):
        saving = threading.Thread(
            target=lambda: saved.append(place.project.apply(other, change(1, put=[ruler_document(77)]))), daemon=True
        )
        saving.start()
        saving.join(10)
        return content(path)

    content = moves.fingerprint_of
    monkeypatch.setattr(moves, "fingerprint_of", slow)
    assert told(place) == (0, 1, 0)
    assert saved == [2]
    assert listed(place)["z.png"] == (image_id, False)


def test_who_looks_later_does_not_know_less(place, monkeypatch):
    image_id = annotated(place, "a.png")
    scan, second = place.library.scan, threading.Thread(target=place.images.rescan, daemon=True)

    def overtaken():
        names = scan()
        monkeypatch.setattr(place.library, "scan", scan)
        rename(place, "a.png", "z.png")
        second.start()
        second.join(0.5)
        return names

    monkeypatch.setattr(place.library, "scan", overtaken)
    place.images.rescan()
    second.join(10)
    assert listed(place)["z.png"] == (image_id, False)
    assert len(listed(place)) == 4


def test_uploads_are_left_alone(place):
    stored = "0123456789abcdef/a.png"
    upload = place.folder.parent / "uploads" / stored
    upload.parent.mkdir(parents=True)
    shutil.copy2(place.folder / "a.png", upload)
    row = place.project.add_upload("a.png", stored)
    place.images.detail(row.id)
    place.project.apply(row.id, change(put=[ruler_document()]))
    upload.unlink()
    (place.folder / "a.png").unlink()
    (place.folder / "z.png").write_bytes(picture(0))
    assert told(place) == (1, 0, 1)
    assert place.project.image(row.id).name == "a.png"
    assert listed(place)["z.png"][0] != row.id


def meta_image(folder, name, value):
    """A header ``NAME.mhd`` and its pixels of one value, in ``pixels.raw`` beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "pixels.raw").write_bytes(bytes([value]) * (40 * 30))
    (folder / f"{name}.mhd").write_text(
        "ObjectType = Image\nNDims = 2\nDimSize = 40 30\nElementType = MET_UCHAR\nElementDataFile = pixels.raw\n"
    )


def test_a_header_is_known_by_its_pixels_too(place):
    for value in (1, 2):
        meta_image(place.folder / f"case {value}", "scan", value)
    place.images.rescan()
    first, second = (annotated(place, f"case {value}/scan.mhd") for value in (1, 2))
    (place.folder / "case 1").rename(place.folder / "x")
    (place.folder / "case 2").rename(place.folder / "y")
    assert told(place) == (0, 2, 0)
    assert [listed(place)[name] for name in ("x/scan.mhd", "y/scan.mhd")] == [(first, False), (second, False)]
    # The same header with other pixels of the same size.
    shutil.rmtree(place.folder / "x")
    meta_image(place.folder / "z", "scan", 3)
    assert told(place) == (1, 0, 1)
    assert listed(place)["x/scan.mhd"] == (first, True)


def test_a_project_that_is_opened_finds_what_was_renamed_meanwhile(place):
    image_id = annotated(place, "a.png")
    rename(place, "a.png", "z.png")
    Images(place.project, place.library).begin()
    assert listed(place)["z.png"] == (image_id, False)


def test_one_whose_file_was_never_noted_stays_missing(place):
    image_id = annotated(place, "a.png")
    for facts in ({}, {"fingerprint": "x"}, {"fingerprint": "x", "file": {"size": 1}}, {"file": None}):
        place.project.note_facts(image_id, facts)
        assert moves.find_moves(place.project, place.library, ["z.png"]) == []
