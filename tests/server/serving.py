"""Workbenches that tests talk to, within this process."""

from __future__ import annotations

import io
from contextlib import contextmanager
from functools import cache

import numpy as np
from PIL import Image
from starlette.testclient import TestClient

from tests.inference.small_model import small_segmenter
from tests.server.project.made import new_id, object_document
from ultrasam.imaging import mask_to_rle
from ultrasam.server import Settings, Workbench, create_app
from ultrasam.server.computing import DecoderGraph

ADDRESS = "http://127.0.0.1:8765"
SIZE_HW = (60, 90)


@cache
def model():
    """The small random model of all these workbenches; made before threads use the generator that it is drawn from."""
    return small_segmenter()


def picture(seed=0, size_hw=SIZE_HW):
    """A grey PNG of noise."""
    stream = io.BytesIO()
    pixels = np.random.default_rng(seed).integers(0, 256, size_hw, dtype=np.uint8)
    Image.fromarray(pixels).save(stream, "PNG")
    return stream.getvalue()


def folder_of(path, names=("scan 2.png", "scan 10.png", "deeper/other.png")):
    """A folder of images."""
    for seed, name in enumerate(names):
        target = path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(picture(seed))
    return path


@contextmanager
def workbench(tmp_path, *, load=model, **options):
    """A workbench of a folder of three images; without the browser's decoder, which takes seconds to make."""
    model()
    folder = options.pop("folder", tmp_path / "images")
    if folder is not None and not folder.exists():
        folder_of(folder)
    bench = Workbench(Settings(folder=folder, project=tmp_path / "project", **options), load)
    try:
        yield bench
    finally:
        bench.close()


def client_of(bench, **options):
    """A browser on this machine."""
    options.setdefault("base_url", ADDRESS)
    return TestClient(create_app(bench), follow_redirects=False, **options)


def no_decoder(monkeypatch):
    """Let the page's decoder be unavailable, as making one takes seconds."""

    def start(self):
        self.state, self.reason = "unavailable", "not in this test"

    monkeypatch.setattr(DecoderGraph, "start", start)


def outlined(size_hw=SIZE_HW, **fields):
    """An object as the page sends it."""
    mask = np.zeros(size_hw, bool)
    mask[10:30, 20:50] = True
    own = new_id()
    said = {"points": [{"x": 30.5, "y": 20.0, "label": 1}], "boxXyxy": None, "start": None, "choice": 0}
    document = object_document(id=own, track=own, position=0.0, prompt=said, mask=mask_to_rle(mask), score=0.9)
    return {**document, **fields}


def change(*put, remove=(), base=0, client=None, own=None):
    """A change as the page sends it."""
    return {
        "id": own or new_id(),
        "client": client or new_id(),
        "baseRevision": base,
        "put": list(put),
        "remove": list(remove),
    }
