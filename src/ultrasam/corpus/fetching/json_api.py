"""Answers of a server's programming interface."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from ultrasam.errors import InputError
from ultrasam.transfer import TransferError, fetch


def read_json(url: str) -> Any:
    """What a server answers, parsed.

    Raises:
        InputError: no answer after a few attempts, or no JSON.
    """
    with tempfile.TemporaryDirectory() as folder:
        answer = Path(folder) / "answer.json"
        try:
            fetch(url, answer)
            return json.loads(answer.read_bytes())
        except TransferError as error:
            reason = str(error)
        except (json.JSONDecodeError, UnicodeDecodeError):
            reason = "answers with something else"
    raise InputError(
        f"Expected a list of files, but {url} {reason}: try again later, or download the files by hand with a browser."
    )
