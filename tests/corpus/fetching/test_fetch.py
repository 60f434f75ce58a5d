import hashlib
import shutil

import pytest

from tests.corpus.fetching.cards import card
from tests.corpus.fetching.web import Web, running
from ultrasam.corpus.cards.card import Download
from ultrasam.corpus.fetching import Hosts, fetch
from ultrasam.errors import InputError
from ultrasam.files import alone

CONTENTS = {"a.zip": b"first" * 100, "masks/b.png": b"second" * 100}


@pytest.fixture
def web():
    with running(Web()) as web:
        files = [
            {
                "key": name,
                "size": len(content),
                "checksum": f"md5:{hashlib.md5(content).hexdigest()}",
                "links": {"self": f"{web.url}/{name}"},
            }
            for name, content in CONTENTS.items()
        ]
        web.answers = {f"/{name}": content for name, content in CONTENTS.items()}
        web.answers |= {"/api/records/12": {"files": files}, "/c": b"third"}
        yield web


def fetched(web, folder, *downloads, **options):
    return fetch(card(*downloads), folder, hosts=Hosts(zenodo=web.url), pause_s=0.001, **options)


def test_all_files_of_all_downloads_come_into_one_folder(web, tmp_path):
    seen = {}
    downloads = (Download(zenodo="12"), Download(url=f"{web.url}/c"))
    paths = fetched(web, tmp_path, *downloads, on_progress=lambda file, *counts: seen.update({file.name: counts}))
    assert [path.relative_to(tmp_path / "SET").as_posix() for path in paths] == ["a.zip", "masks/b.png", "c"]
    assert [path.read_bytes() for path in paths] == [*CONTENTS.values(), b"third"]
    assert seen == {"a.zip": (500, 500), "masks/b.png": (600, 600), "c": (5, 5)}


def test_a_second_call_fetches_only_what_is_not_there_or_wrong(web, tmp_path):
    good, bad = fetched(web, tmp_path, Download(zenodo="12"))
    bad.write_bytes(b"second" * 99 + b"secant")
    web.asked.clear()
    assert fetched(web, tmp_path, Download(zenodo="12")) == [good, bad]
    assert web.asked == ["/api/records/12", "/masks/b.png"]
    assert bad.read_bytes() == CONTENTS["masks/b.png"]


def test_a_set_without_addresses_is_explained(web, tmp_path):
    with pytest.raises(InputError) as caught:
        fetched(web, tmp_path)
    first, rest = str(caught.value).split("\n", 1)
    assert first == "Expected a public address of SET, but it has none: get it by hand."
    assert rest.startswith("How to get SET (access: open):\n  Press Download.\nLicence of SET: CC BY 4.0\n")
    assert f"into {tmp_path / 'SET'}." in rest
    assert list(tmp_path.iterdir()) == []


def test_two_processes_do_not_write_into_one_folder(web, tmp_path):
    with alone(tmp_path / "SET"), pytest.raises(InputError, match="another process is at work in it"):
        fetched(web, tmp_path, Download(zenodo="12"))
    assert len(fetched(web, tmp_path, Download(zenodo="12"))) == 2


def test_the_room_for_all_files_is_looked_for_first(web, tmp_path, monkeypatch):
    real = shutil.disk_usage

    def free(count):
        fake = shutil._ntuple_diskusage(9, 9, count)
        monkeypatch.setattr(shutil, "disk_usage", lambda folder: fake if folder == tmp_path / "SET" else real(folder))

    free(1099)
    with pytest.raises(InputError, match=r"room for 1,100 bytes in .*SET, but 1,099 are free"):
        fetched(web, tmp_path, Download(zenodo="12"))
    assert web.asked == ["/api/records/12"]
    part = tmp_path / "SET" / "a.zip.part"
    part.write_bytes(CONTENTS["a.zip"][:1])
    assert len(fetched(web, tmp_path, Download(zenodo="12"))) == 2
    free(0)
    assert len(fetched(web, tmp_path, Download(zenodo="12"))) == 2


def test_two_files_of_one_name_are_refused(web, tmp_path):
    with pytest.raises(InputError, match=r"for each file of SET, but got a\.zip twice"):
        fetched(web, tmp_path, Download(zenodo="12"), Download(url=f"{web.url}/a.zip"))
    assert list(tmp_path.iterdir()) == []
