"""Serving until somebody ends it."""

from __future__ import annotations

import errno
import socket
import ssl
from collections.abc import Callable
from pathlib import Path

import uvicorn

from ultrasam.errors import InputError
from ultrasam.server.app import create_app
from ultrasam.server.settings import Settings
from ultrasam.server.workbench import Workbench

#: Ports that are tried, from the one that was asked for.
_PORTS = 10


def serve(workbench: Workbench, listening: socket.socket, on_ready: Callable[[], None] = lambda: None) -> None:
    """Serve until Ctrl-C or SIGTERM, which end what waits within a second.

    Args:
        workbench: what to serve; the caller closes it.
        listening: as :func:`listen` gave it.
        on_ready: called once requests are answered.
    """
    settings = workbench.settings
    config = uvicorn.Config(
        create_app(workbench),
        log_level="warning",
        # Addresses may hold the token.
        access_log=False,
        server_header=False,
        ws="none",
        lifespan="off",
        timeout_graceful_shutdown=1,
        ssl_certfile=settings.certificate,
        ssl_keyfile=settings.key,
    )
    _Server(config, workbench, on_ready).run(sockets=[listening])


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, workbench: Workbench, on_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._workbench = workbench
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._on_ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # Requests that wait for the model would hold it up.
        self._workbench.engine.close()
        await super().shutdown(sockets)


def listen(settings: Settings) -> socket.socket:
    """Listen at the port that was asked for, or at the first of the next nine that is free.

    Raises:
        InputError: none is free, or the host is none of this machine's addresses.
    """
    last = min(settings.port + _PORTS, 2**16) if settings.port else 1
    for port in range(settings.port, last):
        try:
            family, kind, protocol, _, address = socket.getaddrinfo(
                settings.host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
            )[0]
        except OSError as error:
            raise InputError(f"Expected --host as an address of this machine, but {settings.host} is none.") from error
        listening = socket.socket(family, kind, protocol)
        try:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind(address)
            listening.listen(128)
            listening.set_inheritable(False)
            return listening
        except OSError as error:
            listening.close()
            if error.errno not in (errno.EADDRINUSE, errno.EACCES):
                raise InputError(
                    f"Expected to listen at {settings.host}:{port}, but that is not possible: {error.strerror}."
                ) from error
    raise InputError(
        f"Expected a free port from {settings.port} to {last - 1}, but all are taken or forbidden: give another --port."
    )


def check_certificate(certificate: Path, key: Path) -> None:
    """Raise unless both files are there and belong together.

    Raises:
        InputError: they cannot be used for TLS.
    """
    for what, path in (("--certificate", certificate), ("--key", key)):
        if not path.is_file():
            raise InputError(f"Expected {what} as a PEM file, but {path} is none: check the name.")
    try:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        # An empty password instead of a question that nobody could answer.
        context.load_cert_chain(certificate, key, password=lambda: "")
    except (ssl.SSLError, OSError) as error:
        raise InputError(
            f"Expected a certificate and its own key without a password in PEM files, but {certificate.name} and "
            f"{key.name} cannot be used: {error}."
        ) from error
