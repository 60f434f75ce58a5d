from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from ultrasam.server.exporting.masks import LabelPicture


@pytest.mark.parametrize(("largest", "mode"), [(255, "L"), (256, "I;16")], ids=str)
def test_many_labels_get_16_bits(largest, mode):
    labels = LabelPicture((3, 4), largest)
    labels.add(largest, np.arange(12).reshape(3, 4) > 5)
    labels.add(1, np.arange(12).reshape(3, 4) == 7)
    picture = Image.open(BytesIO(labels.png()))
    assert picture.mode == mode
    expected = [[0, 0, 0, 0], [0, 0, largest, 1], [largest] * 4]
    np.testing.assert_array_equal(np.asarray(picture), expected)
