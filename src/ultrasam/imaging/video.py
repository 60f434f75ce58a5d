"""AVI, MP4, MOV, MKV, WebM, WMV and MPEG, with PyAV (FFmpeg): any frame, exactly, when it is asked for."""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ultrasam.errors import ImageError
from ultrasam.extras import require
from ultrasam.imaging.image import Frames, Source, UltrasoundImage
from ultrasam.imaging.limits import check_frame_size
from ultrasam.types import Pixels

#: FFmpeg's names of the containers. A file is opened as what its first bytes say and as nothing else: some of the
#: formats that FFmpeg would guess are lists of other files and addresses.
_CONTAINERS = {"AVI": "avi", "MP4": "mov", "MKV": "matroska", "WMV": "asf", "MPEG": "mpeg"}


def read_video(path: Path, kind: str) -> UltrasoundImage:
    """Read a video; frames are decoded when they are asked for.

    Videos in grey stay grey, all others are RGB. A rotation by quarter turns that the file asks for is applied.

    Args:
        path: the file.
        kind: ``"AVI"``, ``"MP4"`` (and MOV), ``"MKV"`` (and WebM), ``"WMV"`` or ``"MPEG"``.

    Raises:
        ImageError: the file is damaged, holds no frame, or its frames are too large.
        MissingExtraError: PyAV is not installed.
    """
    frames = _VideoFrames(path, kind)
    source = Source(path.name, kind, {"codec": frames.codec})
    return UltrasoundImage(frames, source, frame_times_s=frames.index.times_s)


@dataclass(frozen=True)
class _Index:
    """Every frame in the order of display.

    Attributes:
        times_s: seconds since the first frame.
        number_at: presentation time, in units of the stream, to number of the frame; empty where these times cannot
            be trusted, so that frames must be counted from the first one.
        keys: numbers of the frames at which decoding can begin, with their presentation times.
    """

    times_s: tuple[float, ...]
    number_at: dict[int, int]
    keys: tuple[tuple[int, int], ...]

    def key_before(self, number: int) -> tuple[int, int]:
        """The last frame up to ``number`` at which decoding can begin, and its presentation time."""
        return self.keys[bisect_right(self.keys, number, key=lambda key: key[0]) - 1]


class _VideoFrames(Frames):
    """Frames by number: decodes on from the current position, or from the nearest key frame before."""

    def __init__(self, path: Path, kind: str) -> None:
        self._av = require("av", needed_for="video files")
        self._path = path
        self._kind = kind
        self._lock = threading.Lock()
        self._container: Any = None
        with self._errors():
            self._rewind()
            codec = self._stream.codec_context
            self.codec = str(codec.name)
            check_frame_size(codec.width, codec.height, path.name)
            self.index = self._index_packets() or self._index_frames()
            self._rewind()
            self._current = (0, self._decode(0))
            self._frame_shape: tuple[int, ...] = self._current[1].shape

    @property
    def shape(self) -> tuple[int, ...]:
        """``(T, H, W)`` or ``(T, H, W, 3)``."""
        return (len(self.index.times_s), *self._frame_shape)

    def read(self, index: int) -> Pixels:
        """Decode frame ``index``: ``(H, W)`` or ``(H, W, 3)`` uint8."""
        with self._lock:
            if index != self._current[0]:
                with self._errors():
                    self._current = (index, self._decode(index))
            pixels = self._current[1]
        if pixels.shape != self._frame_shape:
            raise ImageError(
                f"Expected frames of one size in {self._path.name}, but frame {index} has the shape {pixels.shape} "
                f"and the first one {self._frame_shape}."
            )
        return pixels

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._container.close()

    def _rewind(self) -> None:
        if self._container is not None:
            self._container.close()
        self._container = self._av.open(str(self._path.absolute()), format=_CONTAINERS[self._kind])
        streams = self._container.streams.video
        if not streams:
            raise ImageError(f"Expected a video in {self._path.name}, but the file has no picture track.")
        if streams[0].codec_context is None:
            raise ImageError(f"Expected a video in {self._path.name}, but its compression is not known.")
        self._stream = streams[0]
        self._play()

    def _play(self) -> None:
        self._frames = self._container.decode(self._stream)
        self._next: int | None = None

    def _index_packets(self) -> _Index | None:
        """Index without decoding, where packets say enough: in MP4, and where every frame stands alone."""
        packets = [
            (packet.pts, bool(packet.is_keyframe))
            for packet in self._container.demux(self._stream)
            if packet.size and not packet.is_discard
        ]
        stands_alone = all(is_key for _, is_key in packets)
        known = len({pts for pts, _ in packets if pts is not None}) == len(packets)
        if not packets or not known or not (stands_alone or self._kind == "MP4"):
            return None
        return self._index(sorted(packets))

    def _index_frames(self) -> _Index:
        """Index by decoding everything once."""
        self._rewind()
        frames = [(frame.pts, bool(frame.key_frame)) for frame in self._frames]
        if not frames:
            raise ImageError(f"Expected at least one frame in {self._path.name}, but the video has none.")
        times = [pts for pts, _ in frames]
        # AVI stores no presentation times; FFmpeg makes them up, and differently after a seek.
        if self._kind != "AVI" and None not in times and times == sorted(set(times)):
            return self._index(frames)
        rate = self._stream.average_rate or 1
        return _Index(tuple(float(number / rate) for number in range(len(frames))), {}, ((0, 0),))

    def _index(self, frames: list[tuple[int, bool]]) -> _Index:
        first = frames[0][0]
        keys = [(number, pts) for number, (pts, is_key) in enumerate(frames) if is_key or number == 0]
        return _Index(
            tuple(float((pts - first) * self._stream.time_base) for pts, _ in frames),
            {pts: number for number, (pts, _) in enumerate(frames)},
            tuple(keys),
        )

    def _decode(self, number: int) -> Pixels:
        """Frame ``number`` by the shortest way; by the long one, from the start, where seeking led astray."""
        key, key_pts = self.index.key_before(number)
        frame = None
        if self._next is not None and key <= self._next <= number:
            frame = self._advance(number, latest_start=number)
        elif key > 0:
            self._container.seek(key_pts, stream=self._stream)
            self._play()
            frame = self._advance(number, latest_start=key)
        if frame is None:
            self._rewind()
            frame = self._advance(number, latest_start=0)
        if frame is None or frame.is_corrupt:
            raise ImageError(f"Expected a whole frame {number} in {self._path.name}, but it is damaged or missing.")
        return self._pixels(frame)

    def _advance(self, number: int, *, latest_start: int) -> Any:
        """Decode on to a frame; None where it does not come, or the first frame that comes is a later one.

        Args:
            number: the frame that is wanted.
            latest_start: the key frame that decoding must have begun with, or before.
        """
        for frame in self._frames:
            came = self._number(frame)
            if came is None:
                continue
            if self._next is None and came > latest_start:
                return None
            self._next = came + 1
            if came >= number:
                return frame if came == number else None
        return None

    def _number(self, frame: Any) -> int | None:
        if self.index.number_at:
            return self.index.number_at.get(frame.pts)
        return self._next or 0

    def _pixels(self, frame: Any) -> Pixels:
        is_grey = frame.format.name.startswith("gray")
        pixels = frame.to_ndarray(format="gray" if is_grey else "rgb24")
        return np.ascontiguousarray(np.rot90(pixels, frame.rotation // 90))

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """Turn FFmpeg's errors into an ImageError."""
        try:
            yield
        except (self._av.error.FFmpegError, ValueError, MemoryError) as error:
            if isinstance(error, ImageError):
                raise
            reason = getattr(error, "strerror", None) or error
            raise ImageError(
                f"Expected a whole video in {self._path.name}, but it is damaged or cut off: {reason}."
            ) from error
