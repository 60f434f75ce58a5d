"""What a workbench is told when it starts."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from pathlib import Path

from ultrasam.errors import InputError

#: Names by which a machine calls itself.
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
#: Fewer characters can be guessed.
SHORTEST_TOKEN = 16


@dataclass(frozen=True)
class Settings:
    """What a workbench is told when it starts.

    Attributes:
        project: folder of the data base and the uploads.
        folder: folder of the images; None where there are uploads only.
        host: address to listen at.
        port: port to listen at; taken ones are passed over.
        token: what a request must know; needed where ``host`` is another than this machine's own.
        certificate: PEM file, for TLS.
        key: PEM file of the certificate's key.
        max_upload_bytes: largest file that is taken.
        embeddings_bytes: memory for encoded images.
        max_waiting: jobs that may wait for the model.
    """

    project: Path
    folder: Path | None = None
    host: str = "127.0.0.1"
    port: int = 8765
    token: str | None = None
    certificate: Path | None = None
    key: Path | None = None
    max_upload_bytes: int = 2 * 2**30
    embeddings_bytes: int = 512 * 2**20
    max_waiting: int = 64

    def __post_init__(self) -> None:
        if self.folder is not None and not self.folder.is_dir():
            raise InputError(f"Expected a folder of images, but {self.folder} is none: check the name.")
        if self.token is None and not self.is_loopback:
            raise InputError(
                f"Expected --token where --host is not this machine alone, but {self.host} is open to others: "
                "give --token auto, or one of your own."
            )
        if self.token is not None and (len(self.token) < SHORTEST_TOKEN or not _is_plain(self.token)):
            raise InputError(
                f"Expected a token of {SHORTEST_TOKEN} or more letters, digits, '-', '_', '.' or '~', but got another: "
                "--token auto makes one."
            )
        if (self.certificate is None) != (self.key is None):
            raise InputError("Expected --certificate and --key together, but got one of them: give both PEM files.")

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach the server."""
        return self.host in LOOPBACK

    @property
    def scheme(self) -> str:
        """``http`` or, with a certificate, ``https``."""
        return "http" if self.certificate is None else "https"

    def address(self, port: int) -> str:
        """What to open in a browser on this machine, without the token."""
        return self._at({"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host), port)

    def address_elsewhere(self, port: int) -> str | None:
        """What to open on other machines, where the server listens at all of this one's addresses; else None."""
        return self._at(socket.gethostname(), port) if self.host in ("0.0.0.0", "::") else None

    def _at(self, host: str, port: int) -> str:
        return f"{self.scheme}://{f'[{host}]' if ':' in host else host}:{port}/"


def default_project(folder: Path | None) -> Path:
    """Where a project lies that is not told: in the folder of images, else in the user's data."""
    if folder is not None:
        return folder / ".ultrasam"
    data = os.environ.get("XDG_DATA_HOME")
    return (Path(data) if data else Path.home() / ".local" / "share") / "ultrasam" / "workbench"


def _is_plain(token: str) -> bool:
    return token.isascii() and all(letter.isalnum() or letter in "-_.~" for letter in token)
