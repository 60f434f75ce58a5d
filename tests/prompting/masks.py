"""Masks that tests share: small ones of any kind, and their distances by brute force."""

import numpy as np
from hypothesis.extra import numpy as hnp

any_mask = hnp.arrays(bool, hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=10))
filled_mask = any_mask.filter(np.any)


def squared_distances(mask, others_rc):
    """Of every pixel of the image to the nearest of ``(N, 2)`` rows and columns; 0 where the mask is False."""
    pixels = np.argwhere(np.ones_like(mask))
    squares = ((pixels[:, None] - others_rc) ** 2).sum(axis=2).min(axis=1)
    return np.where(mask, squares.reshape(mask.shape), 0)
