"""What must not be lost or let in, whatever happens."""

import asyncio
import errno
import itertools
import os
import threading
from pathlib import Path

import httpx
import pytest

from tests.server.process import no_model, served
from tests.server.serving import change, folder_of, outlined, picture
from ultrasam.server import create_app
from ultrasam.server.library import uploads


@pytest.fixture
def without_model(tmp_path):
    """Words for a server whose model is never loaded."""
    return no_model(tmp_path)


@pytest.fixture
def place(tmp_path):
    return folder_of(tmp_path / "images"), tmp_path / "project"


def save_until_it_breaks(address, image_id, base, acknowledged):
    """Send one change after the other, and note what the server says is kept."""
    with httpx.Client(base_url=address, timeout=60) as client:
        for number in itertools.count(base):
            item = outlined()
            try:
                answer = client.post(f"/api/images/{image_id}/changes", json=change(item, base=number))
            except httpx.TransportError:
                return
            assert answer.json() == {"revision": number + 1}
            acknowledged.append((number + 1, item["id"]))


def test_nothing_that_was_acknowledged_is_lost_when_the_server_is_killed(place, without_model):
    folder, project = place
    kept = []
    for _ in range(2):
        with served(folder, "--project", project, *without_model) as server:
            with server.client() as client:
                own = client.get("/api/images").json()["images"][0]["id"]
                image = client.get(f"/api/images/{own}").json()
            assert image["revision"] >= len(kept)
            assert {item for _, item in kept} <= {item["id"] for item in image["items"]}
            enough = len(kept) + 10
            saving = threading.Thread(
                target=save_until_it_breaks, args=(server.address, own, image["revision"], kept), daemon=True
            )
            saving.start()
            while len(kept) < enough and saving.is_alive():
                saving.join(0.01)
            server.kill()
            saving.join(30)
            assert len(kept) >= enough
    with served(folder, "--project", project, *without_model) as server, server.client() as client:
        image = client.get(f"/api/images/{own}").json()
        entries = client.get(f"/api/images/{own}/history", params={"limit": 500}).json()["entries"]
    assert {item for _, item in kept} <= {item["id"] for item in image["items"]}
    # What was written but not acknowledged any more may be there, too.
    assert len(kept) <= image["revision"] <= len(kept) + 2
    assert [entry["revision"] for entry in entries] == list(range(image["revision"], 0, -1))


def test_a_full_disk_is_told_and_nothing_is_half_written(browser, bench, image_id):
    browser.get(f"/api/images/{image_id}")
    assert browser.post(f"/api/images/{image_id}/changes", json=change(outlined())).json() == {"revision": 1}
    with bench.project.database.writing() as connection:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages}")
    long = change(*(outlined() for _ in range(200)), base=1)
    full = browser.post(f"/api/images/{image_id}/changes", json=long)
    assert (full.status_code, full.json()["kind"]) == (507, "full")
    image = browser.get(f"/api/images/{image_id}").json()
    assert (image["revision"], len(image["items"])) == (1, 1)
    with bench.project.database.writing() as connection:
        connection.execute("PRAGMA max_page_count = 1073741823")
    assert browser.post(f"/api/images/{image_id}/changes", json=long).json() == {"revision": 2}


def test_an_upload_on_a_full_disk_leaves_nothing(browser, bench, monkeypatch):
    def full(self, file, name, chunks):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(uploads.Uploads, "_write", full)
    answer = browser.post("/api/images", params={"name": "new.png"}, content=picture())
    assert (answer.status_code, answer.json()["kind"]) == (507, "full")
    assert list((bench.settings.project / "uploads").iterdir()) == []
    assert browser.get("/api/images").json()["total"] == 3


def test_an_export_on_a_full_disk_is_told(browser, bench, image_id, monkeypatch):
    def full(*arguments, **options):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("ultrasam.server.archives.write_archive", full)
    answer = browser.get("/api/export")
    assert (answer.status_code, answer.json()["kind"]) == (507, "full")


@pytest.mark.parametrize(
    "content",
    [b"", b"no image", picture()[:200], b"\x89PNG\r\n\x1a\n" + bytes(50)],
    ids=["empty", "text", "cut off", "damaged"],
)
def test_a_corrupt_upload_is_refused_and_removed(browser, bench, content):
    answer = browser.post("/api/images", params={"name": "new.png"}, content=content)
    assert (answer.status_code, answer.json()["kind"]) == (422, "image")
    assert str(bench.settings.project) not in answer.text
    assert list((bench.settings.project / "uploads").iterdir()) == []


@pytest.mark.parametrize(
    "name",
    [
        "../../evil.png",
        "/etc/evil.png",
        "..\\..\\evil.png",
        "%2e%2e%2fevil.png",
        "a/../../evil.png",
        "..",
        ".hidden.png",
    ],
)
def test_no_name_of_an_upload_leads_out(browser, bench, tmp_path, name):
    before = {path for path in tmp_path.rglob("*") if bench.settings.project not in path.parents}
    answer = browser.post("/api/images", params={"name": name}, content=picture())
    assert answer.status_code in (201, 422)
    assert {path for path in tmp_path.rglob("*") if bench.settings.project not in path.parents} == before
    if answer.status_code == 201:
        assert "/" not in answer.json()["name"]
        assert not answer.json()["name"].startswith(".")


def test_a_link_out_of_the_folder_is_not_followed(browser, bench, tmp_path, image_id):
    (tmp_path / "secret.png").write_bytes(picture(50))
    (bench.settings.folder / "link.png").symlink_to(tmp_path / "secret.png")
    browser.post("/api/images/rescan")
    assert "link.png" not in [image["name"] for image in browser.get("/api/images").json()["images"]]
    # A file that becomes a link once it is known.
    path = bench.settings.folder / "deeper" / "other.png"
    path.unlink()
    path.symlink_to(tmp_path / "secret.png")
    for address in ("", "/frames/0.png", "/thumbnail", "/frames/0/embedding?wait=30000"):
        answer = browser.get(f"/api/images/{image_id}{address}")
        assert (answer.status_code, answer.json()["kind"]) == (403, "forbidden"), address


def test_two_processes_do_not_share_a_project(place, without_model):
    folder, project = place
    with (
        served(folder, "--project", project, *without_model) as first,
        served(folder, "--project", project, *without_model) as second,
    ):
        out, err = second.process.communicate(timeout=60)
        assert (second.process.returncode, second.line, out) == (2, "", "")
        assert "another process is at work" in err
        assert first.client().get("/api/status").status_code == 200


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs /proc, which Linux has")
def test_a_large_upload_takes_no_memory_and_one_beyond_the_limit_is_refused(place, without_model):
    folder, project = place
    piece = bytes(2**20)
    header = picture()

    def pieces(count):
        yield header
        for _ in range(count):
            yield piece

    with (
        served(folder, "--project", project, "--max-upload", "500", *without_model) as server,
        server.client() as client,
    ):
        client.post("/api/images", params={"name": "small.png"}, content=header)
        before = server.resident_bytes()
        largest = [before]

        def watched(count):
            for sent in pieces(count):
                largest.append(server.resident_bytes())
                yield sent

        # What follows the end of a PNG does no harm.
        within = client.post("/api/images", params={"name": "large.png"}, content=watched(498))
        assert within.status_code == 201, within.text
        assert client.delete(f"/api/images/{within.json()['id']}").status_code == 204
        try:
            beyond = client.post("/api/images", params={"name": "larger.png"}, content=watched(520))
            assert (beyond.status_code, beyond.json()["kind"]) == (413, "large")
        except httpx.WriteError:
            # The server hung up before it was told all.
            pass
        assert max(largest) - before < 64 * 2**20
        assert [path.name for path in (project / "uploads").rglob("*.png")] == ["small.png"]


def test_an_upload_that_says_that_it_is_too_large_is_refused_unread(bench, image_id):
    sent = []

    async def ask():
        async def receive():
            raise AssertionError("nothing is to be read")

        async def send(message):
            sent.append(message)

        headers = [(b"host", b"localhost"), (b"content-length", str(2**31 + 1).encode())]
        scope = {"type": "http", "method": "POST", "path": "/api/images", "query_string": b"name=a.png"}
        await create_app(bench)(scope | {"headers": headers, "root_path": "", "http_version": "1.1"}, receive, send)

    asyncio.run(ask())
    assert sent[0]["status"] == 413
    assert b'"kind":"large"' in sent[1]["body"]
