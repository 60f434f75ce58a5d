"""Where a training may begin: random weights, an ImageNet classifier's encoder, or promptable weights."""

from __future__ import annotations

import hashlib
import re
from os import PathLike
from pathlib import Path
from typing import Literal, TypeAlias

import torch
from torch import Tensor

from ultrasam.errors import InputError, WeightsError
from ultrasam.modeling.config import TINY_VIT, VIT_B, SamConfig, TinyViTConfig, ViTConfig
from ultrasam.modeling.first_weights import draw_encoder_weights
from ultrasam.modeling.sam import Sam
from ultrasam.weights.checkpoint import Checkpoint
from ultrasam.weights.hashing import sha256_of
from ultrasam.weights.imagenet import ACCEPTED, IMAGENET_FORMATS, ImageNetEncoder, from_imagenet
from ultrasam.weights.input_size import SAM_INPUT_SIZE
from ultrasam.weights.locate import resolve
from ultrasam.weights.network import load_network
from ultrasam.weights.registry import find_entry
from ultrasam.weights.tensor_file import find_tensor_file, read_tensors

#: The name of weights that are drawn, not read.
RANDOM = "random"

#: Encoders that can begin at random.
EncoderName: TypeAlias = Literal["tiny_vit", "vit_b"]
_ENCODERS: dict[EncoderName, TinyViTConfig | ViTConfig] = {"tiny_vit": TINY_VIT, "vit_b": VIT_B}

#: What a classifier has no counterpart of, and the counters that old files lack.
_LACKING = re.compile(r"\.neck\.|\.rel_pos_|\.num_batches_tracked$")

#: Side in pixels of a TinyViT's input where nothing says another: a quarter of the time of SAM's.
TINY_VIT_INPUT_SIZE = 512


def initial_network(
    name_or_path: str | PathLike[str], *, seed: int = 0, encoder: EncoderName = "tiny_vit"
) -> tuple[Sam, Checkpoint]:
    """A network to begin a training with.

    Example:
        >>> network, checkpoint = initial_network("random", seed=3)
        >>> checkpoint.metadata["title"], checkpoint.input_size
        ('random weights, tiny_vit, seed 3', 512)

    Args:
        name_or_path: ``"random"``; a name of the registry or a file of promptable or fine-tuned weights, as
            :func:`~ultrasam.weights.load_network` takes them; or a file of an ImageNet classifier, timm's or
            torchvision's ViT with 16 x 16 patches, timm's or the original TinyViT-5M. Of that the image encoder is
            used; its neck, the prompt encoder and the mask decoder are random.
        seed: of what is random. PyTorch's own generator stays as it is.
        encoder: which image encoder, where all is random; files say it themselves.

    Returns:
        the network, float32 on the CPU in evaluation mode, and what it is as a checkpoint, whose ``state_dict`` is in
        the network's memory. Its ``sha256`` is the file's, of random weights that of their values.

    Raises:
        WeightsError: there are no such weights, or they are of no known kind.
        InputError: no such encoder.
    """
    if encoder not in _ENCODERS:
        raise InputError(f"Expected as encoder one of {', '.join(_ENCODERS)}, but got {encoder!r}.")
    if name_or_path == RANDOM:
        network = _drawn(_ENCODERS[encoder], seed)
        values = dict(network.state_dict())
        title = f"{RANDOM} weights, {encoder}, seed {seed}"
        return network, _checkpoint(network, _sha256_of_values(values), RANDOM, {"title": title})
    if find_entry(name_or_path) is not None:
        return load_network(name_or_path)
    file = find_tensor_file(resolve(name_or_path))
    begun = _around_classifier(file, seed)
    if begun is not None:
        network, kind = begun
        facts = {"title": f"{file.name} ({kind})", "licence": "unknown: ask whoever published the file"}
        return network, _checkpoint(network, sha256_of(file), kind, facts)
    try:
        return load_network(name_or_path)
    except WeightsError as error:
        raise WeightsError(f"{error} Beside promptable weights, {ACCEPTED} are accepted.") from error


def _drawn(encoder: TinyViTConfig | ViTConfig, seed: int) -> Sam:
    with torch.random.fork_rng(devices=[]):
        # Of the CPU alone: ``torch.manual_seed`` would set an accelerator's, too.
        torch.default_generator.manual_seed(seed)
        network = Sam(SamConfig(encoder=encoder))
        draw_encoder_weights(network)
    return network.eval()


def _around_classifier(file: Path, seed: int) -> tuple[Sam, str] | None:
    """A random network around a classifier's image encoder, and what that is; None where the file is no classifier."""
    tensors, _ = read_tensors(file)
    try:
        found = from_imagenet(tensors)
        return None if found is None else (_around(found, seed), found.name)
    except WeightsError as error:
        raise WeightsError(
            f"Cannot begin with {file.name}: of classifiers, {ACCEPTED} are accepted. {error}"
        ) from error


def _around(found: ImageNetEncoder, seed: int) -> Sam:
    network = _drawn(found.config, seed)
    own, given = network.state_dict(), found.state_dict
    needed = {key for key in own if key.startswith("image_encoder.") and not _LACKING.search(key)}
    if missing := sorted(needed - given.keys()):
        raise WeightsError(f"Expected a {found.name}, but {len(missing)} tensors are missing, such as {missing[0]}.")
    if unfit := sorted(key for key, tensor in given.items() if key not in own or own[key].shape != tensor.shape):
        raise WeightsError(f"Expected a {found.name}, but {len(unfit)} tensors do not fit, such as {unfit[0]}.")
    network.load_state_dict(given, strict=False)
    return network


def _checkpoint(network: Sam, sha256: str, kind: str, metadata: dict[str, str]) -> Checkpoint:
    is_tiny = isinstance(network.config.encoder, TinyViTConfig)
    return Checkpoint(
        state_dict=dict(network.state_dict()),
        config=network.config,
        pipeline="sam",
        format=kind,
        metadata=metadata,
        sha256=sha256,
        input_size=TINY_VIT_INPUT_SIZE if is_tiny else SAM_INPUT_SIZE,
    )


def _sha256_of_values(state_dict: dict[str, Tensor]) -> str:
    digest = hashlib.sha256()
    for key, tensor in sorted(state_dict.items()):
        digest.update(key.encode())
        digest.update(tensor.contiguous().numpy().tobytes())
    return digest.hexdigest()


def answers_prompts(checkpoint: Checkpoint) -> bool:
    """Whether :func:`initial_network` began with a whole network's weights, not with an encoder's at most."""
    return checkpoint.format != RANDOM and checkpoint.format not in IMAGENET_FORMATS
