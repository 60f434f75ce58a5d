"""Runs of a small random network on made data, for tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.inference.small_model import small_segmenter
from ultrasam.corpus import CocoFolder
from ultrasam.evaluation.data import chosen_images
from ultrasam.evaluation.metrics.scores import Tolerances
from ultrasam.evaluation.protocols import parse_protocols
from ultrasam.evaluation.run import run
from ultrasam.evaluation.settings import DataFacts, ModelFacts, Settings
from ultrasam.evaluation.sources import PromptedModel, Source

NAMES = ("point-interior", "box", "box-jitter-20", "box-shift-15", "points-3", "clicks-3")


def settings_for(folders: list[CocoFolder], protocols: tuple[str, ...] = NAMES, **options: Any) -> Settings:
    titles = {protocol.name: protocol.title for protocol in parse_protocols(protocols)}
    seed, limit = options.get("seed", 0), options.get("limit", 0)
    model = ModelFacts(options.get("model", "tiny"), "Tiny", "none", "nothing", "0" * 64, "sam", 256, "fp32")
    data = tuple(DataFacts.of(folder, chosen_images(folder, limit=limit, seed=seed)) for folder in folders)
    return Settings(model, data, "test", titles, seed, 2.0, 1.0, limit)


def made_run(
    out: Path,
    *folders: Path,
    protocols: tuple[str, ...] = NAMES,
    source: Source | None = None,
    restart: bool = False,
    on_image=None,
    network_seed: int = 0,
    **options: Any,
) -> Settings:
    read = [CocoFolder.read(folder, split="test") for folder in folders]
    settings = settings_for(read, protocols, **options)
    if source is None:
        segmenter = small_segmenter(seed=network_seed)
        source = PromptedModel(segmenter, parse_protocols(protocols), settings.seed, Tolerances(2.0, 1.0))
    run(read, source, settings, out, restart=restart, on_image=on_image)
    return settings
