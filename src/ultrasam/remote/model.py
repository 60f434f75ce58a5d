"""A model on a server, with the interface of one in this process."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ultrasam.errors import UltraSamError
from ultrasam.inference.segmenter import ImageLike, to_frame
from ultrasam.remote.session import RemoteSession
from ultrasam.remote.transport import Transport, not_a_workbench

#: Seconds between looks whether the server has loaded its model.
_PAUSE_S = 0.25


class RemoteModel:
    """Give it an image, get a :class:`RemoteSession`; made by :func:`ultrasam.connect`.

    Any number of threads may use it. What an image is called and what is known about its scale stay here: pixels and
    prompts go to the server, masks come back.

    Args:
        transport: to the server.

    Attributes:
        url: of the server.
        server_version: of the ultrasam there.
        title: what its weights call themselves.
        licence: of these.
        sha256: of their file; None where it is not known.
        input_size: side of the network's input in pixels.
        pipeline: how pixels and prompts are prepared there.

    Raises:
        UltraSamError: the server cannot be reached, or is no workbench.
    """

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self.url = transport.url
        status = self._status()
        try:
            model = status["model"]
            self.server_version = str(status["version"])
            self.title = str(model["title"])
            self.licence = str(model["licence"])
            self.sha256: str | None = model["sha256"]
            self.input_size = int(model["inputSize"])
            self.pipeline = str(model["pipeline"])
        except (KeyError, TypeError, ValueError) as error:
            raise not_a_workbench(self.url) from error

    def embed(self, image: ImageLike) -> RemoteSession:
        """Have the server encode an image.

        Args:
            image: as :meth:`ultrasam.Segmenter.embed` takes it.

        Raises:
            ImageError: an array of another shape or type, or an image with several frames.
            UltraSamError: the server cannot be reached, or refuses.
        """
        return RemoteSession(self._transport, to_frame(image))

    def embed_batch(self, images: Sequence[ImageLike]) -> list[RemoteSession]:
        """As :meth:`embed`, for several images."""
        return [self.embed(image) for image in images]

    def close(self) -> None:
        """Close the connection; its sessions answer no more."""
        self._transport.close()

    def __enter__(self) -> RemoteModel:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"RemoteModel({self.url}, {self.title}, input {self.input_size})"

    def _status(self) -> dict[str, Any]:
        """What the server says about itself, once it has loaded its model."""
        for _ in range(max(int(self._transport.timeout / _PAUSE_S), 1)):
            status = self._transport.json("GET", "/api/status")
            if not isinstance(status, dict) or "model" not in status:
                raise not_a_workbench(self.url)
            if status["model"] is not None:
                return status
            loading = status.get("loading") or {}
            if loading.get("state") == "failed":
                raise UltraSamError(f"The server at {self.url} has no model: {loading.get('reason')}")
            self._transport.pause(_PAUSE_S)
        raise UltraSamError(f"The server at {self.url} has not loaded its model yet: try again later.")
