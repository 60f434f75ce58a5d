import pytest

from tests.server.project.made import change, first_image, image_document, new_id, object_document
from ultrasam.server.refusals import Conflict, Missing


def names(page):
    return [row.name for row in page.rows]


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("", ["100%_a.png", "1000 a.png", "Ärm.png", "scan_1.png", "scanX1.png"]),
        ("%", ["100%_a.png"]),
        ("_", ["100%_a.png", "scan_1.png"]),
        ("SCAN", ["scan_1.png", "scanX1.png"]),
        ("ärm", ["Ärm.png"]),
        (" a.png ", ["100%_a.png", "1000 a.png"]),
        ("'; DROP TABLE image; --", []),
        ("\\", []),
    ],
)
def test_a_search_is_literal_and_regardless_of_case(project, search, found):
    project.sync_folder(["100%_a.png", "1000 a.png", "Ärm.png", "scan_1.png", "scanX1.png"])
    page = project.images(search=search)
    assert sorted(names(page)) == sorted(found)
    assert page.total == len(found)


def test_pages_are_parts_of_the_whole(project):
    project.sync_folder([f"{n}.png" for n in range(25)])
    pages = [project.images(offset=offset, limit=10) for offset in (0, 10, 20, 30)]
    assert [name for page in pages for name in names(page)] == [f"{n}.png" for n in range(25)]
    assert {page.total for page in pages} == {25}
    assert len(project.images(limit=None).rows) == 25


def test_the_list_can_be_filtered_by_state_and_counts_all(project):
    for name, state in (("a.png", "done"), ("b.png", "in work"), ("c.png", "done")):
        project.apply(first_image(project, name), change(put=[image_document(state=state)]))
    first_image(project, "d.png")
    page = project.images(state="done", search="c")
    assert (names(page), page.total) == (["c.png"], 1)
    assert page.counts == {"new": 1, "in work": 1, "done": 2}


def test_an_unknown_image_is_missing(project):
    for unknown in (new_id(), "", "' OR 1=1", "\udcff"):
        with pytest.raises(Missing):
            project.image(unknown)
    with pytest.raises(Missing):
        project.note_facts(new_id(), {})
    with pytest.raises(Missing):
        project.apply(new_id(), change())


def test_facts_are_kept_as_they_were_noted(project, image_id):
    facts = {"size_hw": [600, 800], "details": {"Model": "größer"}, "mtime_ns": 2**60 + 1, "spacing": None}
    project.note_facts(image_id, facts)
    assert project.image(image_id).facts == facts
    assert project.image(image_id).revision == 0


def test_two_uploads_may_have_one_name(project):
    first_image(project, "scan.png")
    uploads = [project.add_upload("scan.png", f"{n}/scan.png") for n in range(2)]
    assert len({row.id for row in uploads}) == 2
    assert uploads[0].is_upload
    assert names(project.images()) == ["scan.png"] * 3
    project.sync_folder([])
    assert not project.image(uploads[0].id).is_missing


def test_only_an_upload_without_annotations_can_be_removed(project, image_id):
    upload = project.add_upload("scan.png", "1/scan.png")
    project.apply(upload.id, change(put=[object_document()]))
    with pytest.raises(Conflict, match="annotations") as refused:
        project.remove_image(upload.id)
    assert refused.value.revision == 1
    with pytest.raises(Conflict, match="folder"):
        project.remove_image(image_id)
    project.apply(upload.id, change(1, remove=[object_document()["id"]]))
    assert project.remove_image(upload.id).stored == "1/scan.png"
    with pytest.raises(Missing):
        project.image(upload.id)
