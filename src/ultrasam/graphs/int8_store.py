"""Image encoders in int8 that were found good enough: the package's own, and those that were made here."""

from __future__ import annotations

import json
import logging
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ultrasam.cache import cache_dir
from ultrasam.errors import WeightsError
from ultrasam.files import written_whole
from ultrasam.weights import Checkpoint
from ultrasam.weights.hashing import sha256_of

log = logging.getLogger(__name__)

_BUNDLED_FOLDER: Final = Path(__file__).parents[1] / "weights" / "bundled"


@dataclass(frozen=True)
class BundledGraph:
    """A graph inside the package.

    Attributes:
        weights_sha256: of the weights file that it was made from.
        input_size: side in pixels of its input.
        pipeline: that prepared the images which it was calibrated and compared with.
        file_name: in the folder of bundled weights.
        sha256: of the graph.
    """

    weights_sha256: str
    input_size: int
    pipeline: str
    file_name: str
    sha256: str


#: Each is the encoder.onnx of  ultrasam export onnx --precision int8; its metadata say what was compared.
BUNDLED: Final[tuple[BundledGraph, ...]] = (
    BundledGraph(
        weights_sha256="39df305c24665aeae66a823cc3f35bbf75994f8a5b5f428725671c07e447cf36",
        input_size=512,
        pipeline="sam",
        file_name="ultrasam_tiny_int8.onnx",
        sha256="999c74b10c0a12a96852060af3635465d0dfc43d7320035520a0e79395eeaa1d",
    ),
)


def find_int8(checkpoint: Checkpoint, input_size: int) -> Path | None:
    """The int8 graph of some weights' image encoder: ``images`` to ``image_embeddings``.

    One that was made here goes before the package's own. A file that is not as it was written is passed by, with a
    warning.

    Args:
        checkpoint: of the network.
        input_size: side of its input in pixels.

    Returns:
        An ONNX file; None where there is none.
    """
    graph = _kept(checkpoint, input_size)
    if graph.is_file() and _is_whole(graph, _noted_sha256(graph)):
        return graph
    for own in BUNDLED:
        if (own.weights_sha256, own.input_size, own.pipeline) == (checkpoint.sha256, input_size, checkpoint.pipeline):
            path = _BUNDLED_FOLDER / own.file_name
            return path if _is_whole(path, own.sha256) else None
    return None


def keep_int8(checkpoint: Checkpoint, input_size: int, graph: Path) -> Path:
    """Keep a copy of a graph that was accepted, so that :func:`find_int8` finds it.

    Args:
        checkpoint: of the network.
        input_size: side of its input in pixels.
        graph: the ONNX file.

    Returns:
        The copy.
    """
    kept = _kept(checkpoint, input_size)
    with written_whole(kept) as temporary:
        shutil.copyfile(graph, temporary)
        sha256 = sha256_of(temporary)
    # A process that reads between the two finds a hash that does not fit, and passes the graph by.
    with written_whole(_note(kept)) as temporary:
        temporary.write_text(json.dumps({"sha256": sha256}), encoding="utf-8")
    return kept


def _kept(checkpoint: Checkpoint, input_size: int) -> Path:
    # The pipeline decides which pixels the graph was calibrated with.
    return cache_dir("int8") / f"{checkpoint.sha256}-{checkpoint.pipeline}-{input_size}.onnx"


def _note(graph: Path) -> Path:
    return graph.with_suffix(".json")


def _noted_sha256(graph: Path) -> str | None:
    try:
        noted = json.loads(_note(graph).read_text(encoding="utf-8"))
        return str(noted["sha256"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _is_whole(graph: Path, sha256: str | None) -> bool:
    try:
        whole = sha256_of(graph) == sha256
    except WeightsError:
        whole = False
    if not whole:
        log.warning("Passed by, as it is damaged: %s. Make it again by  ultrasam export onnx --precision int8.", graph)
    return whole
