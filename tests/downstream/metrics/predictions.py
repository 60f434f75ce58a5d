"""Made predictions of classes with ties, certainties and rare classes."""

import numpy as np


def classified(seed, *, images=60, classes=4, rounded=False, several=False):
    """Probabilities ``(N, K)`` that know something, and truths; every class is there."""
    rng = np.random.default_rng(seed)
    if several:
        truths = rng.random((images, classes)) < rng.uniform(0.1, 0.6, classes)
        truths[:2] = [[True] * classes, [False] * classes]
        probabilities = 1 / (1 + np.exp(-(1.5 * truths - 0.7 + rng.standard_normal((images, classes)))))
    else:
        truths = np.concatenate([np.arange(classes), rng.integers(classes, size=images - classes)])
        logits = rng.standard_normal((images, classes)) + 1.2 * np.eye(classes)[truths]
        probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    return (np.round(probabilities, 1) if rounded else probabilities), truths
