"""Predictions without prompts: a set of masks per image, matched to the annotated set."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ultrasam.corpus import CocoImage, Instance
from ultrasam.errors import InputError, UltraSamError
from ultrasam.evaluation.answers import DIGITS, Case, Clock, score_answer
from ultrasam.evaluation.metrics.matching import match
from ultrasam.evaluation.metrics.scores import Tolerances
from ultrasam.evaluation.protocols import AUTOMATIC
from ultrasam.imaging import Frame, mask_to_rle
from ultrasam.types import Mask


@dataclass(frozen=True, eq=False)
class PredictedSets:
    """A file of COCO results: ``[{"image_id", "segmentation", "score"}, …]``, as any detector writes it.

    Structures are matched by their masks alone, whatever their category.

    Attributes:
        by_image: image id to its entries.
        sha256: of the file.
        tolerances: for surface metrics.
    """

    by_image: dict[int | str, list[dict[str, Any]]]
    sha256: str
    tolerances: Tolerances = field(default_factory=Tolerances)

    @classmethod
    def read(cls, path: Path, *, tolerances: Tolerances | None = None) -> PredictedSets:
        """Read the file.

        Raises:
            InputError: it is no such file.
        """
        try:
            data = path.read_bytes()
        except OSError as error:
            raise InputError(f"Expected a file of COCO results, but {path} cannot be read: {error}.") from error
        try:
            entries = json.loads(data)
        except ValueError as error:
            raise InputError(f"Expected COCO results as JSON in {path}, but it is damaged: {error}.") from error
        if isinstance(entries, dict) and "annotations" in entries:
            entries = entries["annotations"]
        if not isinstance(entries, list):
            raise InputError(f"Expected a list of COCO results in {path}, but got {type(entries).__name__}.")
        by_image: dict[int | str, list[dict[str, Any]]] = {}
        for number, entry in enumerate(entries):
            if not isinstance(entry, dict) or "image_id" not in entry or "segmentation" not in entry:
                raise InputError(f"Expected image_id and segmentation in entry {number} of {path}, but got {entry!r}.")
            score = entry.get("score")
            if score is not None and not (isinstance(score, (int, float)) and math.isfinite(score)):
                raise InputError(f"Expected a finite score in entry {number} of {path}, but got {score!r}.")
            by_image.setdefault(entry["image_id"], []).append(entry)
        return cls(by_image, hashlib.sha256(data).hexdigest(), tolerances or Tolerances())

    def answer(
        self, image: CocoImage, frame: Frame, cases: Sequence[Case], clock: Clock
    ) -> tuple[list[list[dict[str, Any]]], dict[str, Any]]:
        """Each annotated object's answer is the prediction matched to it, or, without one, the empty mask.

        Returns:
            One list with one answer per case; and under ``"unmatched"`` the predictions that fit no object.
        """
        del frame
        entries = self.by_image.get(image.image_id, [])
        masks = [_mask(image, entry) for entry in entries]
        matching = match(masks, [case.truth for case in cases])
        clock.lap("match")
        partner = {truth: prediction for prediction, truth, _ in matching.pairs}
        answers = []
        for number, case in enumerate(cases):
            found = partner.get(number)
            mask = np.zeros_like(case.truth) if found is None else masks[found]
            entry = None if found is None else entries[found]
            answers.append([self._record(mask, entry, case)])
        clock.lap("score")
        unmatched = [
            {"predicted_iou": _score(entries[i]), "mask": mask_to_rle(masks[i])["counts"]}
            for i in matching.unmatched_predictions
        ]
        return answers, {"unmatched": unmatched}

    def _record(self, mask: Mask, entry: dict[str, Any] | None, case: Case) -> dict[str, Any]:
        return {
            "protocol": AUTOMATIC,
            "step": 1,
            "prompt": {},
            "predicted_iou": None if entry is None else _score(entry),
            **score_answer(mask, case.truth, case.spacing_mm, self.tolerances),
            "mask": mask_to_rle(mask)["counts"],
        }


def _score(entry: dict[str, Any]) -> float:
    return round(float(entry.get("score", 1.0)), DIGITS)


def _mask(image: CocoImage, entry: dict[str, Any]) -> Mask:
    try:
        return Instance(entry.get("id", 0), "", entry["segmentation"], image.size_hw).mask()
    except UltraSamError as error:
        raise InputError(f"A prediction for this image cannot be used: {error}") from error
