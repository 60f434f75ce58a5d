"""Conversion on Ray Data: the same portions, on the machines of a cluster or the cores of this one."""

from __future__ import annotations

import logging
import os
import pickle
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from ultrasam.corpus.preparing.converting import Converter, Task
from ultrasam.corpus.preparing.record import Record
from ultrasam.extras import require


def convert_on_ray(portions: Iterable[Sequence[Task]], converter: Converter, workers: int) -> Iterator[list[Record]]:
    """Convert portions on a Ray cluster; records come in the order of the portions.

    A cluster that is there already is used (``RAY_ADDRESS``, or ``ray.init`` before), otherwise one is started on this
    machine for as long as it takes. On several machines the source and the corpus must lie on a file system that
    all of them see under one path.

    Args:
        portions: tasks that one worker converts one after the other.
        converter: what converts them.
        workers: portions at a time.

    Raises:
        MissingExtraError: the extra ``scale`` is not installed.
    """
    ray = require("ray", needed_for="Conversions on Ray")
    ray_data = require("ray.data", needed_for="Conversions on Ray")
    is_own = not ray.is_initialized()
    for name in ("ray", "ray.data"):
        logging.getLogger(name).setLevel(logging.ERROR)
    if is_own:
        cluster = {} if "RAY_ADDRESS" in os.environ else {"num_cpus": workers, "include_dashboard": False}
        ray.init(logging_level=logging.ERROR, log_to_driver=False, **cluster)
    try:
        context = ray_data.DataContext.get_current()
        context.execution_options.preserve_order = True
        context.enable_progress_bars = False
        rows = [{"portion": pickle.dumps(portion)} for portion in portions]
        if not rows:
            return
        converted = ray_data.from_items(rows, override_num_blocks=len(rows)).map(
            _convert,
            fn_kwargs={"converter": pickle.dumps(converter)},
            compute=ray_data.TaskPoolStrategy(size=min(workers, len(rows))),
        )
        for row in converted.iter_rows():
            yield pickle.loads(row["records"])  # noqa: S301  (what _convert packed)
    finally:
        if is_own:
            ray.shutdown()


def _convert(row: dict[str, Any], converter: bytes) -> dict[str, bytes]:
    convert: Converter = pickle.loads(converter)  # noqa: S301  (packed above)
    return {"records": pickle.dumps(convert(pickle.loads(row["portion"])))}  # noqa: S301
