"""Weights by name or file to a model that answers."""

from __future__ import annotations

from os import PathLike
from typing import Literal

import torch

from ultrasam.errors import InputError
from ultrasam.inference.automatic import AutomaticSegmenter
from ultrasam.inference.classifier import Classifier
from ultrasam.inference.embedding_cache import EmbeddingCache
from ultrasam.inference.segmenter import Segmenter
from ultrasam.modeling.sam import Sam
from ultrasam.weights import DEFAULT, Checkpoint, Pipeline, load_network

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}


def load(
    weights: str | PathLike[str] = DEFAULT,
    *,
    device: str = "auto",
    dtype: Literal["float32", "bfloat16", "float16"] = "float32",
    input_size: int | None = None,
    pipeline: Pipeline | None = None,
    cache: EmbeddingCache | bool = False,
) -> Segmenter:
    """Load a model by name or from a file.

    Args:
        weights: a name of ``ultrasam weights list``, or a path: segment-anything ``.pth``, MobileSAM ``.pt``,
            MedSAM, the official UltraSam checkpoint, a Hugging Face ``SamModel`` folder, or safetensors; or a
            repository of the Hugging Face hub, ``"facebook/sam-vit-base"``, that was downloaded.
        device: ``"auto"`` (the GPU where there is one), ``"cpu"``, ``"cuda"``, ``"cuda:1"``, ``"mps"``.
        dtype: number format of the network; half precision is meant for GPUs.
        input_size: side of the network's input in pixels, a multiple of 64; smaller is faster and coarser. None is
            what the weights were trained at.
        pipeline: overrides how pixels and prompts are prepared; needed for MedSAM weights given as a file, which
            cannot be told from SAM's.
        cache: keep embeddings on disk: True for the common cache folder, or a cache of your own.

    Raises:
        WeightsError: no such weights, or a file that cannot be read.
        InputError: a device that is not here, or an input size that is no multiple of 64.

    Returns:
        A model that answers prompts. Of fine-tuned weights (a folder of ``ultrasam finetune``, or its file) it is an
        :class:`~ultrasam.inference.automatic.AutomaticSegmenter` or a
        :class:`~ultrasam.inference.classifier.Classifier`, whose ``predict(image)`` needs no prompt.

    Example:
        >>> import numpy as np
        >>> model = load()
        >>> session = model.embed(np.zeros((60, 80), np.uint8))
        >>> session.segment(box_xyxy=(10, 10, 40, 40)).mask.shape
        (60, 80)
    """
    if dtype not in DTYPES:
        raise InputError(f"Expected dtype to be one of {', '.join(DTYPES)}, but got {dtype!r}.")
    target = _device(device)
    if target.type == "cpu" and dtype == "float16":
        raise InputError("Expected float32 or bfloat16 on a CPU, but got float16, which is far slower there.")
    network, checkpoint = load_network(weights, pipeline=pipeline)
    embeddings = EmbeddingCache() if cache is True else cache or None
    return segmenter_of(network.to(target, DTYPES[dtype]), checkpoint, input_size=input_size, cache=embeddings)


def segmenter_of(
    network: Sam, checkpoint: Checkpoint, *, input_size: int | None = None, cache: EmbeddingCache | None = None
) -> Segmenter:
    """The kind of model that some weights are: for prompts alone, or for the task that they were fine-tuned for.

    Args:
        network: in evaluation mode, on its device.
        checkpoint: that the network was filled from.
        input_size: side of the network's input in pixels; None is what the weights were trained at.
        cache: for embeddings.

    Raises:
        InputError: an input size that is no multiple of 64.
    """
    kind = None if checkpoint.task is None else checkpoint.task.kind
    if kind is None:
        return Segmenter(network, checkpoint, input_size=input_size, cache=cache)
    model = AutomaticSegmenter if kind in ("semantic", "instance") else Classifier
    return model(network, checkpoint, input_size=input_size, cache=cache)


def _device(name: str) -> torch.device:
    if name == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda")
        return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
    try:
        device = torch.device(name)
        torch.zeros(1, device=device).cpu()
    except (RuntimeError, AssertionError, NotImplementedError) as error:  # torch asserts that it was built with CUDA
        raise InputError(
            f'Expected a device that is here ("cpu", "auto"; see ultrasam doctor), but got {name!r}.'
        ) from error
    return device
