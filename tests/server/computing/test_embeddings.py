import threading

import numpy as np
import pytest
import torch

from ultrasam.imaging import Frame
from ultrasam.inference import Session
from ultrasam.inference.coordinates import ModelFrame
from ultrasam.server.computing import Embeddings
from ultrasam.server.computing.embeddings import alone

SIDE = 20
#: An embedding of 4 x 4 cells and the pixels.
BYTES = 4 * 256 * 4 * 4 + SIDE * SIDE


def session(side=SIDE):
    frame = Frame(np.zeros((side, side), np.uint8))
    return Session(None, frame, ModelFrame.fitted(frame.size_hw, 64), torch.zeros(1, 256, 4, 4))


def test_the_least_recently_used_goes_first():
    kept = Embeddings(max_bytes=3 * BYTES)
    for key in "abc":
        kept.put(key, session())
    assert kept.bytes == 3 * BYTES
    first = kept.get("a")
    kept.put("d", session())
    assert kept.get("b") is None
    assert kept.get("a") is first
    assert [kept.get(key) is not None for key in "cd"] == [True, True]
    assert (len(kept), kept.bytes) == (3, 3 * BYTES)


def test_one_byte_too_many_is_too_many():
    kept = Embeddings(max_bytes=2 * BYTES - 1)
    kept.put("a", session())
    kept.put("b", session())
    assert (kept.get("a"), len(kept), kept.bytes) == (None, 1, BYTES)


def test_one_that_is_larger_than_the_bound_is_kept_alone():
    kept = Embeddings(max_bytes=10)
    kept.put("a", session())
    kept.put("b", session())
    assert kept.get("a") is None
    assert kept.get("b") is not None


def test_the_same_key_again_replaces_and_a_removed_one_frees_its_bytes():
    kept = Embeddings()
    kept.put("a", session(40))
    kept.put("a", session())
    assert (len(kept), kept.bytes) == (1, BYTES)
    kept.remove("a")
    kept.remove("a")
    assert (kept.get("a"), len(kept), kept.bytes) == (None, 0, 0)


def test_many_threads_leave_the_sum_right():
    kept = Embeddings(max_bytes=5 * BYTES)

    def use(seed):
        for key in np.random.default_rng(seed).integers(0, 12, 200).tolist():
            if kept.get(key) is None:
                kept.put(key, session())
            if key == 7:
                kept.remove(key)

    threads = [threading.Thread(target=use, args=(seed,)) for seed in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(kept) <= 5
    assert kept.bytes == len(kept) * BYTES


@pytest.mark.parametrize("is_view", [False, True])
def test_a_frame_of_a_cine_does_not_keep_the_cine(is_view):
    cine = np.random.default_rng(0).integers(0, 256, (50, 8, 9), np.uint8)
    frame = Frame(cine[3] if is_view else cine[3].copy(), index=3, time_s=0.5)
    own = alone(frame)
    assert (own is frame) is not is_view
    assert own.pixels.base is None
    assert np.array_equal(own.pixels, frame.pixels)
    assert (own.index, own.time_s) == (3, 0.5)
