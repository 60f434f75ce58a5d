import pytest

from tests.server.project.made import change, first_image, label, numbered, object_document
from ultrasam.errors import InputError
from ultrasam.server.project import LabelList
from ultrasam.server.refusals import Conflict

NERVE, MUSCLE, VEIN = label(30, "nerve"), label(31, "muscle"), label(32, "vein")


def names(found):
    return [each.name for each in found.labels]


def test_a_fresh_project_has_none(project):
    assert project.labels() == LabelList(0, ())


def test_a_list_is_put_renamed_and_put_in_order(project):
    assert names(project.put_labels(0, [NERVE, MUSCLE])) == ["nerve", "muscle"]
    found = project.put_labels(1, [VEIN, label(31, "big muscle", "#000000"), NERVE])
    assert (found.revision, names(found)) == (2, ["vein", "big muscle", "nerve"])
    assert found.labels[1].colour == "#000000"
    assert project.labels() == found


def test_names_can_be_exchanged(project):
    project.put_labels(0, [NERVE, MUSCLE])
    assert names(project.put_labels(1, [label(30, "muscle"), label(31, "nerve")])) == ["muscle", "nerve"]


def test_a_label_in_use_cannot_go_and_counts_its_objects(project):
    project.put_labels(0, [NERVE, MUSCLE])
    for name in ("a.png", "b.png"):
        project.apply(first_image(project, name), change(put=[object_document(labelId=NERVE.id)]))
    assert [each.objects for each in project.labels().labels] == [2, 0]
    with pytest.raises(Conflict, match=r'2 object\(s\) have "nerve"') as refused:
        project.put_labels(1, [MUSCLE])
    assert refused.value.revision == 1
    assert names(project.put_labels(1, [NERVE])) == ["nerve"]
    assert names(project.put_labels(2, [label(30, "median nerve")])) == ["median nerve"]
    for row in project.images().rows:
        project.apply(row.id, change(1, remove=[numbered(10)]))
    assert names(project.put_labels(3, [])) == []


def test_a_list_made_from_an_older_one_is_refused(project):
    project.put_labels(0, [NERVE])
    with pytest.raises(Conflict) as refused:
        project.put_labels(0, [MUSCLE])
    assert refused.value.revision == 1
    assert names(project.labels()) == ["nerve"]


def test_the_same_list_sent_again_changes_nothing(project):
    first = project.put_labels(0, [NERVE, MUSCLE])
    assert project.put_labels(0, [NERVE, MUSCLE]) == first


@pytest.mark.parametrize(
    "twice", [[NERVE, label(30, "other")], [NERVE, label(31, "Nerve")]], ids=["id", "name in another case"]
)
def test_ids_and_names_are_unique(project, twice):
    with pytest.raises(InputError, match="twice"):
        project.put_labels(0, twice)
    assert project.labels() == LabelList(0, ())
