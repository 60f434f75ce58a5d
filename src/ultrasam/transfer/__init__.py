"""Files over HTTP: gone on with where they broke off, checked, from whichever address works."""

from ultrasam.transfer.checked_file import fetch_checked
from ultrasam.transfer.partial_file import Progress, TransferError, UnwritableError, discard, fetch

__all__ = ["Progress", "TransferError", "UnwritableError", "discard", "fetch", "fetch_checked"]
