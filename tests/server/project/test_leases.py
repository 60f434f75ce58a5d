import pytest

from tests.server.project.made import numbered
from ultrasam.server.project import Leases
from ultrasam.server.project.leases import LASTS_S
from ultrasam.server.refusals import Elsewhere

IMAGE, OTHER_IMAGE = numbered(5), numbered(6)
ME, YOU = numbered(1), numbered(2)


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def leases(clock):
    return Leases(clock)


def test_the_first_holds_an_image_and_others_are_told(leases):
    assert leases.lease(IMAGE, ME)
    assert leases.lease(IMAGE, ME)
    assert not leases.lease(IMAGE, YOU)
    assert (leases.holder_is_other(IMAGE, YOU), leases.holder_is_other(IMAGE, ME)) == (True, False)
    assert leases.lease(OTHER_IMAGE, YOU)
    with pytest.raises(Elsewhere):
        leases.check(IMAGE, YOU)
    leases.check(IMAGE, ME)


def test_a_lease_can_be_taken_over(leases):
    leases.lease(IMAGE, ME)
    assert leases.lease(IMAGE, YOU, take=True)
    assert not leases.lease(IMAGE, ME)
    assert leases.holder_is_other(IMAGE, ME)


def test_a_lease_ends_unless_it_is_renewed(leases, clock):
    leases.lease(IMAGE, ME)
    clock.now += LASTS_S - 1
    assert leases.lease(IMAGE, ME)
    clock.now += LASTS_S - 1
    assert not leases.lease(IMAGE, YOU)
    clock.now += 1
    assert not leases.holder_is_other(IMAGE, YOU)
    assert leases.lease(IMAGE, YOU)


def test_only_the_holder_releases(leases):
    leases.lease(IMAGE, ME)
    leases.release(IMAGE, YOU)
    assert leases.holder_is_other(IMAGE, YOU)
    leases.release(IMAGE, ME)
    assert leases.lease(IMAGE, YOU)
    leases.release(OTHER_IMAGE, ME)


def test_nobody_holding_an_image_stops_nobody(leases):
    leases.check(IMAGE, ME)
