from datetime import datetime, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.server.project.made import (
    by_id,
    change,
    first_image,
    image_document,
    new_id,
    numbered,
    object_document,
    open_project,
    ruler_document,
)
from ultrasam.server.refusals import Missing


def test_an_entry_says_what_was_and_what_became(project, image_id):
    old, new = object_document(10), object_document(10, visible=False)
    project.apply(image_id, change(put=[old, ruler_document()]))
    project.apply(image_id, change(1, put=[new, object_document(11)], remove=[numbered(20)], client=numbered(2)))
    second, first = project.history(image_id)
    assert (first.revision, first.before, first.client) == (1, [], numbered(1))
    assert by_id(first.after) == by_id([old, ruler_document()])
    assert (second.revision, second.client) == (2, numbered(2))
    assert by_id(second.before) == by_id([old, ruler_document()])
    assert by_id(second.after) == by_id([new, object_document(11)])


def test_the_time_is_in_utc(project, image_id):
    before = datetime.now(timezone.utc)
    project.apply(image_id, change())
    text = project.history(image_id)[0].at
    assert text.endswith("Z")
    at = datetime.fromisoformat(text.replace("Z", "+00:00"))
    assert abs((at - before).total_seconds()) < 3600


def test_the_history_comes_in_parts_and_by_image(project, image_id):
    other = first_image(project, "b.png")
    for revision in range(7):
        project.apply(image_id, change(revision))
    project.apply(other, change())

    def revisions(**part):
        return [entry.revision for entry in project.history(image_id, **part)]

    assert revisions() == [7, 6, 5, 4, 3, 2, 1]
    assert revisions(limit=3) == [7, 6, 5]
    assert revisions(before=5, limit=3) == [4, 3, 2]
    assert revisions(before=1) == []
    assert len(project.history(other)) == 1
    with pytest.raises(Missing):
        project.history(new_id())


OBJECTS = st.builds(
    object_document, st.integers(10, 13), frame=st.integers(0, 3), visible=st.booleans(), position=st.floats(-9, 9)
)
RULERS = st.builds(ruler_document, st.integers(20, 21), visible=st.booleans())
IMAGES = st.builds(image_document, state=st.sampled_from(["new", "in work", "done"]), note=st.text("aä\n", max_size=3))
IDS = st.sampled_from([*map(numbered, (10, 11, 12, 13, 20, 21)), "image"])


@st.composite
def steps(draw):
    """What one change puts and removes."""
    put = draw(st.lists(OBJECTS | RULERS | IMAGES, max_size=4, unique_by=lambda document: document["id"]))
    remove = draw(st.lists(IDS, max_size=3, unique=True))
    return put, [removed for removed in remove if removed not in by_id(put)]


def undo(project, image_id, entry):
    """Undo one change as the page does: a new change that puts back what was before."""
    was, became = by_id(entry.before), by_id(entry.after)
    base = project.image(image_id).revision
    project.apply(image_id, change(base, put=entry.before, remove=sorted(became.keys() - was.keys())))


@given(made=st.lists(steps(), min_size=1, max_size=6))
@settings(max_examples=30, deadline=None)
def test_undoing_by_the_history_gives_back_every_earlier_state(tmp_path_factory, made):
    project = open_project(tmp_path_factory.mktemp("project"))
    image_id = first_image(project)
    states, expected = [{}], {}
    for revision, (put, remove) in enumerate(made):
        assert project.apply(image_id, change(revision, put=put, remove=remove)) == revision + 1
        expected = {key: value for key, value in expected.items() if key not in remove} | by_id(put)
        states.append(expected)
        assert by_id(project.items(image_id)) == expected
    entries = project.history(image_id)
    assert [entry.revision for entry in entries] == list(range(len(made), 0, -1))
    for entry, state in zip(entries, reversed(states[:-1]), strict=True):
        undo(project, image_id, entry)
        assert by_id(project.items(image_id)) == state
    # What was undone is undone, too: the state after the first change comes back first.
    for entry, state in zip(project.history(image_id, limit=len(made)), states[1:], strict=True):
        undo(project, image_id, entry)
        assert by_id(project.items(image_id)) == state
    project.close()
