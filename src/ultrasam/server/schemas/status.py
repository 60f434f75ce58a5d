"""How the server is: model, decoder, queue, limits."""

from __future__ import annotations

from typing import Literal

from ultrasam.server.schemas.base import Wire


class ModelInfo(Wire):
    """The weights that answer.

    Attributes:
        title: what they call themselves.
        licence: their licence.
        sha256: of the weights' file, where it is known.
        input_size: side S of the network's input, in pixels.
        pipeline: how pixels and prompts are prepared.
    """

    title: str
    licence: str
    sha256: str | None
    input_size: int
    pipeline: Literal["sam", "medsam", "ultrasam"]


class LoadingState(Wire):
    """Whether the model is there; requests that need it wait while it is loading.

    Attributes:
        state: what it is.
        reason: why it failed.
    """

    state: Literal["loading", "ready", "failed"]
    reason: str | None


class DecoderState(Wire):
    """Whether the page can decode by itself.

    Attributes:
        state: what it is.
        reason: why it is unavailable.
    """

    state: Literal["ready", "making", "unavailable"]
    reason: str | None


class QueueState(Wire):
    """What waits for the model.

    Attributes:
        waiting: number of jobs.
        seconds: how long they will take, estimated.
    """

    waiting: int
    seconds: float


class Status(Wire):
    """How the server is.

    Attributes:
        version: of ultrasam.
        folder: name of the folder of images, without its path; empty where there is none.
        model: the weights; null until they are loaded.
        loading: whether they are.
        decoder: whether the page can decode by itself.
        queue: what waits for the model.
        max_upload_bytes: largest file that is taken.
        labels_revision: revision of the list of labels.
    """

    version: str
    folder: str
    model: ModelInfo | None
    loading: LoadingState
    decoder: DecoderState
    queue: QueueState
    max_upload_bytes: int
    labels_revision: int
