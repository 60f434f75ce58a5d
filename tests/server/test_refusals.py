import pytest

from ultrasam.errors import UltraSamError
from ultrasam.server import refusals

KINDS = {
    "missing": 404,
    "gone": 410,
    "unauthorised": 401,
    "forbidden": 403,
    "conflict": 409,
    "elsewhere": 409,
    "full": 507,
    "large": 413,
    "busy": 503,
}


def test_each_kind_has_its_status():
    found = {refusal.kind: refusal.status for refusal in refusals.Refusal.__subclasses__()}
    assert found == KINDS


@pytest.mark.parametrize(
    ("refusal", "more"),
    [
        pytest.param(refusals.Gone("gone"), {}, id="plain"),
        pytest.param(refusals.Conflict("newer", 7), {"revision": 7}, id="conflict"),
        pytest.param(refusals.Conflict("in use"), {}, id="conflict_without_revision"),
        pytest.param(refusals.Busy("wait", 3, 1.5), {"position": 3, "seconds": 1.5}, id="busy"),
    ],
)
def test_says_what_a_client_can_use(refusal, more):
    assert isinstance(refusal, UltraSamError)
    assert refusal.more == more
