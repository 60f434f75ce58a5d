import hashlib
import logging
import threading
import urllib.request
from dataclasses import replace

import pytest

from tests.weights.servers import Site, serving
from ultrasam.errors import WeightsError
from ultrasam.transfer import TransferError
from ultrasam.transfer.partial_file import _StaySecure
from ultrasam.weights import DEFAULT, download, resolve, verify
from ultrasam.weights.locate import path_of, verify_entry
from ultrasam.weights.registry import get_entry

CONTENT = bytes(range(256)) * 400


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("ULTRASAM_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "weights"


SHA256 = hashlib.sha256(CONTENT).hexdigest()
SIZE = len(CONTENT)


def entry_at(*urls, sha256=SHA256, size_bytes=SIZE):
    return replace(
        get_entry("ultrasam"),
        name="tested",
        file="tested.pth",
        urls=urls,
        sha256=sha256,
        size_bytes=size_bytes,
    )


def quickly(entry, **options):
    return download(entry, **{"timeout_s": 5.0, "pause_s": 0.001, **options})


def names_in(folder):
    return sorted(path.name for path in folder.iterdir() if path.suffix != ".lock")


def test_gives_the_file_and_nothing_else(cache):
    with serving(Site(CONTENT)) as site:
        path = quickly(entry_at(site.url))
    assert path == cache / "tested.pth"
    assert path.read_bytes() == CONTENT
    assert names_in(cache) == ["tested.pth"]


def test_reports_progress_up_to_the_whole():
    seen = []
    with serving(Site(CONTENT)) as site:
        quickly(entry_at(site.url), progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (len(CONTENT), len(CONTENT))
    assert seen == sorted(seen)


def test_works_offline_from_the_cache():
    with serving(Site(CONTENT)) as site:
        entry = entry_at(site.url)
        path = quickly(entry)
    assert quickly(entry) == path


def test_goes_on_where_the_connection_broke():
    with serving(Site(CONTENT, drop_after=[30_000, 20_000])) as site:
        path = quickly(entry_at(site.url))
    assert path.read_bytes() == CONTENT
    assert [request.get("Range") for request in site.requests] == [None, "bytes=30000-", "bytes=50000-"]
    assert site.requests[1]["If-Range"] == '"one"'


def test_a_later_call_goes_on_with_what_an_earlier_one_left(cache):
    with serving(Site(CONTENT, drop_after=[30_000, 0, 0, 0, 0])) as site, pytest.raises(WeightsError):
        quickly(entry_at(site.url))
    assert (cache / "tested.pth.part").read_bytes() == CONTENT[:30_000]
    with serving(Site(CONTENT)) as site:
        assert quickly(entry_at(site.url)).read_bytes() == CONTENT
    assert site.requests[0]["Range"] == "bytes=30000-"
    assert names_in(cache) == ["tested.pth"]


def test_a_complete_partial_file_only_needs_its_name(cache):
    cache.mkdir(parents=True)
    (cache / "tested.pth.part").write_bytes(CONTENT)
    with serving(Site(CONTENT)) as site:
        assert quickly(entry_at(site.url)).read_bytes() == CONTENT
    assert len(site.requests) == 1


def test_a_partial_file_that_is_too_long_is_thrown_away(cache):
    cache.mkdir(parents=True)
    (cache / "tested.pth.part").write_bytes(CONTENT + b"more")
    with serving(Site(CONTENT)) as site:
        assert quickly(entry_at(site.url)).read_bytes() == CONTENT


def test_starts_over_where_the_server_cannot_resume():
    with serving(Site(CONTENT, ranges=False, drop_after=[30_000])) as site:
        path = quickly(entry_at(site.url))
    assert path.read_bytes() == CONTENT
    assert len(site.requests) == 2


def test_a_wrong_partial_file_costs_one_more_download(cache):
    cache.mkdir(parents=True)
    (cache / "tested.pth.part").write_bytes(b"x" * 1000)
    with serving(Site(CONTENT)) as site:
        assert quickly(entry_at(site.url)).read_bytes() == CONTENT
    assert [request.get("Range") for request in site.requests] == ["bytes=1000-", None]


def test_without_a_published_hash_a_changed_file_is_not_mixed_with_the_old_one(cache):
    entry = entry_at("", sha256=None, size_bytes=None)
    old, new = b"a" * 50_000, b"b" * 50_000
    with serving(Site(old, drop_after=[20_000, 0, 0, 0, 0])) as site:
        with pytest.raises(WeightsError):
            quickly(replace(entry, urls=(site.url,)))
        site.content, site.etag = new, '"two"'
        assert quickly(replace(entry, urls=(site.url,))).read_bytes() == new


def test_without_a_published_hash_and_a_version_mark_it_starts_over(cache):
    cache.mkdir(parents=True)
    (cache / "tested.pth.part").write_bytes(b"x" * 1000)
    with serving(Site(CONTENT, etag=None)) as site:
        path = quickly(entry_at(site.url, sha256=None, size_bytes=None))
    assert path.read_bytes() == CONTENT


def test_without_a_published_hash_the_first_one_is_recorded(cache):
    with serving(Site(CONTENT)) as site:
        entry = entry_at(site.url, sha256=None, size_bytes=None)
        path = quickly(entry)
    checked = verify_entry(entry)
    assert (checked.matches, checked.source) == (True, "recorded at download")
    path.write_bytes(CONTENT[:-1])
    assert verify_entry(entry).matches is False


def test_a_corrupted_file_is_removed_and_the_mirror_is_asked(cache):
    corrupted = CONTENT[:-1] + b"\0"
    with serving(Site(corrupted)) as bad, serving(Site(CONTENT)) as good:
        assert quickly(entry_at(bad.url, good.url)).read_bytes() == CONTENT
    assert "Range" not in good.requests[0]


def test_corruption_everywhere_leaves_nothing(cache):
    with serving(Site(CONTENT[:-1] + b"\0")) as site, pytest.raises(WeightsError, match="SHA-256"):
        quickly(entry_at(site.url))
    assert names_in(cache) == []


def test_a_damaged_file_in_the_cache_is_downloaded_again(cache):
    with serving(Site(CONTENT)) as site:
        path = quickly(entry_at(site.url))
        path.write_bytes(b"damaged")
        assert quickly(entry_at(site.url)).read_bytes() == CONTENT


@pytest.mark.parametrize("status", [404, 403, 500, 503])
def test_asks_the_mirror_after_an_error(status, caplog):
    caplog.set_level(logging.WARNING)
    with serving(Site(CONTENT, status=status)) as bad, serving(Site(CONTENT)) as good:
        assert quickly(entry_at(bad.url, good.url)).read_bytes() == CONTENT
    assert str(status) in caplog.text
    # A missing file stays missing; an overloaded server may recover.
    assert len(bad.requests) == (1 if status < 500 else 4)


def test_a_page_in_place_of_the_file_is_refused_before_it_is_read():
    with serving(Site(b"<html>sign in</html>")) as page, serving(Site(CONTENT)) as good:
        assert quickly(entry_at(page.url, good.url)).read_bytes() == CONTENT


def test_everything_down_says_what_was_tried_and_what_to_do(cache):
    with serving(Site(CONTENT)) as site:
        gone = site.url
    with serving(Site(CONTENT, status=404)) as missing, pytest.raises(WeightsError) as failure:
        quickly(entry_at(gone, missing.url))
    message = str(failure.value)
    assert gone in message
    assert "404" in message
    assert str(cache / "tested.pth") in message


def test_a_silent_server_is_asked_again():
    with serving(Site(CONTENT, silent_s=[1.0])) as site:
        assert quickly(entry_at(site.url), timeout_s=0.2).read_bytes() == CONTENT
    assert len(site.requests) == 2


def test_a_slow_but_steady_server_is_waited_for():
    content = CONTENT[:49_152]
    with serving(Site(content, block_pause_s=0.1)) as site:
        entry = entry_at(site.url, sha256=hashlib.sha256(content).hexdigest(), size_bytes=len(content))
        assert quickly(entry, timeout_s=0.9).read_bytes() == content
    assert len(site.requests) == 1


def test_only_web_addresses(tmp_path):
    (tmp_path / "here.pth").write_bytes(CONTENT)
    with pytest.raises(WeightsError, match="https"):
        quickly(entry_at((tmp_path / "here.pth").as_uri()))


@pytest.mark.parametrize("target", ["file:///etc/hostname", "ftp://127.0.0.1/x"])
def test_a_redirect_leads_nowhere_else(target):
    with serving(Site(CONTENT, redirect=target)) as site, pytest.raises(WeightsError):
        quickly(entry_at(site.url))


def test_a_redirect_is_followed():
    with serving(Site(CONTENT)) as site, serving(Site(b"", redirect=site.url)) as front:
        assert quickly(entry_at(front.url)).read_bytes() == CONTENT


def test_a_full_disk_is_said_before_anything_is_written(monkeypatch, cache):
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": 1000}))
    with serving(Site(CONTENT)) as site, pytest.raises(WeightsError, match=r"disk of .* is full"):
        quickly(entry_at(site.url))
    assert names_in(cache) == []


def test_a_folder_that_cannot_be_written_is_said(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("ULTRASAM_CACHE", str(tmp_path / "file"))
    with pytest.raises(WeightsError, match="ULTRASAM_CACHE"):
        quickly(entry_at("http://127.0.0.1:9/x"))


def test_two_at_once_make_one_download():
    with serving(Site(CONTENT, block_pause_s=0.005)) as site:
        entry = entry_at(site.url)
        paths = []
        threads = [threading.Thread(target=lambda: paths.append(quickly(entry))) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert [path.read_bytes() == CONTENT for path in paths] == [True] * 3
    assert len(site.requests) == 1


def test_bundled_weights_need_no_download(cache):
    assert download(DEFAULT) == resolve(DEFAULT) == path_of(get_entry(DEFAULT))
    assert verify(DEFAULT).matches
    assert not cache.exists()


def test_a_redirect_never_leaves_https():
    request = urllib.request.Request("https://example.org/weights.pth")
    with pytest.raises(TransferError, match="from https to http://"):
        _StaySecure().redirect_request(request, None, 302, "Found", None, "http://example.org/weights.pth")


def test_a_partial_file_that_cannot_be_written_is_said(cache):
    (cache / "tested.pth.part").mkdir(parents=True)
    with serving(Site(CONTENT)) as site, pytest.raises(WeightsError, match="Expected to write"):
        quickly(entry_at(site.url))
