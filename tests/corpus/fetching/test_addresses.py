import pytest

from tests.corpus.fetching.web import Web, running
from ultrasam.corpus.cards.card import Download
from ultrasam.corpus.fetching import Hosts, RemoteFile, resolve
from ultrasam.errors import InputError

SHA256 = "ab" * 32
MD5 = "cd" * 16


@pytest.fixture
def web(monkeypatch):
    monkeypatch.setattr("ultrasam.transfer.partial_file.time.sleep", lambda _seconds: None)
    with running(Web()) as web:
        yield web


def resolved(web, **download):
    return resolve(
        Download(**download), hosts=Hosts(zenodo=web.url, mendeley=web.url, figshare=web.url, github=web.url)
    )


def zenodo_file(name, **facts):
    content = f"https://zenodo.org/api/records/12/files/{name}/content"
    return {"id": "x", "key": name, "size": 5, "checksum": f"md5:{MD5}", "links": {"self": content}, **facts}


def mendeley_file(name, **facts):
    content = {"id": "x", "size": 7, "sha256_hash": SHA256, "download_url": f"https://m.org/{name}/file_downloaded"}
    return {"filename": name, "id": "y", "size": 7, "content_details": {**content, **facts}}


def figshare_file(name, **facts):
    known = {"name": name, "size": 9, "download_url": "https://f.org/files/1", "computed_md5": MD5, "supplied_md5": ""}
    return {"id": 1, "is_link_only": False, **known, **facts}


def test_zenodo(web):
    web.answers["/api/records/12"] = {"id": 12, "files": [zenodo_file("a b.zip"), zenodo_file("b.txt", checksum="")]}
    assert resolved(web, zenodo="12") == [
        RemoteFile("a b.zip", ("https://zenodo.org/api/records/12/files/a b.zip/content",), 5, ("md5", MD5)),
        RemoteFile("b.txt", ("https://zenodo.org/api/records/12/files/b.txt/content",), 5, None),
    ]


def test_mendeley_lists_folder_by_folder(web):
    base = "/public-api/datasets/abc"
    web.answers = {
        f"{base}/folders/3": [
            {"id": "i", "name": "inner", "parent_id": "o"},
            {"id": "o", "name": "outer"},
            {"id": "r", "name": "right", "parent_id": "l"},
            {"id": "l", "name": "left", "parent_id": "r"},
        ],
        f"{base}/files?folder_id=root&version=3": [mendeley_file("a.zip")],
        f"{base}/files?folder_id=o&version=3": [],
        f"{base}/files?folder_id=i&version=3": [mendeley_file("a.zip", sha256_hash=None)],
        f"{base}/files?folder_id=l&version=3": [],
        f"{base}/files?folder_id=r&version=3": [],
    }
    url = ("https://m.org/a.zip/file_downloaded",)
    assert resolved(web, mendeley="abc", version=3) == [
        RemoteFile("a.zip", url, 7, ("sha256", SHA256)),
        RemoteFile("outer/inner/a.zip", url, 7, None),
    ]


def test_figshare_is_asked_for_all_files_at_once(web):
    listed = [figshare_file(f"{i}.zip") for i in range(12)]
    linked = figshare_file("elsewhere.zip", is_link_only=True, size=0, computed_md5="")
    web.answers["/v2/articles/34/files?page_size=1000"] = [*listed, linked]
    files = resolved(web, figshare="34")
    assert [file.name for file in files] == [f"{i}.zip" for i in range(12)]
    assert files[0] == RemoteFile("0.zip", ("https://f.org/files/1",), 9, ("md5", MD5))


def test_github_gives_the_default_branch_without_being_asked(web):
    assert resolved(web, github="owner/repo") == [RemoteFile("repo.zip", (f"{web.url}/owner/repo/archive/HEAD.zip",))]
    assert web.asked == []


@pytest.mark.parametrize(
    ("download", "file"),
    [
        (
            {"url": "https://a.org/x/B%20C.zip?download=1"},
            RemoteFile("B C.zip", ("https://a.org/x/B%20C.zip?download=1",)),
        ),
        (
            {"url": "https://a.org/b.zip", "mirrors": ("https://c.org/d",), "sha256": SHA256},
            RemoteFile("b.zip", ("https://a.org/b.zip", "https://c.org/d"), digest=("sha256", SHA256)),
        ),
        ({"url": "https://a.org/get?id=1", "files": ("b.zip",)}, RemoteFile("b.zip", ("https://a.org/get?id=1",))),
    ],
)
def test_a_plain_address(web, download, file):
    assert resolved(web, **download) == [file]


def test_a_plain_address_without_a_name_is_refused(web):
    with pytest.raises(InputError, match="the name of a file"):
        resolved(web, url="https://a.org/")


def test_only_the_files_that_the_card_names(web):
    web.answers["/api/records/12"] = {"files": [zenodo_file("a"), zenodo_file("b"), zenodo_file("c")]}
    assert [file.name for file in resolved(web, zenodo="12", files=("c", "a"))] == ["a", "c"]
    with pytest.raises(InputError, match="Expected d in Zenodo record 12, but it holds a, b, c"):
        resolved(web, zenodo="12", files=("a", "d"))


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (404, "answers 404 Not Found: try again later, or download the files by hand"),
        (503, "answers 503 Service Unavailable"),
        (b"<html>", "answers with something else"),
        (b"\xff\xfe\xff", "answers with something else"),
        ({"files": []}, "Expected files in Zenodo record 12, but none is listed"),
        ({"files": None}, "Expected files in Zenodo record 12, but none is listed"),
        ([], "the list of files of Zenodo record 12, but got another structure"),
        ({"files": [{"key": "a"}]}, "got another structure .*links"),
        ({"files": ["a"]}, "got another structure"),
        ({"files": [zenodo_file(None)]}, "got another structure"),
        ({"files": [zenodo_file("../../a")]}, "inside the data set's folder, but the server calls it '../../a'"),
        ({"files": [zenodo_file("a", checksum="crc:1")]}, "but got 'crc'"),
    ],
)
def test_an_answer_without_sense_is_said(web, answer, message):
    web.answers["/api/records/12"] = answer
    with pytest.raises(InputError, match=message):
        resolved(web, zenodo="12")


def test_a_host_that_is_busy_is_asked_again(web):
    web.answers["/api/records/12"] = (503, 429, {"files": [zenodo_file("a")]})
    assert [file.name for file in resolved(web, zenodo="12")] == ["a"]
    assert len(web.asked) == 3
