"""Weights: the formats that are read, the registry of named ones, download, and loading into a network."""

from ultrasam.weights.checkpoint import Checkpoint, read_checkpoint, write_checkpoint
from ultrasam.weights.download import download
from ultrasam.weights.hub import download_from_hub, is_hub_id
from ultrasam.weights.initial import RANDOM, initial_network
from ultrasam.weights.locate import Verification, path_of, resolve, verify
from ultrasam.weights.network import check_weights, load_network
from ultrasam.weights.registry import DEFAULT, Pipeline, WeightsEntry, entries, find_entry, get_entry

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
