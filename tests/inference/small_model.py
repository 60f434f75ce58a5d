"""A segmenter with a small random network, quick enough for every test, and its twin of segment-anything."""

from __future__ import annotations

from torch import nn

from tests.modeling.networks import SIZE, own_network, reference_network
from ultrasam.inference import Segmenter
from ultrasam.inference.embedding_cache import EmbeddingCache
from ultrasam.weights import Checkpoint

#: The seed of tests that need graphs of a small network: one network for all of them, as tracing takes long.
GRAPHS_SEED = 7


def small_pair(seed: int = 0, **options) -> tuple[Segmenter, nn.Module]:
    reference = reference_network(seed=seed)
    return small_segmenter(seed=seed, **options), reference


def small_segmenter(
    seed: int = 0, *, cache: EmbeddingCache | None = None, pipeline: str = "sam", input_size: int = SIZE
) -> Segmenter:
    reference = reference_network(seed=seed)
    network = own_network(reference)
    checkpoint = Checkpoint(
        state_dict=dict(network.state_dict()),
        config=network.config,
        pipeline=pipeline,
        format="made for tests",
        metadata={"licence": "none"},
        sha256=f"{seed:064x}",
    )
    return Segmenter(network, checkpoint, input_size=input_size, cache=cache)
