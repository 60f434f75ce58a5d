"""The way to a model on a server."""

from __future__ import annotations

from os import PathLike

from ultrasam.remote.model import RemoteModel
from ultrasam.remote.transport import DEFAULT_TIMEOUT_S, Transport


def connect(
    url: str,
    *,
    token: str | None = None,
    certificate: str | PathLike[str] | None = None,
    timeout: float = DEFAULT_TIMEOUT_S,
) -> RemoteModel:
    """Use the model of a workbench that runs elsewhere (``ultrasam serve``) as if it were here.

    Args:
        url: the address that the server printed; a token may be in it (``http://…/?token=…``).
        token: what the server asks for where it is not on this machine.
        certificate: PEM file with the certificate to trust, where the server's is signed by nobody known.
        timeout: seconds to wait for one answer at most, the time in the server's queue included.

    Raises:
        InputError: no such address or certificate.
        UltraSamError: the server is not there, wants another token, or is no UltraSam workbench.
        MissingExtraError: httpx is not installed.

    Example:
        >>> with connect("http://127.0.0.1:8765") as model:  # doctest: +SKIP
        ...     session = model.embed(ultrasam.read("examples/fetal_head.png"))
        ...     session.segment(box_xyxy=(120, 60, 640, 480)).save("mask.png")
    """
    transport = Transport(url, token=token, certificate=certificate, timeout=timeout)
    try:
        return RemoteModel(transport)
    except BaseException:
        transport.close()
        raise
