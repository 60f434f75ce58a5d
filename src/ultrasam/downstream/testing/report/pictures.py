"""Pictures of a test: masks that went well and badly, images that were taken for something else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from PIL import Image

from ultrasam.downstream.metrics.semantic import image_dice
from ultrasam.downstream.testing.tested import Tested
from ultrasam.evaluation.report.overlays import LINE, SIDE, Picture, drawn
from ultrasam.evaluation.report.wording import number
from ultrasam.imaging import read, rle_to_mask
from ultrasam.imaging.overlay import PALETTE, draw_overlay
from ultrasam.types import Prompts

#: Title, note and pictures.
PictureGroup = tuple[str, str, list[Picture]]
#: So many wrong answers are shown, the surest ones.
_MOST_WRONG = 24
#: So many masks are shown of each end and of the middle.
_OF_EACH = 3
_GAP = 6


def picture_groups(tested: Tested) -> list[PictureGroup]:
    """What a reader should see; no group without a picture."""
    if tested.kind == "classification":
        groups = [_wrong(tested)]
    elif tested.kind == "regression":
        groups = [_far_off(tested)]
    else:
        groups = [_masks(tested)]
    return [group for group in groups if group[2]]


def _wrong(tested: Tested) -> PictureGroup:
    case_of = tested.classified()
    wrong = np.not_equal(case_of.decided, case_of.truths).sum(axis=1) > 0
    # What the network gave the right answer, at the lowest: the surer it was of another, the less.
    chance = np.where(case_of.truths, case_of.probabilities, 1 - case_of.probabilities).min(axis=1)
    order = [i for i in np.argsort(chance, kind="stable") if wrong[i]]
    pictures = []
    for i in order[:_MOST_WRONG]:
        record, case = tested.cases[i]
        truth, decided = (_named(tested, marked[i]) for marked in (case_of.truths, case_of.decided))
        ranked = sorted(zip(case["answer"], tested.classes, strict=True), reverse=True)[:3]
        said = ", ".join(f"{name} {number(value, 2)}" for value, name in ranked)
        pictures.append(_whole(f"{truth}, taken for {decided}", f"{record['image']}: {said}", record, case))
    note = f"{len(order)} of {len(wrong)} cases; the surest errors first, with the highest probabilities."
    return "Taken for something else", note, pictures


def _far_off(tested: Tested) -> PictureGroup:
    errors = tested.answers() - tested.true_values()
    spread = np.where(errors.std(axis=0) > 0, errors.std(axis=0), 1.0)
    order = np.argsort(-np.abs(errors / spread).max(axis=1), kind="stable")[: _OF_EACH * 2]
    pictures = []
    for i in order:
        record, case = tested.cases[i]
        said = "; ".join(
            f"{name} {answer:.4g} instead of {truth:.4g}"
            for name, answer, truth in zip(tested.classes, case["answer"], case["truth"], strict=True)
        )
        pictures.append(_whole("far off", f"{record['image']}: {said}", record, case))
    return "Largest errors", "Errors are compared in their standard deviations.", pictures


def _masks(tested: Tested) -> PictureGroup:
    scores = image_scores(tested)
    order = [i for i in np.argsort(-scores, kind="stable") if not np.isnan(scores[i])]
    middle = max(len(order) // 2 - _OF_EACH // 2, 0)
    chosen: dict[int, str] = {}
    for rank, places in (
        ("best", order[:_OF_EACH]),
        ("worst", order[::-1][:_OF_EACH]),
        ("median", order[middle : middle + _OF_EACH]),
    ):
        for i in places:
            chosen.setdefault(int(i), rank)
    ranks = ("best", "median", "worst")
    shown = sorted(chosen.items(), key=lambda item: (ranks.index(item[1]), -scores[item[0]]))
    pictures = [_side_by_side(tested, tested.records[i], rank, float(scores[i])) for i, rank in shown]
    note = "By mean Dice of an image. Left: what is right; right: the answer. A class has one colour."
    return "Best, median, worst", note, pictures


def image_scores(tested: Tested) -> np.ndarray[Any, np.dtype[np.float64]]:
    """``(N,)`` mean Dice of each image, of its classes or its objects; NaN where it has neither objects nor answers.

    An answer where nothing is, is worth 0.
    """
    if tested.kind == "semantic":
        dice = image_dice(tested.counts())
        found = [row[~np.isnan(row)] for row in dice]
    else:
        found = []
        for image in tested.found():
            shown = any(one.kept.any() for one in image)
            objects = np.concatenate([one.dice for one in image])
            found.append(objects if len(objects) else np.zeros(int(shown)))
    return np.array([values.mean() if len(values) else np.nan for values in found])


def _whole(rank: str, caption: str, record: dict[str, Any], case: dict[str, Any]) -> Picture:
    """The image, with the box that was shown to a prompted classifier."""

    def draw() -> Image.Image:
        pixels = read(record["path"]).frame(0).pixels
        box = case.get("box_xyxy")
        if box is None:
            return Image.fromarray(pixels).convert("RGB")
        nothing = np.zeros(pixels.shape[:2], bool)
        return draw_overlay(pixels, [nothing], [Prompts(box_xyxy=box)], colours=PALETTE[2:], line=LINE)

    return drawn(rank, caption, record["path"], draw)


def _side_by_side(tested: Tested, record: dict[str, Any], rank: str, score: float) -> Picture:
    shown = [answer for answer in record["answers"] if tested.kind == "semantic" or _is_shown(record, answer)]
    names = dict.fromkeys(tested.classes[entry["class"]] for entry in (*record["truths"], *shown))
    caption = f"{record['image']}, Dice {number(score)}: {', '.join(names)}"

    def draw() -> Image.Image:
        pixels = read(record["path"]).frame(0).pixels
        halves = [_overlay(pixels, record["size_hw"], entries) for entries in (record["truths"], shown)]
        width, height = halves[0].size
        both = Image.new("RGB", (2 * width + _GAP, height))
        both.paste(halves[0], (0, 0))
        both.paste(halves[1], (width + _GAP, 0))
        return both

    return drawn(rank, caption, record["path"], draw, side=2 * SIDE)


def _is_shown(record: dict[str, Any], answer: dict[str, Any]) -> bool:
    found = record["found"][answer["class"]]
    return any(kept and score == answer["score"] for kept, score in zip(found["kept"], found["scores"], strict=True))


def _overlay(pixels: Any, size_hw: Sequence[int], entries: Sequence[dict[str, Any]]) -> Image.Image:
    masks = [rle_to_mask({"size": list(size_hw), "counts": entry["mask"]}) for entry in entries]
    colours = [PALETTE[entry["class"] % len(PALETTE)] for entry in entries]
    return draw_overlay(pixels, masks, colours=colours or PALETTE, line=LINE)


def _named(tested: Tested, marked: np.ndarray[Any, np.dtype[np.bool_]]) -> str:
    return " and ".join(name for name, is_marked in zip(tested.classes, marked, strict=True) if is_marked) or "none"
