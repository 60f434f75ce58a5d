import pytest

from tests.server.project.made import change, first_image, new_id, object_document, open_project
from ultrasam.server.project import Move, SyncResult, Unclaimed


def names(page):
    return [row.name for row in page.rows]


def found(**counts):
    """What looking through the folder told; what is not said is 0."""
    return SyncResult(**{**dict.fromkeys(("added", "moved", "missing", "total", "unusable"), 0), **counts})


def worked_on(project, name="a.png"):
    """The id of an image that has an object."""
    image_id = first_image(project, name)
    project.apply(image_id, change(put=[object_document()]))
    return image_id


def test_a_folder_is_taken_over_in_natural_order(project):
    assert project.sync_folder(["b10.png", "B2.png", "sub/1.dcm"]) == found(added=3, total=3)
    assert names(project.images()) == ["B2.png", "b10.png", "sub/1.dcm"]
    row = project.images().rows[0]
    assert (row.state, row.objects, row.revision, row.is_upload, row.is_missing, row.facts) == (
        "new",
        0,
        0,
        False,
        False,
        None,
    )


def test_what_goes_is_marked_and_keeps_its_work_when_it_comes_back(project):
    image_id = first_image(project)
    project.apply(image_id, change(put=[object_document()]))
    assert project.sync_folder(["b.png"]) == found(added=1, missing=1, total=1)
    assert project.image(image_id).is_missing
    assert project.sync_folder(["b.png"]) == found(missing=1, total=1)
    assert project.image(image_id).is_missing
    assert project.sync_folder(["a.png", "b.png"]) == found(total=2)
    assert not project.image(image_id).is_missing
    assert len(project.items(image_id)) == 1


def test_a_name_that_is_no_unicode_is_left_out_and_counted(project):
    assert project.sync_folder(["good.png", b"b\xffd.png".decode("utf-8", "surrogateescape")]) == found(
        added=1, total=1, unusable=1
    )
    assert names(project.images()) == ["good.png"]


def test_ids_stay_when_the_project_is_opened_again(tmp_path):
    project = open_project(tmp_path)
    image_id = first_image(project)
    project.close()
    again = open_project(tmp_path)
    again.sync_folder(["a.png"])
    assert [row.id for row in again.images().rows] == [image_id]
    again.close()


def test_an_image_gets_the_name_that_its_file_has_now(project):
    image_id = worked_on(project, "Scan 2.png")
    first_image(project, "scan 3.png")
    project.note_facts(image_id, {"fingerprint": "a"})
    before = project.image(image_id)
    move = Move(image_id, "Scan 2.png", "lïver/10.png")
    assert project.sync_folder(["lïver/10.png", "scan 3.png"], [move]) == found(moved=1, total=2)
    row = project.image(image_id)
    assert (row.name, row.is_missing) == ("lïver/10.png", False)
    assert (row.facts, row.objects, row.revision, row.state) == ({"fingerprint": "a"}, 1, 1, before.state)
    # It is found and sorted by its new name alone.
    assert names(project.images(search="LÏVER")) == ["lïver/10.png"]
    assert names(project.images(search="scan")) == ["scan 3.png"]
    assert names(project.images()) == ["lïver/10.png", "scan 3.png"]
    assert len(project.history(image_id)) == 1


def test_what_was_missing_for_long_can_come_back_under_another_name(project):
    image_id = worked_on(project)
    project.sync_folder([])
    assert project.sync_folder(["b.png"], [Move(image_id, "a.png", "b.png")]) == found(moved=1, total=1)
    assert not project.image(image_id).is_missing


def test_lost_is_what_was_worked_on_and_is_not_there(project):
    gone, there = worked_on(project, "a.png"), worked_on(project, "b.png")
    first_image(project, "c.png")
    upload = project.add_upload("d.png", "1/d.png")
    project.apply(upload.id, change(put=[object_document()]))
    assert [row.id for row in project.lost(["b.png"])] == [gone]
    project.sync_folder(["b.png"])
    assert [row.id for row in project.lost(["b.png"])] == [gone]
    assert [row.id for row in project.lost([])] == [gone, there]
    assert project.lost(["a.png", "b.png"]) == []


def test_unclaimed_is_what_nobody_worked_on(project):
    worked_on(project, "worked on.png")
    worked_on(project, "back with work.png")
    for name in ("opened.png", "back.png", "back and opened.png"):
        first_image(project, name)
    for name in ("opened.png", "back and opened.png"):
        project.note_facts(first_image(project, name), {})
    first_image(project, "unopened.png")
    project.sync_folder(["worked on.png", "opened.png", "unopened.png"])
    project.add_upload("upload.png", "1/upload.png")
    everything = ["upload.png", *(row.name for row in project.images().rows if not row.is_upload)]
    unclaimed = project.unclaimed(everything)
    assert sorted(unclaimed.new) == ["back and opened.png", "back.png", "upload.png"]
    assert unclaimed.unopened == ["unopened.png"]
    assert project.unclaimed([]) == Unclaimed([], [])


def test_an_image_without_work_makes_room(project):
    image_id = worked_on(project, "a.png")
    for name in ("missing.png", "unopened.png"):
        other = first_image(project, name)
        if name == "missing.png":
            project.note_facts(other, {})
            project.sync_folder(["a.png"])
        moved = project.sync_folder([name], [Move(image_id, project.image(image_id).name, name)])
        assert moved == found(moved=1, total=1)
        assert [(row.id, row.name) for row in project.images().rows] == [(image_id, name)]


def test_a_move_that_does_not_hold_any_more_is_passed_over(project):
    image_id, other = worked_on(project, "a.png"), worked_on(project, "b.png")
    opened = first_image(project, "opened.png")
    project.note_facts(opened, {})
    upload = project.add_upload("upload.png", "1/upload.png")
    there = ["b.png", "opened.png", "new.png"]
    for move in (
        Move(image_id, "a.png", "b.png"),  # somebody worked on it meanwhile
        Move(image_id, "a.png", "opened.png"),  # it was opened meanwhile
        Move(image_id, "a.png", "gone.png"),
        Move(image_id, "former.png", "new.png"),  # it was renamed meanwhile
        Move(other, "b.png", "new.png"),  # its file is back
        Move(upload.id, "upload.png", "new.png"),
        Move(new_id(), "a.png", "new.png"),
    ):
        assert project.sync_folder(there, [move]).moved == 0, move
    kept = {row.id: (row.name, row.is_missing) for row in project.images().rows}
    assert [kept[each] for each in (image_id, other, opened, upload.id)] == [
        ("a.png", True),
        ("b.png", False),
        ("opened.png", False),
        ("upload.png", False),
    ]


def test_an_upload_is_not_moved_and_makes_no_room(project):
    image_id = worked_on(project, "a.png")
    upload = project.add_upload("b.png", "1/b.png")
    assert project.sync_folder(["b.png"], [Move(image_id, "a.png", "b.png")]) == found(moved=1, total=1)
    assert sorted((row.name, row.is_upload) for row in project.images().rows) == [("b.png", False), ("b.png", True)]
    assert project.image(upload.id).stored == "1/b.png"


def test_nothing_is_renamed_where_the_folder_cannot_be_taken_over(project, monkeypatch):
    image_id = worked_on(project, "a.png")

    def interrupted():
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr("ultrasam.server.project.folder.uuid.uuid4", interrupted)
        with pytest.raises(RuntimeError):
            project.sync_folder(["b.png", "c.png"], [Move(image_id, "a.png", "b.png")])
    assert [(row.name, row.is_missing) for row in project.images().rows] == [("a.png", False)]
    assert project.sync_folder(["b.png", "c.png"], [Move(image_id, "a.png", "b.png")]).moved == 1
