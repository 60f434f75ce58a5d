"""Who answers: a promptable model under protocols, or predictions that were made without prompts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias
from typing import Protocol as StructuralType

from ultrasam.corpus import CocoImage
from ultrasam.evaluation.answers import Case, Clock, ask
from ultrasam.evaluation.metrics.scores import Tolerances
from ultrasam.evaluation.protocols import Protocol
from ultrasam.imaging import Frame
from ultrasam.inference import Segmenter

#: One list of answer records per case, and what there is to say about the image as a whole.
Answers: TypeAlias = tuple[list[list[dict[str, Any]]], dict[str, Any]]


class Source(StructuralType):
    """Anything that can be evaluated."""

    def answer(self, image: CocoImage, frame: Frame, cases: Sequence[Case], clock: Clock) -> Answers:
        """The scored answers about the annotated objects of an image, of which there may be none."""
        ...


@dataclass(frozen=True, eq=False)
class PromptedModel:
    """A model that answers the prompts of protocols.

    Attributes:
        segmenter: the model.
        protocols: what is asked about each object.
        seed: of all randomness.
        tolerances: for surface metrics.
    """

    segmenter: Segmenter
    protocols: Sequence[Protocol]
    seed: int = 0
    tolerances: Tolerances = field(default_factory=Tolerances)

    def answer(self, image: CocoImage, frame: Frame, cases: Sequence[Case], clock: Clock) -> Answers:
        """Encode the image once and ask about all objects under all protocols."""
        del image
        if not cases:
            return [], {}
        session = self.segmenter.embed(frame)
        clock.lap("encode")
        records = ask(session, cases, self.protocols, seed=self.seed, tolerances=self.tolerances, clock=clock)
        return records, {}
