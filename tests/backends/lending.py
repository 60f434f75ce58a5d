"""One graph for all weights that have the same half: tracing takes long, whatever the file is called."""

from __future__ import annotations

import shutil
from pathlib import Path

import torch

from ultrasam.backends.graph_store import GraphStore
from ultrasam.backends.halves import decoder_graph, encoder_graph
from ultrasam.modeling.sam import Sam
from ultrasam.weights import Checkpoint, load_network

PREFIXES = {"embedding": ("image_encoder.",), "decoder": ("prompt_encoder.", "mask_decoder.")}


def lend(part: str, lender: tuple[Sam, Checkpoint], borrower: Path, input_size: int) -> None:
    """Have the cache hold a lender's graph for a file of weights, too, whose part is the same to the last bit."""
    network, checkpoint = lender
    other, borrowing = load_network(borrower)
    assert same_part(part, network, other)
    make = {"embedding": encoder_graph, "decoder": decoder_graph}[part]
    graph = make(network, checkpoint, input_size)
    lent = GraphStore().graph(borrowing, input_size, part, lambda path: shutil.copyfile(graph, path))
    assert lent.read_bytes() == graph.read_bytes()


def same_part(part: str, one: Sam, other: Sam) -> bool:
    """Whether two networks have the same half: its options and its weights."""
    if part == "embedding":
        options = [(network.config.encoder, network.config.adapter_dim) for network in (one, other)]
    else:
        options = [(network.config.embed_dim, network.config.token_mlp_residual) for network in (one, other)]
    tensors, theirs = (
        {key: tensor for key, tensor in network.state_dict().items() if key.startswith(PREFIXES[part])}
        for network in (one, other)
    )
    return (
        options[0] == options[1]
        and tensors.keys() == theirs.keys()
        and all(torch.equal(tensor, theirs[key]) for key, tensor in tensors.items())
    )
