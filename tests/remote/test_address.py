import ssl

import pytest

from ultrasam.errors import InputError
from ultrasam.remote.address import Address


@pytest.mark.parametrize(
    ("url", "token", "expected"),
    [
        ("http://127.0.0.1:8765", None, ("http://127.0.0.1:8765", None)),
        (" http://127.0.0.1:8765/ ", None, ("http://127.0.0.1:8765", None)),
        ("https://host/?token=abc", None, ("https://host", "abc")),
        ("https://host/?token=abc", "own", ("https://host", "own")),
        ("https://host/ultrasound/#image=3", "own", ("https://host/ultrasound", "own")),
        ("http://[::1]:8765/", None, ("http://[::1]:8765", None)),
    ],
)
def test_what_users_copy(url, token, expected):
    address = Address.parse(url, token)
    assert (address.url, address.token) == expected


@pytest.mark.parametrize(
    "url", ["", "localhost:8765", "127.0.0.1:8765", "ftp://host", "http://", "http://host:port", "http://me:pw@host"]
)
def test_other_addresses_are_refused(url):
    with pytest.raises(InputError, match="such as http://"):
        Address.parse(url, None)


@pytest.mark.parametrize("token", ["two words", "line\nfeed", "schlüssel"])
def test_a_token_that_no_header_can_hold_is_refused(token):
    with pytest.raises(InputError, match="token of letters"):
        Address.parse("http://host", token)


def test_certificates(tmp_path):
    address = Address.parse("https://host", None)
    assert address.trust(None).verify_mode is ssl.CERT_REQUIRED
    no_certificate = tmp_path / "key.pem"
    no_certificate.write_text("hello")
    for path in (no_certificate, tmp_path / "absent.pem"):
        with pytest.raises(InputError, match=r"PEM file.*\.pem"):
            address.trust(path)
