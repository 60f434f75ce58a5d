"""A weights file of any known format as one thing: tensors, their network, and what is known of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path

import torch
from torch import Tensor

from ultrasam.errors import WeightsError
from ultrasam.modeling.config import SamConfig, TinyViTConfig
from ultrasam.modeling.finetuned import HEAD_PREFIX
from ultrasam.modeling.heads.config import Task
from ultrasam.weights.architecture import infer_config
from ultrasam.weights.config_json import config_from_json, config_to_json
from ultrasam.weights.hashing import sha256_of
from ultrasam.weights.huggingface import from_huggingface
from ultrasam.weights.input_size import MAX_INPUT_SIZE, SAM_INPUT_SIZE, STEP, is_input_size
from ultrasam.weights.official_ultrasam import from_official_ultrasam
from ultrasam.weights.registry import PIPELINES, Pipeline, entry_with_sha256, get_entry
from ultrasam.weights.safetensors_file import stored_as, write_safetensors
from ultrasam.weights.task_json import task_from_json, task_to_json
from ultrasam.weights.tensor_file import find_tensor_file, read_tensors

#: Header entries of the safetensors files that this package writes; all others are metadata.
_CONFIG_ENTRY = "ultrasam.config"
_PIPELINE_ENTRY = "ultrasam.pipeline"
_INPUT_SIZE_ENTRY = "ultrasam.input_size"
_TASK_ENTRY = "ultrasam.task"

#: What checkpoints hold beside trained weights: pixel statistics and index tables.
_UNUSED_BEGINNINGS = ("pixel_mean", "pixel_std")
_UNUSED_ENDINGS = (".attention_bias_idxs",)


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """What a weights file holds.

    Attributes:
        state_dict: segment-anything's or MobileSAM's keys; float32 on the CPU (counters keep their integers).
            MobileSAM's own file still holds a classifier, which :func:`~ultrasam.weights.load_network` drops.
        config: the network that the tensors belong to.
        pipeline: how pixels and prompts are prepared and masks finished.
        format: what the file was, in words.
        metadata: licence, origin, training data, citation, where known.
        sha256: of the file; of a Hugging Face folder, of its weights file.
        input_size: side in pixels of the square input that the network was trained with.
        task: what a fine-tuned network answers by its head, whose keys are ``head.…``; None: it answers prompts.

    Raises:
        WeightsError: ``input_size`` is no multiple of 64 from 64 to 4096, or there is a head without a task or a
            task without a head.
    """

    state_dict: dict[str, Tensor]
    config: SamConfig
    pipeline: Pipeline
    format: str
    metadata: dict[str, str]
    sha256: str
    input_size: int = SAM_INPUT_SIZE
    task: Task | None = None

    def __post_init__(self) -> None:
        if not is_input_size(self.input_size):
            raise WeightsError(
                f"Expected weights for an input whose side is a multiple of {STEP} from {STEP} to {MAX_INPUT_SIZE} "
                f"pixels, but got {self.input_size}: write the file again with the size that it was trained at."
            )
        # A network in use keeps its checkpoint without the tensors.
        has_head = any(key.startswith(HEAD_PREFIX) for key in self.state_dict)
        if self.state_dict and has_head != (self.task is not None):
            found, lacking = ("a head", "no task") if has_head else ("a task", "no head")
            raise WeightsError(
                f"Expected a fine-tuned network's head ({HEAD_PREFIX}…) together with what it answers, but there is "
                f"{found} and {lacking}: a file written by  ultrasam finetune  has both."
            )

    @property
    def parameter_count(self) -> int:
        """Number of values in the floating-point tensors."""
        return sum(tensor.numel() for tensor in self.state_dict.values() if tensor.is_floating_point())

    @property
    def takes_mask_prompts(self) -> bool:
        """Whether it was trained with mask prompts; official UltraSam without refinement was not."""
        weights = self.state_dict.get("prompt_encoder.mask_downscaling.6.weight")
        return weights is not None and bool(weights.any())


def read_checkpoint(path: str | PathLike[str]) -> Checkpoint:
    """Read a weights file; its format is recognised from its content, not from its name.

    Known formats: segment-anything and MedSAM ``.pth``, MobileSAM ``.pt``, folders (or their weights files)
    of Hugging Face's ``SamModel``, the official UltraSam checkpoint of mmengine, and own safetensors.

    Example:
        >>> from ultrasam.weights import resolve
        >>> checkpoint = read_checkpoint(resolve("ultrasam-tiny"))
        >>> checkpoint.format, checkpoint.input_size
        ('ultrasam safetensors', 512)

    Raises:
        WeightsError: the file is missing, damaged, unsafe or of no known format.
    """
    file = find_tensor_file(Path(path))
    sha256 = sha256_of(file)
    tensors, header = read_tensors(file)
    try:
        task = task_from_json(header[_TASK_ENTRY]) if _TASK_ENTRY in header else None
        checkpoint = _recognised(tensors, sha256, task)
        if _CONFIG_ENTRY in header:
            checkpoint = _described_by(header, checkpoint)
    except WeightsError as error:
        raise WeightsError(f"Cannot use {file.name} as weights. {error}") from error
    return checkpoint


def write_checkpoint(path: str | PathLike[str], checkpoint: Checkpoint, dtype: torch.dtype | None = None) -> None:
    """Write the own format: safetensors whose header says all that the checkpoint knows about itself.

    Args:
        path: the file to write, ending in ``.safetensors``.
        checkpoint: what to write.
        dtype: how floating-point tensors are stored, e.g. ``torch.float16`` for half the size; None keeps
            them. In 16-bit files, batch-norm tensors and the positional matrix keep float32.

    Raises:
        WeightsError: another ending, or values that ``dtype`` cannot hold.
    """
    target = Path(path)
    if target.suffix != ".safetensors":
        raise WeightsError(f"Expected a file name that ends in .safetensors, but got {target.name!r}.")
    header = {
        **checkpoint.metadata,
        _CONFIG_ENTRY: config_to_json(checkpoint.config),
        _PIPELINE_ENTRY: checkpoint.pipeline,
    }
    # Left out where it is SAM's, so that such files stay the same, byte by byte.
    if checkpoint.input_size != SAM_INPUT_SIZE:
        header[_INPUT_SIZE_ENTRY] = str(checkpoint.input_size)
    if checkpoint.task is not None:
        header[_TASK_ENTRY] = task_to_json(checkpoint.task)
    tensors = checkpoint.state_dict if dtype is None else stored_as(checkpoint.state_dict, dtype)
    write_safetensors(target, tensors, header)


def _recognised(tensors: Mapping[str, Tensor], sha256: str, task: Task | None) -> Checkpoint:
    """What kind of checkpoint these keys belong to."""
    known = entry_with_sha256(sha256)
    if "backbone.patch_embed.projection.weight" in tensors and any(key.startswith("bbox_head.") for key in tensors):
        kind = "official ultrasam (mmengine)"
        state_dict = from_official_ultrasam(tensors)
        # Nothing else has these keys, and no hash of the published file is known.
        known = get_entry("ultrasam")
    elif "vision_encoder.patch_embed.projection.weight" in tensors:
        kind = "huggingface"
        state_dict = from_huggingface(tensors)
    elif any(key.startswith("image_encoder.") for key in tensors):
        state_dict = dict(tensors)
        kind = "segment-anything"
    else:
        first = ", ".join(list(tensors)[:3])
        raise WeightsError(
            "Expected the keys of segment-anything (image_encoder.…), Hugging Face's SamModel "
            "(vision_encoder.…) or the official UltraSam (backbone.…, bbox_head.…), "
            f"but found {len(tensors)} keys such as {first}."
        )
    state_dict = {key: _as_float32(tensor) for key, tensor in state_dict.items() if not _is_unused(key)}
    config = infer_config(state_dict)
    if kind.startswith("official"):
        config = replace(config, token_mlp_residual="doubled")
    if isinstance(config.encoder, TinyViTConfig):
        kind = "mobile-sam"
    return Checkpoint(
        state_dict=state_dict,
        config=config,
        pipeline=known.pipeline if known else "sam",
        format=kind,
        metadata=known.metadata if known else {},
        sha256=sha256,
        input_size=known.input_size if known else SAM_INPUT_SIZE,
        task=task,
    )


def _described_by(header: Mapping[str, str], checkpoint: Checkpoint) -> Checkpoint:
    """The checkpoint as its own header describes it."""
    named = header.get(_PIPELINE_ENTRY, "sam")
    pipeline = next((known for known in PIPELINES if known == named), None)
    if pipeline is None:
        raise WeightsError(
            f"Expected one of the pipelines {', '.join(PIPELINES)}, but its header names {named!r}: "
            "a newer ultrasam may have written the file."
        )
    own = (_CONFIG_ENTRY, _PIPELINE_ENTRY, _INPUT_SIZE_ENTRY, _TASK_ENTRY, "format")
    return replace(
        checkpoint,
        config=config_from_json(header[_CONFIG_ENTRY]),
        pipeline=pipeline,
        format="ultrasam safetensors",
        metadata={name: text for name, text in header.items() if name not in own},
        input_size=_input_size_of(header),
    )


def _input_size_of(header: Mapping[str, str]) -> int:
    text = header.get(_INPUT_SIZE_ENTRY, str(SAM_INPUT_SIZE))
    try:
        return int(text)
    except ValueError as error:
        raise WeightsError(
            f"Expected the input size as a number of pixels, but its header says {text[:80]!r}: "
            "a newer ultrasam may have written the file."
        ) from error


def _as_float32(tensor: Tensor) -> Tensor:
    return tensor.detach().to(torch.float32) if tensor.is_floating_point() else tensor


def _is_unused(key: str) -> bool:
    return key.startswith(_UNUSED_BEGINNINGS) or key.endswith(_UNUSED_ENDINGS)
