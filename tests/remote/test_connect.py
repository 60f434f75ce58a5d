"""The client against the workbench itself: a real server, the bundled model, real images."""

import socket
import subprocess
import threading
from contextlib import contextmanager

import numpy as np
import pytest
import uvicorn

import ultrasam
from tests.references import EXAMPLES
from ultrasam.errors import ImageError, PromptError, UltraSamError
from ultrasam.server import Settings, Workbench, create_app
from ultrasam.server.computing import DecoderGraph
from ultrasam.types import Prompts

TOKEN = "0123456789abcdef0123"
PROMPTS = [
    Prompts(box_xyxy=(184, 104, 612, 444)),
    Prompts(points_xy=[(400, 270)]),
    Prompts(points_xy=[(400, 270), (20, 20)], labels=[1, 0]),
]


@contextmanager
def serving(settings, model):
    """Serve a workbench in a thread; gives its address."""
    workbench = Workbench(settings, lambda: model)
    listening = socket.create_server((settings.host, 0))
    config = uvicorn.Config(
        create_app(workbench),
        log_level="warning",
        lifespan="off",
        ws="none",
        ssl_certfile=settings.certificate,
        ssl_keyfile=settings.key,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
    thread.start()
    try:
        yield settings.address(listening.getsockname()[1])
    finally:
        server.should_exit = True
        workbench.close()
        thread.join(30)
        listening.close()


@pytest.fixture(scope="module", autouse=True)
def no_decoder():
    """Clients need no decoder for a browser, which takes seconds to make."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DecoderGraph, "start", lambda self: None)
        yield


@pytest.fixture(scope="module")
def local():
    return ultrasam.load()


@pytest.fixture(scope="module")
def address(local, tmp_path_factory):
    with serving(Settings(project=tmp_path_factory.mktemp("project")), local) as found:
        yield found


@pytest.mark.parametrize("name", ["fetal_head", "breast_lesion"])
def test_the_workbench_answers_as_the_model_does(local, address, name):
    image = ultrasam.read(EXAMPLES / f"{name}.png")
    here = local.embed(image)
    with ultrasam.connect(address) as model:
        assert (model.title, model.input_size, model.pipeline) == (local.title, 512, "sam")
        assert model.sha256 == local.checkpoint.sha256
        there = model.embed(image)
        for (found, three), (expected, expected_three) in zip(
            there.propose_batch(PROMPTS), here.propose_batch(PROMPTS), strict=True
        ):
            for one, other in zip((found, *three), (expected, *expected_three), strict=True):
                assert one.score == other.score
                assert np.array_equal(one.mask, other.mask)
                assert np.array_equal(one.logits, other.logits)
        corrected = there.segment(points_xy=[(300, 200)], mask=there.segment(box_xyxy=(184, 104, 612, 444)))
        expected = here.segment(points_xy=[(300, 200)], mask=here.segment(box_xyxy=(184, 104, 612, 444)))
        assert np.array_equal(corrected.logits, expected.logits)
        there.close()
        assert np.array_equal(there.segment_batch(PROMPTS[:1])[0].mask, here.segment_batch(PROMPTS[:1])[0].mask)


def test_the_workbenchs_refusals_are_errors_here(address):
    with ultrasam.connect(address) as model:
        session = model.embed(np.zeros((50, 60), np.uint8))
        with pytest.raises(PromptError, match="low-resolution logits of 128 x 128"):
            session.segment(mask=np.zeros((7, 7), np.float32))
        with pytest.raises(PromptError, match="60 x 50"):
            session.segment(points_xy=[(60, 0)])
        with pytest.raises(ImageError, match="PNG"):
            model._transport.json("POST", "/api/sessions", content=b"no picture")


def test_eight_threads_and_the_real_server(local, address):
    rng = np.random.default_rng(0)
    images = [rng.integers(0, 256, (90 + 10 * i, 120), np.uint8) for i in range(2)]
    prompts = [Prompts(points_xy=[(20 + 5 * i, 30)]) for i in range(3)]
    expected = [local.embed(image).segment_batch(prompts) for image in images]
    same = []

    def ask(which):
        session = model.embed(images[which])
        for found, wanted in zip(session.segment_batch(prompts), expected[which], strict=True):
            same.append(found.score == wanted.score and np.array_equal(found.logits, wanted.logits))

    with ultrasam.connect(address) as model:
        threads = [threading.Thread(target=ask, args=(thread % 2,)) for thread in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert same == [True] * 24


def test_tls_and_a_token(local, tmp_path):
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    made += ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(made, check=True, capture_output=True)
    settings = Settings(project=tmp_path / "project", token=TOKEN, certificate=certificate, key=key)
    settings.project.mkdir()
    with serving(settings, local) as address:
        assert address.startswith("https://")
        with ultrasam.connect(f"{address}?token={TOKEN}", certificate=certificate) as model:
            assert model.embed(np.zeros((20, 30), np.uint8)).segment(points_xy=[(5, 5)]).mask.shape == (20, 30)
        with pytest.raises(UltraSamError, match="not trusted"):
            ultrasam.connect(address, token=TOKEN)
        for token in (None, "another token is here"):
            with pytest.raises(UltraSamError, match="without its token"):
                ultrasam.connect(address, token=token and token.replace(" ", "-"), certificate=certificate)
        with pytest.raises(UltraSamError, match=r"broke the connection|cannot be reached"):
            ultrasam.connect(address.replace("https", "http"), token=TOKEN)
