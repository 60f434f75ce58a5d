"""A folder with both graphs in OpenVINO's own format, for Intel's processors, graphics and NPUs."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from os import PathLike
from pathlib import Path

from ultrasam.export.graph_folder import DECODER, ENCODER, check_precision, write_graphs, write_texts
from ultrasam.export.placing import filled_whole, free_folder, sizes_of
from ultrasam.export.result import Exported, Precision
from ultrasam.export.source import Progress, load_source
from ultrasam.extras import require
from ultrasam.weights import Pipeline

#: Where the metadata stand in a model's ``rt_info``.
SECTION = "ultrasam"


def export_openvino(
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
    """Write ``encoder.xml``, ``decoder.xml`` with their ``.bin``, ``ultrasam.json``, ``README.md`` and ``LICENSE``.

    Args:
        weights: a name of ``ultrasam weights list``, a file, or a Hugging Face folder.
        out: the folder.
        input_size: side of the network's input in pixels, fixed in the graphs; None: what the weights were trained at.
        precision: of the stored weights. ``"fp16"`` halves the files, and what OpenVINO computes in hangs on the
            device all the same; ``"int8"`` is of the image encoder, where that leaves the masks as they are.
        pipeline: overrides how pixels and prompts are prepared and masks finished.
        data: annotated COCO folders, for int8.
        overwrite: replace files of the same names in a folder that is there.
        progress: is told what is done next.

    Raises:
        MissingExtraError: ONNX or OpenVINO is not installed.
        WeightsError: no such weights.
        InputError: ``out`` cannot be written to, weights that answer no prompts, or a precision that is not offered.
    """
    target = free_folder(out, overwrite=overwrite)
    require("openvino", needed_for="OpenVINO models")
    images = [Path(folder) for folder in data]
    check_precision(precision, images)
    source = load_source(weights, pipeline=pipeline, input_size=input_size)
    with filled_whole(target) as folder:
        with tempfile.TemporaryDirectory(prefix=".partial-", dir=folder) as name:
            graphs = write_graphs(source, Path(name), precision=precision, data=images, progress=progress)
            if progress:
                progress("converting to OpenVINO")
            for part in (ENCODER, DECODER):
                # Of an int8 model the encoder alone is.
                stored: Precision = "fp32" if (part, precision) == (DECODER, "int8") else precision
                report = {"int8": json.dumps(graphs.report)} if stored == "int8" else {}
                convert(Path(name) / part, folder, {**graphs.metadata, **report}, precision=stored)
        write_texts(source, graphs, folder, runtime="openvino", precision=precision, notes=source.notes)
        names = list(sizes_of(folder))
    files = {name: size for name, size in sizes_of(target).items() if name in names}
    return Exported(
        "openvino", target, files, source.input_size, precision, source.licence, source.notes, graphs.report
    )


def convert(graph: Path, folder: Path, metadata: Mapping[str, str], *, precision: Precision) -> None:
    """Write an ONNX file as OpenVINO's ``.xml`` and ``.bin`` of the same name.

    Args:
        graph: the ONNX file.
        folder: to write to.
        metadata: goes into the model's ``rt_info``, in the section :data:`SECTION`, with the precision.
        precision: ``"fp16"`` stores the weights in half precision, any other as they are.

    Raises:
        MissingExtraError: OpenVINO is not installed.
    """
    openvino = require("openvino", needed_for="OpenVINO models")
    model = openvino.Core().read_model(graph)
    for name, text in {**metadata, "precision": precision}.items():
        model.set_rt_info(text, [SECTION, name])
    openvino.save_model(model, folder / f"{graph.stem}.xml", compress_to_fp16=precision == "fp16")
