"""Requests to a server, its refusals as this package's errors; a busy server is waited for."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from os import PathLike
from typing import TYPE_CHECKING, Any

from ultrasam.errors import UltraSamError
from ultrasam.extras import require
from ultrasam.remote.address import Address
from ultrasam.remote.refusal import Refused, raise_refusal

if TYPE_CHECKING:
    import httpx

log = logging.getLogger(__name__)

#: A large network takes a minute for an image on a laptop, and others may wait, too.
DEFAULT_TIMEOUT_S = 300.0
#: Bounds on the time between two tries while a server is busy.
_SHORTEST_PAUSE_S, _LONGEST_PAUSE_S = 0.1, 10.0


class Transport:
    """A connection to a workbench that any number of threads may use.

    Proxies of the environment are not used: images go to the server and nowhere else.

    Args:
        url: its address.
        token: what it asks for.
        certificate: PEM file with the certificate to trust.
        timeout: seconds for one answer at most.
        http: the client to use, for tests; made of the others by default.
        pause: waits for some seconds, and ``clock`` tells them; others for tests.

    Raises:
        InputError: no such address or certificate.
        MissingExtraError: httpx is not installed.
    """

    def __init__(
        self,
        url: str,
        *,
        token: str | None = None,
        certificate: str | PathLike[str] | None = None,
        timeout: float = DEFAULT_TIMEOUT_S,
        http: httpx.Client | None = None,
        pause: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._httpx = require("httpx", needed_for="connections to a workbench")
        address = Address.parse(url, token)
        self.url = address.url
        self.timeout = timeout
        self.pause = pause
        self._clock = clock
        self._headers = {} if address.token is None else {"Authorization": f"Bearer {address.token}"}
        self._http = http or self._httpx.Client(
            base_url=address.url, verify=address.trust(certificate), timeout=timeout, trust_env=False
        )

    def json(self, method: str, path: str, **content: Any) -> Any:
        """The JSON answer to a request; None where the answer is empty.

        Args:
            method: ``"GET"``, ``"POST"`` or ``"DELETE"``.
            path: under the address, ``"/api/…"``.
            content: ``json=…``, or ``content=…`` with ``headers=…``, as httpx takes it.

        Raises:
            UltraSamError: the server cannot be reached, or refuses; PromptError, ImageError and InputError where it
                says so, and :class:`Refused` where a session is gone.
        """
        until = self._clock() + self.timeout
        while True:
            answer = self._sent(method, path, content)
            if answer.is_success:
                return self._read(answer)
            busy_s = raise_refusal(answer, self.url)
            left = until - self._clock()
            if left <= 0:
                raise Refused(
                    f"The server at {self.url} was busy for {self.timeout:.0f} seconds: try again later, or wait "
                    "longer with timeout=….",
                    "busy",
                )
            self.pause(min(max(busy_s, _SHORTEST_PAUSE_S), _LONGEST_PAUSE_S, left))

    def close(self) -> None:
        """Close the connection."""
        self._http.close()

    def _sent(self, method: str, path: str, content: dict[str, Any], *, is_last: bool = False) -> httpx.Response:
        headers = {**self._headers, **content.get("headers", {})}
        try:
            return self._http.request(method, path, **{**content, "headers": headers})
        except (self._httpx.RemoteProtocolError, self._httpx.ReadError, self._httpx.WriteError) as error:
            # A connection that lay idle may have been closed as it was used again; all requests may be repeated.
            if is_last:
                raise UltraSamError(f"The server at {self.url} broke the connection: {error}.") from error
            return self._sent(method, path, content, is_last=True)
        except self._httpx.TimeoutException as error:
            raise UltraSamError(
                f"The server at {self.url} did not answer within {self.timeout:.0f} seconds: give a longer timeout=…."
            ) from error
        except self._httpx.TransportError as error:
            raise UltraSamError(self._unreachable(error)) from error

    def _unreachable(self, error: Exception) -> str:
        reason = str(error)
        if "certificate" in reason.lower():
            return (
                f"The certificate of the server at {self.url} is not trusted ({reason}): give its file with "
                "certificate=…."
            )
        if "ssl" in reason.lower():
            return f"The server at {self.url} does not speak TLS ({reason}): is the address one of http://?"
        return f"The server at {self.url} cannot be reached ({reason}): is  ultrasam serve  running there?"

    def _read(self, answer: httpx.Response) -> Any:
        if answer.status_code == 204 or not answer.content:
            return None
        try:
            return answer.json()
        except ValueError as error:
            raise not_a_workbench(self.url) from error


def not_a_workbench(url: str) -> UltraSamError:
    """What is said where something else answers."""
    return UltraSamError(
        f"Expected an UltraSam workbench at {url}, but something else answers there: check the address."
    )
