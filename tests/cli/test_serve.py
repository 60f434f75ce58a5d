import signal
import subprocess
import sys
import time
from shutil import copyfile

import pytest
import torch

from tests.server.process import no_model, served
from tests.server.serving import folder_of
from ultrasam.weights import get_entry, path_of


@pytest.fixture
def without_model(tmp_path):
    """Words for a server whose model is never loaded."""
    return no_model(tmp_path)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "SIGTERM"])
def test_it_serves_until_it_is_told_to_end(tmp_path, how, without_model):
    folder = folder_of(tmp_path / "images")
    with served(folder, *without_model) as server:
        assert server.line == f"Workbench for {folder}: {server.address}  (Ctrl-C ends it)\n"
        with server.client() as client:
            assert client.get("/api/images").json()["total"] == 3
            page = client.get("/")
            assert page.headers["content-type"].startswith("text/html")
        code, out, err = server.end(how)
    assert (code, out) == (0, "")
    assert "all annotations are saved" in err
    assert "Traceback" not in err
    # The data base is closed: nothing waits to be written into it.
    assert (folder / ".ultrasam" / "project.sqlite").exists()
    assert not (folder / ".ultrasam" / "project.sqlite-wal").exists()


def test_it_ends_properly_while_the_model_is_at_work(tmp_path):
    # Seconds of work, of which the end waits for one.
    with served(folder_of(tmp_path / "images"), "--input-size", "1536") as server, server.client() as client:
        image = client.get("/api/images").json()["images"][0]
        while client.get("/api/status").json()["loading"]["state"] == "loading":
            time.sleep(0.1)
        answer = client.get(f"/api/images/{image['id']}/frames/0/embedding", params={"wait": 300})
        assert answer.status_code == 202
        code, _, err = server.end()
    assert (code, "terminate" in err) == (0, False)


def test_without_a_folder_there_are_uploads_only(tmp_path, without_model):
    with served(*without_model, environment={"XDG_DATA_HOME": str(tmp_path)}) as server, server.client() as client:
        assert server.line.startswith("Workbench for uploads: http://127.0.0.1:")
        status = client.get("/api/status").json()
        assert (status["folder"], client.get("/api/images").json()["total"]) == ("", 0)
        assert (tmp_path / "ultrasam" / "workbench" / "project.sqlite").exists()


def test_a_made_token_is_in_the_printed_address_alone(tmp_path, without_model):
    with served(folder_of(tmp_path / "images"), "--token", "auto", *without_model) as server:
        assert "/?token=" in server.address
        with server.client() as client:
            assert client.get("/api/status").status_code == 401
            entered = client.get(server.address, follow_redirects=True)
            assert entered.status_code != 401
            assert "token" not in str(entered.url)
            assert client.get("/api/status").status_code == 200
        _, out, err = server.end()
        token = server.address.split("=")[1]
        assert token not in out + err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nowhere"], "nowhere"),
        (["--host", "0.0.0.0"], "--token"),
        (["--token", "short"], "16"),
        (["--certificate", "a.pem", "--key", "b.pem"], "a.pem"),
        (["--certificate", "a.pem"], "together"),
        (["--project", "file"], "file"),
        (["--model", "nope"], "'nope'"),
        (["--model", "nope.safetensors"], "'nope.safetensors'"),
        (["--model", "notes.safetensors"], "web page"),
        (["--model", "cut.safetensors"], "incomplete"),
        (["--model", "cut.pth"], "incomplete"),
        (["--device", "cuda:99"], "'cuda:99'"),
        (["--precision", "int8"], "openvino or onnxruntime"),
        (["--input-size", "100"], "multiple of 64"),
    ],
    ids=[
        *["folder", "host", "token", "certificate", "key", "project"],
        *["unknown model", "no file", "no weights", "cut off", "cut off too", "device", "precision", "input size"],
    ],
)
def test_what_cannot_be_served_is_one_line(command, tmp_path, words, said):
    (tmp_path / "file").write_text("")
    (tmp_path / "notes.safetensors").write_text("<html>no weights</html>")
    (tmp_path / "cut.safetensors").write_bytes(path_of(get_entry("ultrasam-tiny")).read_bytes()[:1_000_000])
    torch.save({"image_encoder.a": torch.zeros(1000)}, tmp_path / "cut.pth")
    (tmp_path / "cut.pth").write_bytes((tmp_path / "cut.pth").read_bytes()[:2000])
    code, out, err = command("serve", *words, "--no-browser")
    assert (code, out) == (2, "")
    assert err.startswith("ultrasam: Expected")
    assert said in err


def test_a_folder_that_cannot_be_written_needs_a_project(command, tmp_path, monkeypatch):
    def refused(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.mkdir", refused)
    (code, _, err) = command("serve", str(tmp_path), "--no-browser", "--port", "0")
    assert code == 2
    assert "--project" in err


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["--model", "mobile_sam.pt"],
        ["--model", "own.safetensors", "--pipeline", "medsam", "--input-size", "256"],
        ["--device", "cpu", "--precision", "bf16"],
        ["--backend", "openvino", "--precision", "int8"],
        ["--backend", "auto"],
    ],
    ids=" ".join,
)
def test_the_page_does_not_wait_for_what_computes(words, tmp_path):
    """Whatever is asked for has been looked at when the server begins to listen, but PyTorch is not imported."""
    torch.save({"image_encoder.a": torch.zeros(3)}, tmp_path / "mobile_sam.pt")
    copyfile(path_of(get_entry("ultrasam-tiny")), tmp_path / "own.safetensors")
    program = (
        "import sys\n"
        "from ultrasam.cli.main import main\n"
        "from ultrasam.server import running, workbench\n"
        "running.listen = lambda settings: sys.exit(str('torch' in sys.modules))\n"
        "main()\n"
    )
    command = [sys.executable, "-c", program, "serve", "--project", "project", "--no-browser", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.stderr == "False\n"
