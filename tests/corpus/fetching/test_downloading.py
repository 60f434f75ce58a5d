import hashlib
import shutil

import pytest

from tests.corpus.fetching.web import Web, running
from tests.weights.servers import Site, serving
from ultrasam.corpus.fetching import RemoteFile, download
from ultrasam.errors import InputError

CONTENT = bytes(range(256)) * 400
SIZE = len(CONTENT)
OTHER = CONTENT[::-1]
MD5 = ("md5", hashlib.md5(CONTENT).hexdigest())


def remote(*sites, name="a.bin", size=SIZE, digest=MD5):
    return RemoteFile(name, tuple(getattr(site, "url", site) for site in sites), size, digest)


def unhashed(*sites):
    return remote(*sites, size=None, digest=None)


def quickly(file, folder, **options):
    return download(file, folder, **{"timeout_s": 5.0, "pause_s": 0.001, **options})


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


def ranges(site):
    return [request.get("Range") for request in site.requests]


def broken_off_at(folder, count, content=CONTENT, digest=MD5, **site):
    """Leaves the first bytes of a download, as after a computer was switched off."""
    with serving(Site(content, drop_after=[count, 0, 0, 0, 0], **site)) as gone, pytest.raises(InputError):
        quickly(remote(gone, size=None, digest=digest), folder)
    return gone


@pytest.mark.parametrize("file", [remote, unhashed])
def test_gives_the_file_and_nothing_else(tmp_path, file):
    seen = []
    with serving(Site(CONTENT)) as site:
        path = quickly(file(site), tmp_path / "SET", on_progress=lambda done, total: seen.append((done, total)))
    assert path == tmp_path / "SET" / "a.bin"
    assert path.read_bytes() == CONTENT
    assert names_in(tmp_path / "SET") == ["a.bin"]
    assert seen[-1] == (len(CONTENT), len(CONTENT))


def test_folders_in_the_name_are_made(tmp_path):
    with serving(Site(CONTENT)) as site:
        path = quickly(remote(site, name="US images/1.png"), tmp_path)
    assert path == tmp_path / "US images" / "1.png"
    assert path.read_bytes() == CONTENT


@pytest.mark.parametrize("file", [remote, unhashed])
def test_what_is_there_is_not_fetched_again(tmp_path, file):
    (tmp_path / "a.bin").write_bytes(CONTENT)
    with serving(Site(OTHER)) as site:
        assert quickly(file(site), tmp_path).read_bytes() == CONTENT
    assert site.requests == []


@pytest.mark.parametrize("there", [OTHER, CONTENT[:-1]])
def test_what_is_there_and_wrong_is_replaced_only_by_what_is_right(tmp_path, caplog, there):
    path = tmp_path / "a.bin"
    path.write_bytes(there)
    with serving(Site(b"", status=404)) as site, pytest.raises(InputError):
        quickly(remote(site), tmp_path)
    assert path.read_bytes() == there
    with serving(Site(CONTENT)) as site:
        quickly(remote(site), tmp_path)
    assert path.read_bytes() == CONTENT
    assert "in place of" in caplog.text
    assert "downloaded again" in caplog.text


@pytest.mark.parametrize("file", [remote, unhashed])
def test_a_cut_connection_is_taken_up(tmp_path, file):
    with serving(Site(CONTENT, drop_after=[30_000, 20_000])) as site:
        assert quickly(file(site), tmp_path).read_bytes() == CONTENT
    assert ranges(site) == [None, "bytes=30000-", "bytes=50000-"]


def test_a_later_call_goes_on(tmp_path):
    broken_off_at(tmp_path, 30_000)
    assert (tmp_path / "a.bin.part").read_bytes() == CONTENT[:30_000]
    assert not (tmp_path / "a.bin").exists()
    with serving(Site(CONTENT)) as site:
        assert quickly(remote(site), tmp_path).read_bytes() == CONTENT
    assert ranges(site) == ["bytes=30000-"]
    assert names_in(tmp_path) == ["a.bin"]


def test_a_server_that_knows_no_ranges_gives_the_whole_again(tmp_path):
    with serving(Site(CONTENT, drop_after=[30_000], ranges=False)) as site:
        assert quickly(remote(site), tmp_path).read_bytes() == CONTENT
    assert ranges(site) == [None, "bytes=30000-"]


@pytest.mark.parametrize("digest", [MD5, None])
def test_a_file_that_changed_in_between_is_not_mixed(tmp_path, digest):
    with serving(Site(OTHER, etag='"old"', drop_after=[30_000, 0, 0, 0, 0])) as site:
        with pytest.raises(InputError):
            quickly(remote(site, digest=digest), tmp_path)
        site.content, site.etag, site.drop_after = CONTENT, '"new"', []
        assert quickly(remote(site, digest=digest), tmp_path).read_bytes() == CONTENT
    assert site.requests[-1]["If-Range"] == '"old"'


def test_an_old_part_that_spoils_the_hash_is_thrown_away_once(tmp_path):
    broken_off_at(tmp_path, 30_000, OTHER, etag=None)
    with serving(Site(CONTENT, etag=None)) as site:
        assert quickly(remote(site), tmp_path).read_bytes() == CONTENT
    assert ranges(site) == ["bytes=30000-", None]


def test_a_mirror_steps_in(tmp_path):
    with serving(Site(b"", status=404)) as gone, serving(Site(OTHER)) as wrong, serving(Site(CONTENT)) as right:
        assert quickly(remote(gone, wrong, right), tmp_path).read_bytes() == CONTENT
    assert names_in(tmp_path) == ["a.bin"]
    assert [len(site.requests) for site in (gone, wrong, right)] == [1, 1, 1]


def test_a_mirror_goes_on_where_the_hash_will_tell(tmp_path):
    with serving(Site(CONTENT, drop_after=[30_000, 0, 0, 0, 0])) as bad, serving(Site(CONTENT)) as good:
        assert quickly(remote(bad, good), tmp_path).read_bytes() == CONTENT
    assert ranges(good) == ["bytes=30000-"]


def test_a_mirror_begins_anew_where_nothing_will_tell(tmp_path):
    with serving(Site(CONTENT, drop_after=[30_000, 0, 0, 0, 0])) as bad, serving(Site(CONTENT)) as good:
        assert quickly(unhashed(bad, good), tmp_path).read_bytes() == CONTENT
    assert ranges(good) == [None]


def test_a_wrong_hash_everywhere_leaves_nothing_and_says_both(tmp_path):
    found = hashlib.md5(OTHER).hexdigest()
    with serving(Site(OTHER)) as one, serving(Site(OTHER)) as two, pytest.raises(InputError) as caught:
        quickly(remote(one, two), tmp_path)
    assert str(caught.value).count(f"gave a file that has the md5 {found} in place of {MD5[1]}") == 2
    assert f"put the file at {tmp_path / 'a.bin'} yourself" in str(caught.value)
    assert names_in(tmp_path) == []


def test_a_wrong_size_is_refused_before_it_is_fetched(tmp_path):
    with serving(Site(CONTENT)) as site, pytest.raises(InputError, match="offers 102400 bytes in place of 5"):
        quickly(remote(site, size=5), tmp_path)
    assert names_in(tmp_path) == []


def test_a_page_in_place_of_a_zip_file_is_refused(tmp_path):
    with serving(Site(b"<html>Please log in</html>")) as site, pytest.raises(InputError, match="is no whole zip file"):
        quickly(remote(site, name="a.zip", size=None, digest=None), tmp_path)
    assert names_in(tmp_path) == []


def test_a_server_that_is_busy_is_asked_again_but_not_for_ever(tmp_path):
    with running(Web()) as web:
        web.answers = {"/a": (503, 503, CONTENT), "/b": 503, "/c": 404}
        assert quickly(remote(f"{web.url}/a"), tmp_path).read_bytes() == CONTENT
        for path, status in (("/b", "503 Service Unavailable"), ("/c", "404 Not Found")):
            with pytest.raises(InputError, match=f"answers {status}"):
                quickly(remote(f"{web.url}{path}", name="b"), tmp_path)
        assert web.asked == ["/a"] * 3 + ["/b"] * 4 + ["/c"]


def test_redirects_are_followed_but_not_into_this_machine(tmp_path):
    with serving(Site(CONTENT)) as site, serving(Site(b"", redirect=site.url)) as door:
        assert quickly(remote(door), tmp_path).read_bytes() == CONTENT
    secret = tmp_path / "secret"
    secret.write_bytes(CONTENT)
    with serving(Site(b"", redirect=secret.as_uri())) as door, pytest.raises(InputError):
        quickly(remote(door, name="b"), tmp_path)
    assert not (tmp_path / "b").exists()


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://a.org/b", "data:,abc", "b.zip"])
def test_only_the_web_is_an_address(tmp_path, url):
    with pytest.raises(InputError, match="is no https:// or http:// address"):
        quickly(remote(url), tmp_path)


def test_addresses_may_hold_blanks_and_umlauts(tmp_path):
    with running(Web()) as web:
        web.answers = {"/a%20b%C3%A4%2F?x=1&y=2": CONTENT}
        assert quickly(remote(f"{web.url}/a bä%2F?x=1&y=2"), tmp_path).read_bytes() == CONTENT


def test_a_full_disk_is_said_before_it_is_full(tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: shutil._ntuple_diskusage(9, 9, 100))
    with serving(Site(CONTENT)) as site, pytest.raises(InputError, match="102400 bytes are needed, 100 are free"):
        quickly(unhashed(site), tmp_path)
    assert names_in(tmp_path) == []
