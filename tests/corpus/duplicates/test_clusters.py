from pathlib import Path

import numpy as np

from tests.corpus.duplicates.scans import scan
from ultrasam.corpus.duplicates.clusters import clusters_of
from ultrasam.corpus.duplicates.entries import Entry
from ultrasam.corpus.duplicates.fingerprint import fingerprint
from ultrasam.corpus.duplicates.turns import TURNS

SAME, MIRRORED, FLIPPED, TURNED = range(4)


def entry(name):
    return Entry("X", name, Path(name), None, None, (), (), ())


def clusters(pictures, pairs):
    prints = np.concatenate([fingerprint(np.ascontiguousarray(picture)) for picture in pictures])
    entries = [entry(str(number)) for number in range(len(pictures))]
    found = clusters_of(entries, prints, np.array(pairs, np.int64).reshape(-1, 3))
    return [
        [(int(m.entry.image), m.kind, TURNS.index(m.orientation), m.distance <= 8) for m in cluster]
        for cluster in found
    ]


def test_orientations_add_up_along_a_chain():
    one = scan(1)
    pictures = [one, one[:, ::-1], one[::-1, ::-1], one[::-1]]
    chain = [(0, 1, MIRRORED), (1, 2, FLIPPED), (2, 3, MIRRORED)]
    assert clusters(pictures, chain) == [
        [
            (0, "exact", SAME, True),
            (1, "near", MIRRORED, True),
            (2, "near", TURNED, True),
            (3, "near", FLIPPED, True),
        ]
    ]


def test_clusters_are_in_the_order_of_their_first_images():
    pictures = [scan(1), scan(2), scan(2), scan(3), scan(1), scan(1)]
    pairs = [(1, 2, SAME), (0, 5, SAME), (4, 5, SAME)]
    assert [[number for number, *_ in cluster] for cluster in clusters(pictures, pairs)] == [[0, 4, 5], [1, 2]]
    assert all(kind == "exact" for cluster in clusters(pictures, pairs) for _, kind, *_ in cluster)


def test_a_distance_is_to_the_first_image_even_if_others_lie_between():
    (cluster,) = clusters([scan(1), scan(1), scan(2)], [(0, 1, SAME), (1, 2, SAME)])
    assert [near for *_, near in cluster] == [True, True, False]


def test_no_pairs_no_clusters():
    assert clusters([scan(1)], []) == []
