"""Weights: the formats that are read, the registry of named ones, download, and loading into a network."""

from typing import TYPE_CHECKING

from ultrasam.lazy import imported_on_use
from ultrasam.weights.download import download
from ultrasam.weights.hub import download_from_hub, is_hub_id
from ultrasam.weights.locate import Verification, check_weights, path_of, resolve, verify
from ultrasam.weights.registry import DEFAULT, Pipeline, WeightsEntry, entries, find_entry, get_entry

if TYPE_CHECKING:
    from ultrasam.weights.checkpoint import Checkpoint, read_checkpoint, write_checkpoint
    from ultrasam.weights.initial import RANDOM, initial_network
    from ultrasam.weights.network import load_network

__all__ = [
    "DEFAULT",
    "RANDOM",
    "Checkpoint",
    "Pipeline",
    "Verification",
    "WeightsEntry",
    "check_weights",
    "download",
    "download_from_hub",
    "entries",
    "find_entry",
    "get_entry",
    "initial_network",
    "is_hub_id",
    "load_network",
    "path_of",
    "read_checkpoint",
    "resolve",
    "verify",
    "write_checkpoint",
]

# What needs PyTorch; what is known of weights without it is known at once.
__getattr__ = imported_on_use(
    __name__,
    {
        "RANDOM": "ultrasam.weights.initial",
        "Checkpoint": "ultrasam.weights.checkpoint",
        "initial_network": "ultrasam.weights.initial",
        "load_network": "ultrasam.weights.network",
        "read_checkpoint": "ultrasam.weights.checkpoint",
        "write_checkpoint": "ultrasam.weights.checkpoint",
    },
)
