import json

import numpy as np

from tests.downstream.testing.made import disc
from ultrasam.downstream.metrics.instance import FoundInImage
from ultrasam.downstream.testing.found_json import found_from_json, found_to_json


def test_what_is_written_comes_back():
    truths = [disc((15, 15), 8), disc((40, 20), 6)]
    shifted = [disc((16, 15), 8), disc((42, 20), 6), disc((5, 5), 3)]
    for found in (
        FoundInImage.of(shifted, [0.9, 0.4, 0.6], truths, min_score=0.5),
        FoundInImage.of([], [], truths, min_score=0.5),
        FoundInImage.of(shifted, [0.1, 0.2, 0.3], [], min_score=0.5),
    ):
        back = found_from_json(json.loads(json.dumps(found_to_json(found))))
        for name in ("scores", "right", "kept", "dice"):
            assert np.array_equal(getattr(back, name), getattr(found, name)), name
            assert getattr(back, name).shape == getattr(found, name).shape
