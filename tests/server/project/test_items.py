import pytest

from tests.server.project.made import (
    by_id,
    change,
    first_image,
    image_document,
    label,
    new_id,
    numbered,
    object_document,
    ruler_document,
)
from ultrasam.server.project import Leases
from ultrasam.server.refusals import Conflict, Elsewhere


def test_items_come_back_as_they_were_put(project, image_id):
    project.put_labels(0, [label()])
    documents = [
        object_document(labelId=label().id, colour="#0A0b0c", score=0.1 + 0.2),
        object_document(11, prompt={"points": [], "boxXyxy": None, "start": None, "choice": 0}, mask=None, score=None),
        ruler_document(to=[1 / 3, 6.0]),
        image_document(state="in work", crop=[0.0, 0.0, 8.0, 6.0], redactions=[[0.0, 0.0, 2.0, 1.0]], note="Größe\n😀"),
    ]
    assert project.apply(image_id, change(put=documents)) == 1
    annotation = project.annotation(image_id)
    assert annotation.items == documents
    assert (annotation.image.revision, annotation.image.objects) == (1, 2)


def test_a_change_puts_alters_and_removes_at_once(project, image_id):
    project.apply(image_id, change(put=[object_document(10), object_document(11)]))
    altered = object_document(10, frame=3, visible=False)
    project.apply(image_id, change(1, put=[altered, ruler_document()], remove=[numbered(11)]))
    assert by_id(project.items(image_id)) == by_id([altered, ruler_document()])


def test_the_same_id_on_two_images_are_two_items(project):
    a, b = first_image(project, "a.png"), first_image(project, "b.png")
    project.apply(a, change(put=[object_document(position=1.0)]))
    project.apply(b, change(put=[object_document(position=2.0)]))
    project.apply(b, change(1, remove=[numbered(10)]))
    assert project.items(a) == [object_document(position=1.0)]
    assert project.items(b) == []


def test_removing_what_is_not_there_is_a_change_without_effect(project, image_id):
    assert project.apply(image_id, change(remove=[new_id(), "image"])) == 1
    assert project.items(image_id) == []


def test_a_change_sent_again_is_made_once_and_answered_as_the_first_time(project, image_id):
    first = change(put=[object_document()])
    assert project.apply(image_id, first) == 1
    assert project.apply(image_id, change(1, remove=[numbered(10)])) == 2
    assert project.apply(image_id, first) == 1
    assert project.items(image_id) == []
    assert [entry.revision for entry in project.history(image_id)] == [2, 1]


def test_an_id_of_a_change_is_good_for_one_image(project, image_id):
    first = change(put=[object_document()])
    project.apply(image_id, first)
    other = first_image(project, "b.png")
    with pytest.raises(Conflict, match="another image"):
        project.apply(other, first)
    assert project.items(other) == []


@pytest.mark.parametrize("base_revision", [0, 2, 7])
def test_a_change_from_another_revision_is_refused_with_the_latest(project, image_id, base_revision):
    project.apply(image_id, change(put=[object_document()]))
    with pytest.raises(Conflict) as refused:
        project.apply(image_id, change(base_revision, remove=[numbered(10)]))
    assert refused.value.more == {"revision": 1}
    assert project.items(image_id) == [object_document()]
    assert len(project.history(image_id)) == 1


def test_an_object_needs_a_label_of_the_list(project, image_id):
    with pytest.raises(Conflict, match="label") as refused:
        project.apply(image_id, change(put=[ruler_document(), object_document(labelId=label().id)]))
    assert refused.value.revision == 0
    assert project.items(image_id) == []
    project.put_labels(0, [label()])
    assert project.apply(image_id, change(put=[object_document(labelId=label().id)])) == 1


def test_whoever_else_holds_the_image_is_in_the_way_but_not_of_what_was_made(project, image_id):
    leases = Leases()
    mine, other = change(put=[object_document()]), numbered(2)
    assert project.apply(image_id, mine, leases=leases) == 1
    leases.lease(image_id, other)
    with pytest.raises(Elsewhere):
        project.apply(image_id, change(1, put=[ruler_document()]), leases=leases)
    assert project.apply(image_id, mine, leases=leases) == 1
    assert project.apply(image_id, change(1, put=[ruler_document()], client=other), leases=leases) == 2


@pytest.mark.parametrize(
    ("put", "state"),
    [
        ([], "new"),
        ([object_document()], "in work"),
        ([ruler_document()], "in work"),
        ([image_document(note="blurred")], "new"),
        ([image_document(), object_document()], "in work"),
        ([image_document(state="in work")], "in work"),
        ([image_document(state="done"), object_document()], "done"),
    ],
    ids=["nothing", "object", "ruler", "note", "new with object", "said in work", "said done"],
)
def test_the_state_follows_from_the_items(project, image_id, put, state):
    project.apply(image_id, change(put=put))
    assert project.image(image_id).state == state
    assert project.items(image_id) == put
    project.apply(image_id, change(1, remove=[document["id"] for document in put]))
    assert project.image(image_id).state == "new"
