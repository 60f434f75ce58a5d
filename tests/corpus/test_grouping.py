import networkx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ultrasam.corpus.grouping import groups
from ultrasam.errors import InputError


def test_patients_then_sequences_then_single_images():
    images = [
        {"id": 1, "patient": "A", "sequence": "s1"},
        {"id": 2, "sequence": "s1"},
        {"id": 3, "patient": "A", "sequence": "s2"},
        {"id": 4, "sequence": "s1", "patient": None},
        {"id": 5},
        {"id": 6, "patient": ""},
        {"id": 7, "patient": 12},
        {"id": 8, "patient": "12"},
        {"id": 9, "sequence": "A"},
        {"id": 10, "patient": float("nan")},
    ]
    assert groups(images) == [0, 1, 0, 1, 2, 3, 4, 4, 5, 6]


def test_ties_join_whole_groups():
    images = [{"id": i, "patient": patient} for i, patient in enumerate("AABBCD")]
    assert groups(images, ties=[(1, 2), (5, 3)]) == [0, 0, 0, 0, 1, 0]


@given(
    st.lists(st.tuples(st.sampled_from("ABC "), st.sampled_from("xyz ")), max_size=12),
    st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11)), max_size=6),
)
def test_groups_are_connected_components(names, pairs):
    images = [{"id": i, "patient": p.strip(), "sequence": s.strip()} for i, (p, s) in enumerate(names)]
    ties = [pair for pair in pairs if max(pair) < len(images)]
    graph = networkx.Graph(ties)
    for entry in images:
        name = entry["patient"] or entry["sequence"]
        graph.add_node(entry["id"])
        if name:
            graph.add_edge(entry["id"], ("patient" if entry["patient"] else "sequence", name))
    expected = {frozenset(n for n in part if isinstance(n, int)) for part in networkx.connected_components(graph)}
    numbers = np.array(groups(images, ties))
    assert {frozenset(np.flatnonzero(numbers == number).tolist()) for number in set(numbers.tolist())} == expected


@pytest.mark.parametrize(
    ("images", "ties", "reason"),
    [
        ([{"id": 1}, {"id": 1}], [], "two have 1"),
        ([{"file_name": "a.png"}], [], r"images with an id, but got {'file_name': 'a.png'}"),
        ([{"id": True}], [], "images with an id"),
        (["a.png"], [], "images with an id, but got a.png"),
        ([{"id": 1, "patient": ["A"]}], [], r"patient of image 1 as text or a number, but got \['A'\]"),
        ([{"id": 1}], [(1, 7)], "it has no image 7"),
    ],
)
def test_what_cannot_be_told_apart_is_refused(images, ties, reason):
    with pytest.raises(InputError, match=reason):
        groups(images, ties)
