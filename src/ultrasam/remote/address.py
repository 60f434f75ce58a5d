"""Where a server is, as its user wrote it."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from os import PathLike
from urllib.parse import parse_qs, urlsplit

from ultrasam.errors import InputError


@dataclass(frozen=True)
class Address:
    """A server's address.

    Attributes:
        url: ``http://host:port`` or ``https://host:port``, perhaps with a path, without a slash at its end.
        token: what it asks for; None where nothing was given.
    """

    url: str
    token: str | None

    @classmethod
    def parse(cls, url: str, token: str | None) -> Address:
        """What a user gave, who may have copied the address with its token.

        Example:
            >>> Address.parse("http://localhost:8765/?token=abc", None)
            Address(url='http://localhost:8765', token='abc')

        Raises:
            InputError: it is no such address, or the token has characters that none can have.
        """
        try:
            parts = urlsplit(url.strip())
            host, _ = parts.hostname, parts.port
        except ValueError:
            host = None
        if host is None or parts.scheme not in ("http", "https") or parts.username or parts.password:
            raise InputError(f"Expected an address such as http://127.0.0.1:8765, but got {url!r}.")
        token = token or next(iter(parse_qs(parts.query).get("token", [])), None)
        if token is not None and not (token.isascii() and token.isprintable() and " " not in token):
            raise InputError("Expected a token of letters, digits and signs of ASCII, but got another.")
        return cls(f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}", token)

    def trust(self, certificate: str | PathLike[str] | None) -> ssl.SSLContext:
        """Whose certificates are trusted: those that this machine trusts, or one file's alone.

        Raises:
            InputError: it is no file with a certificate.
        """
        if certificate is None:
            return ssl.create_default_context()
        try:
            return ssl.create_default_context(cafile=certificate)
        except (OSError, ssl.SSLError) as error:
            raise InputError(f"Expected a PEM file with a certificate, but got {certificate}: {error}.") from error
