"""A folder with both graphs as ONNX files, for ONNX Runtime in any language and in browsers."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from pathlib import Path

from ultrasam.errors import InputError
from ultrasam.export.graph_folder import check_precision, write_graphs, write_texts
from ultrasam.export.placing import filled_whole, free_folder, sizes_of
from ultrasam.export.result import Exported, Precision
from ultrasam.export.source import Progress, load_source
from ultrasam.weights import Pipeline


def export_onnx(
    weights: str | PathLike[str],
    out: str | PathLike[str],
    *,
    input_size: int | None = None,
    precision: Precision = "fp32",
    pipeline: Pipeline | None = None,
    data: Sequence[str | PathLike[str]] = (),
    overwrite: bool = False,
    progress: Progress | None = None,
) -> Exported:
    """Write ``encoder.onnx``, ``decoder.onnx``, ``ultrasam.json``, ``README.md`` and ``LICENSE``.

    Args:
        weights: a name of ``ultrasam weights list``, a file, or a Hugging Face folder.
        out: the folder.
        input_size: side of the network's input in pixels, fixed in the graphs; None: what the weights were trained at.
        precision: ``"fp32"``, or ``"int8"`` for the image encoder, where that leaves the masks as they are.
        pipeline: overrides how pixels and prompts are prepared and masks finished.
        data: annotated COCO folders, for int8.
        overwrite: replace files of the same names in a folder that is there.
        progress: is told what is done next.

    Raises:
        MissingExtraError: ONNX is not installed.
        WeightsError: no such weights.
        InputError: ``out`` cannot be written to, weights that answer no prompts, or a precision that is not offered.
    """
    target = free_folder(out, overwrite=overwrite)
    if precision == "fp16":
        raise InputError(
            "Expected fp32 or int8 for ONNX, but got fp16, in which ONNX Runtime is no quicker on processors and in "
            "browsers' WebAssembly: for half the size, export to openvino."
        )
    images = [Path(folder) for folder in data]
    check_precision(precision, images)
    source = load_source(weights, pipeline=pipeline, input_size=input_size)
    with filled_whole(target) as folder:
        graphs = write_graphs(source, folder, precision=precision, data=images, progress=progress)
        write_texts(source, graphs, folder, runtime="onnxruntime", precision=precision, notes=source.notes)
        names = list(sizes_of(folder))
    files = {name: size for name, size in sizes_of(target).items() if name in names}
    return Exported("onnx", target, files, source.input_size, precision, source.licence, source.notes, graphs.report)
