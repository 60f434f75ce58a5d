from pathlib import Path

import pytest

from ultrasam.errors import InputError
from ultrasam.server.settings import Settings, default_project

TOKEN = "0123456789abcdef"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"host": "0.0.0.0"}, "--token"),
        ({"host": "192.168.1.5"}, "--token"),
        ({"token": "short"}, "16"),
        ({"token": "0123456789 abcdef"}, "letters"),
        ({"token": "0123456789abcdefé"}, "letters"),
        ({"certificate": Path("a.pem")}, "--key together"),
        ({"key": Path("a.pem")}, "--key together"),
        ({"folder": Path("nowhere")}, "nowhere"),
    ],
    ids=["all", "network", "short", "space", "accent", "no key", "no certificate", "no folder"],
)
def test_what_cannot_be_served_is_refused(tmp_path, options, said):
    with pytest.raises(InputError, match=said):
        Settings(project=tmp_path, **options)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
def test_this_machine_needs_no_token(tmp_path, host):
    assert Settings(project=tmp_path, host=host).is_loopback


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000/"),
        ("::1", "http://[::1]:8000/"),
        ("0.0.0.0", "http://127.0.0.1:8000/"),
        ("::", "http://[::1]:8000/"),
        ("box.example", "http://box.example:8000/"),
    ],
)
def test_the_address_can_be_opened_on_this_machine(tmp_path, host, address):
    assert Settings(project=tmp_path, host=host, token=TOKEN).address(8000) == address


def test_with_a_certificate_it_is_https(tmp_path):
    settings = Settings(project=tmp_path, certificate=Path("a"), key=Path("b"))
    assert settings.address(1) == "https://127.0.0.1:1/"


def test_a_project_lies_in_its_folder_or_with_the_users_data(tmp_path, monkeypatch):
    assert default_project(tmp_path) == tmp_path / ".ultrasam"
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert default_project(None) == tmp_path / "ultrasam" / "workbench"
    monkeypatch.delenv("XDG_DATA_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert default_project(None) == tmp_path / ".local" / "share" / "ultrasam" / "workbench"
