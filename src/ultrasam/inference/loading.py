"""Weights by name or file to a model that answers."""

from __future__ import annotations

from os import PathLike

from ultrasam.backends import Backend, Engine, Precision, choose
from ultrasam.inference.automatic import AutomaticSegmenter
from ultrasam.inference.classifier import Classifier
from ultrasam.inference.embedding_cache import EmbeddingCache
from ultrasam.inference.segmenter import Segmenter
from ultrasam.modeling.sam import Sam
from ultrasam.weights import DEFAULT, Checkpoint, Pipeline, load_network


def load(
    weights: str | PathLike[str] = DEFAULT,
    *,
    device: str = "auto",
    backend: Backend = "torch",
    precision: Precision = "fp32",
    compiled: bool = False,
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
        backend: ``"torch"``; on a CPU also ``"onnxruntime"`` and ``"openvino"`` (the extra ``fast``), which run graphs
            that are made of the weights when they are first asked for (seconds, once); ``"auto"`` is the quickest
            that is here.
        precision: of the network's numbers. ``"fp32"`` gives the same masks everywhere; ``"bf16"`` is quicker on GPUs
            and on CPUs that have it; ``"fp16"`` is for GPUs; ``"int8"``, of the image encoder, is for graphs, where
            one was made of the weights (docs/speed.md).
        compiled: have PyTorch compile the network: the first image takes a minute, the others less.
        input_size: side of the network's input in pixels, a multiple of 64; smaller is faster and coarser. None is
            what the weights were trained at.
        pipeline: overrides how pixels and prompts are prepared; needed for MedSAM weights given as a file, which
            cannot be told from SAM's.
        cache: keep embeddings on disk: True for the common cache folder, or a cache of your own.

    Raises:
        WeightsError: no such weights, or a file that cannot be read.
        InputError: a device that is not here, a backend that has no such precision or device, or an input size that is
            no multiple of 64.
        MissingExtraError: the backend is not installed.

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
    engine = choose(backend, precision, device, compiled=compiled)
    network, checkpoint = load_network(weights, pipeline=pipeline)
    embeddings = EmbeddingCache() if cache is True else cache or None
    return segmenter_of(network, checkpoint, input_size=input_size, cache=embeddings, engine=engine)


def segmenter_of(
    network: Sam,
    checkpoint: Checkpoint,
    *,
    input_size: int | None = None,
    cache: EmbeddingCache | None = None,
    engine: Engine | None = None,
) -> Segmenter:
    """The kind of model that some weights are: for prompts alone, or for the task that they were fine-tuned for.

    Args:
        network: in evaluation mode.
        checkpoint: that the network was filled from.
        input_size: side of the network's input in pixels; None is what the weights were trained at.
        cache: for embeddings.
        engine: what the network is made ready for, in place; None: it is used as it is.

    Raises:
        InputError: an input size that is no multiple of 64, or no graph for the engine.
        MissingExtraError: the packages that make graphs, or run them, are not installed.
    """
    kind = None if checkpoint.task is None else checkpoint.task.kind
    if kind is None:
        return Segmenter(network, checkpoint, input_size=input_size, cache=cache, engine=engine)
    model = AutomaticSegmenter if kind in ("semantic", "instance") else Classifier
    return model(network, checkpoint, input_size=input_size, cache=cache, engine=engine)
