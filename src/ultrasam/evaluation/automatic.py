"""Predictions without prompts: a set of masks per image, matched to the annotated set."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ultrasam.corpus import CocoFolder, CocoImage, Instance, Skipped
from ultrasam.errors import InputError
from ultrasam.evaluation.answers import DIGITS, Case, Clock, score_answer
from ultrasam.evaluation.metrics.matching import match
from ultrasam.evaluation.metrics.scores import Tolerances
from ultrasam.evaluation.protocols import AUTOMATIC
from ultrasam.imaging import Frame, mask_to_rle
from ultrasam.types import Mask

_MAX_SCORE = 1e9


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
        except (ValueError, RecursionError) as error:
            raise InputError(f"Expected COCO results as JSON in {path}, but it is damaged: {error}.") from error
        if isinstance(entries, dict) and "annotations" in entries:
            entries = entries["annotations"]
        if not isinstance(entries, list):
            raise InputError(f"Expected a list of COCO results in {path}, but got {type(entries).__name__}.")
        by_image: dict[int | str, list[dict[str, Any]]] = {}
        for number, entry in enumerate(entries):
            _check(entry, f"entry {number} of {path}")
            by_image.setdefault(entry["image_id"], []).append(entry)
        return cls(by_image, hashlib.sha256(data).hexdigest(), tolerances or Tolerances())

    def strangers(self, folder: CocoFolder) -> list[Skipped]:
        """Predictions for images that the data set's COCO file has not, or that cannot be used.

        Raises:
            InputError: not one prediction is of an image that is asked about: the ids are of another file.
        """
        asked = {image.image_id for image in folder.images}
        if not asked & set(self.by_image):
            theirs, ours = ([*ids][:3] for ids in (self.by_image, asked))
            raise InputError(
                f"Expected predictions for images of {folder.name} (ids such as {ours}), but got none (ids such as "
                f"{theirs}): give the results for this COCO file and split."
            )
        known = {image.image_id for image in CocoFolder.read(folder.annotation_file).images}
        reason = "Expected the id of an image that can be used, but the COCO file has none of this id."
        return [
            Skipped(folder.name, f"{len(entries)} predictions for image {image_id}", reason)
            for image_id, entries in self.by_image.items()
            if image_id not in known
        ]

    def answer(
        self, image: CocoImage, frame: Frame, cases: Sequence[Case], clock: Clock
    ) -> tuple[list[list[dict[str, Any]]], dict[str, Any]]:
        """Each annotated object's answer is the prediction matched to it, or, without one, the empty mask.

        A prediction whose mask cannot be used or is empty is one that fits no object.

        Returns:
            One list with one answer per case; under ``"unmatched"`` the predictions that fit no object, under
            ``"skipped"`` those whose masks cannot be used.
        """
        del frame
        entries = self.by_image.get(image.image_id, [])
        masks: list[Mask] = []
        skipped = []
        for number, entry in enumerate(entries, 1):
            try:
                masks.append(Instance(number, "", entry["segmentation"], image.size_hw).mask())
            except InputError as error:
                what = f"prediction {number} of {len(entries)} for image {image.image_id} ({image.file_name})"
                skipped.append({"what": what, "reason": f"It counts as an empty mask. {error}"})
                masks.append(np.zeros(image.size_hw, bool))
        matching = match(masks, [case.truth for case in cases])
        clock.lap("match")
        partner = {truth: prediction for prediction, truth, _ in matching.pairs}
        answers = []
        for number, case in enumerate(cases):
            found = partner.get(number)
            if found is None:
                answers.append([self._record(np.zeros_like(case.truth), None, case)])
            else:
                answers.append([self._record(masks[found], entries[found], case)])
        clock.lap("score")
        unmatched = [
            {"predicted_iou": _score(entries[i]), "mask": mask_to_rle(masks[i])["counts"]}
            for i in matching.unmatched_predictions
        ]
        return answers, {"unmatched": unmatched, "skipped": skipped}

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


def _check(entry: Any, where: str) -> None:
    if not isinstance(entry, dict) or "segmentation" not in entry or not isinstance(entry.get("image_id"), (int, str)):
        raise InputError(f"Expected image_id and segmentation in {where}, but got {str(entry)[:100]}.")
    score = entry.get("score", 1.0)
    if isinstance(score, bool) or not isinstance(score, (int, float)) or not abs(score) <= _MAX_SCORE:
        raise InputError(f"Expected a finite number as score in {where}, but got {str(score)[:50]}.")
