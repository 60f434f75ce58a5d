"""Pillow and pydicom without their warnings about bad files, and without pydicom's log, which may quote a header."""

from __future__ import annotations

from functools import partial

from ultrasam.silence import silence

quiet = partial(silence, loggers=("pydicom",), modules=r"(PIL|pydicom)\b")
