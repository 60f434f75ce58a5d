"""Bringing one file over HTTP into a partial file that a later attempt can go on with."""

from __future__ import annotations

import errno
import http.client
import json
import logging
import shutil
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from email.message import Message
from pathlib import Path
from typing import IO, TypeAlias

from ultrasam import __version__
from ultrasam.files import DISK_IS_FULL

logger = logging.getLogger(__name__)

#: Called with the bytes that are here and the bytes of the whole file (None where the server does not say).
Progress: TypeAlias = Callable[[int, int | None], None]

_BLOCK = 1 << 18
#: Attempts in a row that may fail without a single new byte, before an address is given up.
_RETRIES = 3


class TransferError(Exception):
    """One address did not give the file; another may."""


class UnwritableError(Exception):
    """The disk is full or cannot be written; the message is what is wrong with it."""


class _BrokenOffError(Exception):
    """The connection failed on the way; the same address may go on."""


def fetch(
    url: str,
    part: Path,
    *,
    expected_bytes: int | None = None,
    resume: bool = False,
    progress: Progress | None = None,
    timeout_s: float = 30.0,
    pause_s: float = 0.5,
) -> None:
    """Download ``url`` into ``part``, going on with what is there already.

    Args:
        url: an ``https://`` or ``http://`` address.
        part: the partial file; it is kept when the download fails, so that the next one can go on.
        expected_bytes: size of the whole file, where it is known.
        resume: go on with a ``part`` even if nothing tells that it came from this version of the file; for
            callers who check a hash afterwards.
        progress: called after every block.
        timeout_s: longest silence of the server.
        pause_s: wait before the first retry; it doubles with each.

    Raises:
        TransferError: this address does not give the file.
        UnwritableError: the disk is full or cannot be written.
    """
    if not url.startswith(("https://", "http://")):
        raise TransferError("is no https:// or http:// address")
    if part.exists() and not resume and _validator(part, url) is None:
        part.unlink()
    failures = 0
    while True:
        before = _size(part)
        try:
            return _fetch_rest(url, part, expected_bytes, progress, timeout_s)
        except _BrokenOffError as error:
            failures = 0 if _size(part) > before else failures + 1
            if failures > _RETRIES:
                raise TransferError(str(error)) from error
            logger.info("%s: %s; trying again", url, error)
            time.sleep(pause_s * 2 ** max(failures - 1, 0))


def discard(part: Path) -> None:
    """Remove a partial file and what was noted about it."""
    part.unlink(missing_ok=True)
    _note(part).unlink(missing_ok=True)


class _StaySecure(urllib.request.HTTPRedirectHandler):
    """Follows redirects, but never from https to anything less."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        if req.full_url.startswith("https://") and not newurl.startswith("https://"):
            raise TransferError(f"leads from https to {newurl}")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _opener() -> urllib.request.OpenerDirector:
    # build_opener would add file:// and ftp://, to which a redirect could lead.
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.UnknownHandler(),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
        _StaySecure(),
    ):
        opener.add_handler(handler)
    return opener


def _fetch_rest(url: str, part: Path, expected_bytes: int | None, progress: Progress | None, timeout_s: float) -> None:
    have = _size(part)
    request = urllib.request.Request(url, headers={"User-Agent": f"ultrasam/{__version__}"})
    if have:
        request.add_header("Range", f"bytes={have}-")
        if validator := _validator(part, url):
            request.add_header("If-Range", validator)
    try:
        with _opener().open(request, timeout=timeout_s) as response:
            _receive(response, url, part, have, expected_bytes, progress)
    except urllib.error.HTTPError as error:
        error.close()
        if error.code == http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            if have == expected_bytes or error.headers.get("Content-Range") == f"bytes */{have}":
                return
            discard(part)
            raise _BrokenOffError("the partial file does not fit") from error
        if error.code >= 500 or error.code in (408, 429):
            raise _BrokenOffError(f"answers {error.code} {error.reason}") from error
        raise TransferError(f"answers {error.code} {error.reason}") from error
    except (OSError, http.client.HTTPException) as error:
        reason = error.reason if isinstance(error, urllib.error.URLError) else error
        raise _BrokenOffError(f"cannot be reached or broke off ({reason or type(error).__name__})") from error


def _receive(
    response: http.client.HTTPResponse,
    url: str,
    part: Path,
    have: int,
    expected_bytes: int | None,
    progress: Progress | None,
) -> None:
    resumed = response.status == http.HTTPStatus.PARTIAL_CONTENT and response.headers.get(
        "Content-Range", ""
    ).startswith(f"bytes {have}-")
    if not resumed:
        have = 0
    length = response.headers.get("Content-Length")
    total = have + int(length) if length and length.isdigit() else None
    if expected_bytes is not None and total not in (None, expected_bytes):
        raise TransferError(f"offers {total} bytes in place of {expected_bytes}")
    try:
        _prepare(part, url, response.headers, (total or have) - have)
        with part.open("ab" if resumed else "wb") as file:
            while block := _read(response):
                file.write(block)
                have += len(block)
                if progress:
                    progress(have, total)
    except OSError as error:
        raise UnwritableError(_reason(part, error)) from error
    if total is not None and have < total:
        raise _BrokenOffError(f"broke off after {have} of {total} bytes")


def _read(response: http.client.HTTPResponse) -> bytes:
    try:
        return response.read1(_BLOCK)
    except (OSError, http.client.HTTPException) as error:
        raise _BrokenOffError(f"broke off ({error or type(error).__name__})") from error


def _prepare(part: Path, url: str, headers: Message, missing_bytes: int) -> None:
    free = shutil.disk_usage(part.parent).free
    if missing_bytes > free:
        raise OSError(errno.ENOSPC, f"{missing_bytes} bytes are needed, {free} are free")
    etag = headers.get("ETag", "")
    # A weak ETag (W/"…") does not promise equal bytes.
    validator = etag if etag.startswith('"') else headers.get("Last-Modified")
    _note(part).write_text(json.dumps({"url": url, "validator": validator}), encoding="utf-8")


def _validator(part: Path, url: str) -> str | None:
    """The server's mark of the version that ``part`` was begun with, if it was begun at this address."""
    try:
        note = json.loads(_note(part).read_text(encoding="utf-8"))
        return str(note["validator"]) if note["url"] == url and note["validator"] else None
    except (OSError, ValueError, KeyError, TypeError):
        # Without a readable note nothing is known, which is what None says.
        return None


def _note(part: Path) -> Path:
    return part.with_name(part.name + ".json")


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _reason(part: Path, error: OSError) -> str:
    if error.errno in DISK_IS_FULL:
        return f"the disk of {part.parent} is full ({error.strerror})"
    return f"{part} cannot be written ({error.strerror or error})"
