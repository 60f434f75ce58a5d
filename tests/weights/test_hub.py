import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import torch
from transformers import SamConfig, SamModel, SamVisionConfig

from ultrasam.errors import WeightsError
from ultrasam.weights import load_network, resolve
from ultrasam.weights.hub import download_from_hub, hub_folder, is_hub_id

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("ULTRASAM_CACHE", str(tmp_path / "cache"))


@pytest.fixture(scope="module")
def model_folder(tmp_path_factory):
    """A small model as transformers saves it."""
    torch.manual_seed(0)
    vision = SamVisionConfig(
        hidden_size=32, num_hidden_layers=2, num_attention_heads=2, image_size=128, global_attn_indexes=[1], mlp_dim=64
    )
    folder = tmp_path_factory.mktemp("sam")
    SamModel(SamConfig(vision_config=vision)).save_pretrained(folder)
    return folder


@pytest.fixture
def hub(model_folder):
    """A hub with one repository, as far as the client asks."""
    files = {path.name: path.read_bytes() for path in model_folder.iterdir()}

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wanted = files

        def do_GET(self, head=False):
            if "/nobody/" in self.path:
                self.answer(404, b"{}", {"X-Error-Code": "RepoNotFound"}, head)
                return
            name = self.path.split("?")[0].rsplit("/", 1)[1]
            if name not in self.wanted:
                self.answer(404, b"", {"X-Error-Code": "EntryNotFound", "X-Repo-Commit": COMMIT}, head)
                return
            self.answer(200, self.wanted[name], {"ETag": f'"{name}"', "X-Repo-Commit": COMMIT}, head)

        def do_HEAD(self):
            self.do_GET(head=True)

        def answer(self, status, content, headers, head):
            self.send_response(status)
            for key, value in (headers | {"Content-Length": str(len(content))}).items():
                self.send_header(key, value)
            self.end_headers()
            if not head:
                self.wfile.write(content)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    server.handler = Handler
    server.address = f"http://127.0.0.1:{server.server_port}"
    yield server
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("facebook/sam-vit-base", True),
        ("sam-vit-b", False),
        ("a/b/c", False),
        ("../weights", False),
        ("/weights", False),
        ("./weights", False),
    ],
)
def test_ids(name, expected):
    assert is_hub_id(name) == expected


def test_what_was_downloaded_loads_by_its_id(hub, model_folder):
    with pytest.raises(WeightsError, match="ultrasam weights download someone/small-sam"):
        resolve("someone/small-sam")
    folder = download_from_hub("someone/small-sam", endpoint=hub.address)
    hub.shutdown()
    assert resolve("someone/small-sam") == folder == hub_folder("someone/small-sam")
    network, checkpoint = load_network("someone/small-sam")
    assert checkpoint.format == "huggingface"
    expected, _ = load_network(model_folder)
    for ours, theirs in zip(network.parameters(), expected.parameters(), strict=True):
        assert torch.equal(ours, theirs)


def test_a_repository_without_safe_weights(hub):
    hub.handler.wanted = {"config.json": b"{}", "pytorch_model.bin": b""}
    with pytest.raises(WeightsError, match=r"model\.safetensors"):
        download_from_hub("someone/small-sam", endpoint=hub.address)
    with pytest.raises(WeightsError, match="weights download"):
        resolve("someone/small-sam")


def test_no_such_repository(hub):
    with pytest.raises(WeightsError, match=r"nobody/nothing .* check the name"):
        download_from_hub("nobody/nothing", endpoint=hub.address)
