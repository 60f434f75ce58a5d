"""From a frame and a request to an answer, by way of the queue."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Hashable, Sequence
from typing import Any

import numpy as np

from ultrasam.imaging import Frame
from ultrasam.inference import Segmenter, Session
from ultrasam.remote.wire import OBJECTS_AT_ONCE, Answer, Question, answers_to_json
from ultrasam.server.computing.embeddings import Embeddings, alone
from ultrasam.server.computing.job import Job, Priority
from ultrasam.server.computing.queue import ModelQueue
from ultrasam.server.refusals import Gone
from ultrasam.types import Prompts

#: Kinds of jobs, each with its own estimate of the time that it takes.
ENCODING, DECODING = "encoding", "decoding"


class Answering:
    """Encodes frames and answers prompts about them; may be used by any number of threads.

    Args:
        segmenter: the model.
        queue: before it.
        embeddings: where encoded frames are kept.
    """

    def __init__(self, segmenter: Segmenter, queue: ModelQueue, embeddings: Embeddings) -> None:
        self._segmenter = segmenter
        self._queue = queue
        self._embeddings = embeddings

    def embedding(self, key: Hashable, frame: Callable[[], Frame], *, ahead: bool = False) -> Job[Session]:
        """Have a frame encoded, where it is not.

        Args:
            key: of the frame; a file that changed has another.
            frame: reads it, in the model's thread; what that raises, the job's ``wait`` raises.
            ahead: nobody waits for it yet.

        Raises:
            Busy: too much waits for the model.
        """
        return self._encoding(key, frame, Priority.AHEAD if ahead else Priority.PERSON)

    def segment(self, key: Hashable, frame: Callable[[], Frame], request: dict[str, Any]) -> dict[str, Any]:
        """Answer a ``SegmentRequest`` about a frame, which is encoded where it is not.

        Returns:
            A ``SegmentAnswer``.

        Raises:
            PromptError: a prompt makes no sense, or lies outside the image.
            InputError: too many objects.
            Busy: too much waits for the model.
        """
        session = self._encoding(key, frame, Priority.PERSON).wait()
        return self._answer(session, request, Priority.PERSON)

    def new_session(self, frame: Callable[[], Frame]) -> tuple[str, tuple[int, int]]:
        """Encode pixels that a client sent.

        Args:
            frame: unpacks them, in the model's thread, so that those of one client at a time are in memory.

        Returns:
            The name by which the client asks about them, and their height and width.

        Raises:
            Busy: too much waits for the model.
        """
        name = uuid.uuid4().hex
        session = self._encoding(_session_key(name), frame, Priority.CLIENT).wait()
        return name, session.frame.size_hw

    def segment_session(self, name: str, request: dict[str, Any]) -> dict[str, Any]:
        """As :meth:`segment`, about what a client sent.

        Raises:
            Gone: there is no such session; it may have made room for others.
        """
        session = self._embeddings.get(_session_key(name))
        if session is None:
            raise Gone("The session is not here any more, as others took its room: send the image again.")
        return self._answer(session, request, Priority.CLIENT)

    def end_session(self, name: str) -> None:
        """Forget what a client sent.

        Raises:
            Gone: there is no such session.
        """
        if self._embeddings.get(_session_key(name)) is None:
            raise Gone("The session is not here any more.")
        self._embeddings.remove(_session_key(name))

    def _encoding(self, key: Hashable, frame: Callable[[], Frame], priority: Priority) -> Job[Session]:
        kept = self._embeddings.get(key)
        if kept is not None:
            return Job.done_with(key, kept)

        def work() -> Session:
            # It may have been encoded between the look above and now.
            session = self._embeddings.get(key)
            if session is None:
                session = self._segmenter.embed(alone(frame()))
                self._embeddings.put(key, session)
            return session

        return self._queue.submit((ENCODING, key), work, priority, kind=ENCODING)

    def _answer(self, session: Session, request: dict[str, Any], priority: Priority) -> dict[str, Any]:
        question = Question.from_json(request, session.frame.size_hw)
        answers: list[Answer] = []
        for start in range(0, len(question.prompts), OBJECTS_AT_ONCE):
            some = question.prompts[start : start + OBJECTS_AT_ONCE]

            def work(some: Sequence[Prompts] = some) -> list[Answer]:
                return _decoded(session, question, some)

            answers += self._queue.submit(object(), work, priority, kind=DECODING).wait()
        return answers_to_json(answers, logits=question.logits)


def embedding_bytes(session: Session) -> tuple[bytes, tuple[int, ...]]:
    """An embedding for the browser: float32 little endian, and its shape ``(1, 256, S/16, S/16)``."""
    numbers = session.embedding.detach().float().cpu().numpy()
    return np.ascontiguousarray(numbers, "<f4").tobytes(), numbers.shape


def _session_key(name: str) -> Hashable:
    return ("session", name)


def _decoded(session: Session, question: Question, prompts: Sequence[Prompts]) -> list[Answer]:
    passes: dict[str, bool | None] = {"multimask": question.multimask, "refine": question.refine}
    if not question.candidates:
        return [(found, None) for found in session.segment_batch(prompts, **passes)]
    proposals = session.propose_batch(prompts, **passes, by_score=False)
    return [(best, list(three)) for best, three in proposals]
