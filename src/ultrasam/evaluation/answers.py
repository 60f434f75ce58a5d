"""What is asked about the objects of one image, and what came back, scored.

Prompts of all protocols and objects are put to the decoder together, round by round; the image is encoded once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numpy as np

from ultrasam.evaluation.metrics.overlap import dice
from ultrasam.evaluation.metrics.scores import Tolerances, score_mask
from ultrasam.evaluation.protocols import Protocol
from ultrasam.imaging import mask_to_rle
from ultrasam.inference import Segmentation, Session
from ultrasam.types import Mask, Prompts, SpacingXY

#: Objects asked about at once: each holds a few megabytes of logits.
OBJECTS_AT_ONCE = 16


@dataclass(frozen=True, eq=False)
class Case:
    """One annotated object.

    Attributes:
        key: names the object among all data sets; its randomness hangs on it.
        truth: ``(H, W)`` bool, not empty.
        spacing_mm: ``(x, y)`` mm per pixel, where known.
    """

    key: str
    truth: Mask
    spacing_mm: SpacingXY | None = None

    def rng(self, protocol: Protocol, seed: int) -> np.random.Generator:
        """Randomness of this object under a protocol, whatever else is run, in whatever order."""
        digest = hashlib.sha256(f"{seed} {protocol.short_name} {self.key}".encode()).digest()
        return np.random.default_rng(list(digest))


class Clock:
    """Seconds spent by stage."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._last = perf_counter()

    def lap(self, stage: str) -> None:
        """Count the time since the last call for a stage."""
        now = perf_counter()
        self.seconds[stage] = self.seconds.get(stage, 0.0) + now - self._last
        self._last = now


def ask(
    session: Session,
    cases: Sequence[Case],
    protocols: Sequence[Protocol],
    *,
    seed: int,
    tolerances: Tolerances,
    clock: Clock,
) -> list[list[dict[str, Any]]]:
    """The scored answers for each object of an image.

    Args:
        session: the encoded image.
        cases: its annotated objects.
        protocols: what to ask about each.
        seed: of all randomness.
        tolerances: for surface metrics.
        clock: told the seconds of ``"decode"`` and ``"score"``.

    Returns:
        One list per case: an answer record for each protocol and round, protocols in their order.
    """
    records: list[list[dict[str, Any]]] = []
    for start in range(0, len(cases), OBJECTS_AT_ONCE):
        records += _ask(session, cases[start : start + OBJECTS_AT_ONCE], protocols, seed, tolerances, clock)
    return records


def _ask(
    session: Session,
    cases: Sequence[Case],
    protocols: Sequence[Protocol],
    seed: int,
    tolerances: Tolerances,
    clock: Clock,
) -> list[list[dict[str, Any]]]:
    found: dict[tuple[int, int], list[dict[str, Any]]] = {}
    former: dict[tuple[int, int], Segmentation] = {}
    rngs = {(c, p): case.rng(protocol, seed) for c, case in enumerate(cases) for p, protocol in enumerate(protocols)}
    for round_ in range(max(protocol.rounds for protocol in protocols)):
        wanted: dict[tuple[int, int], Prompts] = {}
        for key, rng in rngs.items():
            case, protocol = cases[key[0]], protocols[key[1]]
            if round_ >= protocol.rounds:
                continue
            prompt = protocol.prompt(case.truth, rng, former.get(key))
            if prompt is not None:
                wanted[key] = prompt
            else:
                # Nothing is left to correct: the user stops, and the answer stands.
                found[key].append({**found[key][-1], "step": round_ + 1})
        clock.lap("prompt")
        for key, answer, proposals in _answers(session, wanted, protocols):
            case, protocol = cases[key[0]], protocols[key[1]]
            offered = proposals if protocol.rounds == 1 else []
            clock.lap("decode")
            record = describe_answer(protocol, round_ + 1, answer, case, tolerances)
            if offered:
                record["oracle_dice"] = round(max(dice(other, case.truth) for other in offered), DIGITS)
            former[key] = answer
            found.setdefault(key, []).append(record)
            clock.lap("score")
        clock.lap("decode")
    return [[record for p in range(len(protocols)) for record in found[c, p]] for c in range(len(cases))]


def _answers(
    session: Session, wanted: dict[tuple[int, int], Prompts], protocols: Sequence[Protocol]
) -> Iterator[tuple[tuple[int, int], Segmentation, list[Mask]]]:
    """Each wanted key with its answer and proposals; what two protocols ask alike is decoded once."""
    alike: dict[tuple[Any, ...], list[tuple[int, int]]] = {}
    for key, prompt in wanted.items():
        mask = None if prompt.mask is None else id(prompt.mask)
        points = (prompt.points_xy.tobytes(), prompt.labels.tobytes(), prompt.box_xyxy, mask)
        alike.setdefault((protocols[key[1]].refine, *points), []).append(key)
    for refine in (None, False, True):
        groups = [keys for asked, keys in alike.items() if asked[0] is refine]
        prompts = [wanted[keys[0]] for keys in groups]
        for keys, (answer, proposals) in zip(groups, session.propose_batch(prompts, refine=refine), strict=True):
            once = any(protocols[key[1]].rounds == 1 for key in keys)
            masks = [proposal.mask for proposal in proposals] if once else []
            for key in keys:
                yield key, answer, masks


#: Decimals that are kept: enough for any table, and files stay small.
DIGITS = 5


def describe_answer(
    protocol: Protocol, step: int, answer: Segmentation, case: Case, tolerances: Tolerances
) -> dict[str, Any]:
    """The record of one answer: protocol, step from 1, prompt, predicted IoU, mask and all scores."""
    return {
        "protocol": protocol.name,
        "step": step,
        "prompt": describe_prompt(answer.prompts),
        "predicted_iou": round(answer.score, DIGITS),
        **score_answer(answer.mask, case.truth, case.spacing_mm, tolerances),
        "mask": mask_to_rle(answer.mask)["counts"],
    }


def score_answer(
    mask: Mask, truth: Mask, spacing_mm: SpacingXY | None, tolerances: Tolerances
) -> dict[str, float | bool | None]:
    """All scores of a mask, rounded for a file."""
    scores = score_mask(mask, truth, spacing_mm=spacing_mm, tolerances=tolerances).as_dict()
    return {name: round(value, DIGITS) if isinstance(value, float) else value for name, value in scores.items()}


def describe_prompt(prompts: Prompts | None) -> dict[str, Any]:
    """A prompt as JSON; of a mask only its kind, as masks follow from the protocol and the seed."""
    record: dict[str, Any] = {}
    if prompts is None:
        return record
    if len(prompts.points_xy):
        record["points_xy"] = [[round(float(x), 2), round(float(y), 2)] for x, y in prompts.points_xy]
        record["labels"] = prompts.labels.tolist()
    if prompts.box_xyxy is not None:
        record["box_xyxy"] = [round(side, 2) for side in prompts.box_xyxy]
    if prompts.mask is not None:
        record["mask"] = "mask" if prompts.mask.dtype == bool else "logits of the former answer"
    return record
