"""An image that was encoded on a server."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from ultrasam.imaging import Frame
from ultrasam.inference.promptable import Promptable
from ultrasam.inference.segmentation import Segmentation
from ultrasam.remote.pixels_png import pixels_to_png
from ultrasam.remote.refusal import Refused
from ultrasam.remote.transport import Transport, not_a_workbench
from ultrasam.remote.wire import OBJECTS_AT_ONCE, Answer, Question, answers_from_json
from ultrasam.types import Prompts

#: How often an image is sent again for one question: a server may have too little room for all of its clients.
_TRIES = 3
#: Bytes of mask prompts in one request; a server takes 16 MiB, and in base64 they grow by a third.
_MOST_MASK_BYTES = 8 * 2**20


class RemoteSession(Promptable):
    """An image with its embedding on a server; made by :meth:`RemoteModel.embed`.

    It answers as :class:`~ultrasam.inference.Session` does, and any number of threads may ask it. Where the server
    made room for others, the image is sent again.

    Args:
        transport: to the server.
        frame: the image; what is known about its scale stays here.

    Attributes:
        frame: the image.
    """

    def __init__(self, transport: Transport, frame: Frame) -> None:
        self.frame = frame
        self._transport = transport
        self._lock = threading.Lock()
        self._name = self._sent()

    def segment_batch(
        self, prompts: Sequence[Prompts], *, multimask: bool | None = None, refine: bool | None = None
    ) -> list[Segmentation]:
        """One segmentation per object; see :meth:`Promptable.segment_batch`."""
        question = Question(tuple(prompts), multimask, refine, logits=True)
        return [best for best, _ in self._asked(question)]

    def propose_batch(
        self,
        prompts: Sequence[Prompts],
        *,
        multimask: bool | None = None,
        refine: bool | None = None,
        by_score: bool = True,
    ) -> Iterator[tuple[Segmentation, Iterator[Segmentation]]]:
        """Each answer with three proposals; see :meth:`Promptable.propose_batch`."""
        question = Question(tuple(prompts), multimask, refine, candidates=True, logits=True)
        for best, three in self._asked(question):
            found = list(three or ())
            yield best, iter(_by_score(found) if by_score else found)

    def candidates(self, prompts: Prompts) -> list[Segmentation]:
        """The three masks that the network offers for one object, best predicted score first."""
        ((_, three),) = self.propose_batch([prompts], multimask=True)
        return list(three)

    def close(self) -> None:
        """Let the server forget the image before it has to; asked again, it is sent again."""
        try:
            self._transport.json("DELETE", f"/api/sessions/{self._name}")
        except Refused as refusal:
            if refusal.kind not in ("gone", "missing"):
                raise

    def _asked(self, question: Question) -> Iterator[Answer]:
        for prompt in question.prompts:
            prompt.check_inside(self.frame.size_hw)
        at_once = _at_once(question.prompts)
        for start in range(0, len(question.prompts), at_once):
            some = question.prompts[start : start + at_once]
            answer = self._answer(replace(question, prompts=some).to_json())
            try:
                answers = answers_from_json(answer, some, self.frame)
            except (KeyError, TypeError, ValueError) as error:
                raise not_a_workbench(self._transport.url) from error
            yield from answers

    def _answer(self, request: dict[str, Any]) -> Any:
        for tries_left in reversed(range(_TRIES)):
            name = self._name
            try:
                return self._transport.json("POST", f"/api/sessions/{name}/segment", json=request)
            except Refused as refusal:
                if refusal.kind != "gone" or not tries_left:
                    raise
            self._renew(name)
        raise AssertionError

    def _renew(self, gone: str) -> None:
        """Send the image again, once for all threads that found it gone."""
        with self._lock:
            if self._name == gone:
                self._name = self._sent()

    def _sent(self) -> str:
        png = pixels_to_png(self.frame.pixels)
        answer = self._transport.json("POST", "/api/sessions", content=png, headers={"Content-Type": "image/png"})
        try:
            name, size = str(answer["id"]), tuple(answer["sizeHw"])
        except (KeyError, TypeError) as error:
            raise not_a_workbench(self._transport.url) from error
        if size != self.frame.size_hw:
            raise not_a_workbench(self._transport.url)
        return name


def _at_once(prompts: Sequence[Prompts]) -> int:
    """How many objects one request has. Logits of a large network's input are megabytes each."""
    largest = max((prompt.mask.nbytes for prompt in prompts if prompt.mask is not None), default=0)
    at_once = OBJECTS_AT_ONCE
    while at_once > 2 and at_once * largest > _MOST_MASK_BYTES:
        at_once //= 2
    return at_once


def _by_score(three: list[Segmentation]) -> list[Segmentation]:
    return sorted(three, key=lambda found: -found.score)
