import asyncio

from ultrasam.server import tries
from ultrasam.server.tries import Tries


class Time:
    def __init__(self):
        self.now, self.slept = 0.0, []

    async def sleep(self, seconds):
        self.slept.append(seconds)


def test_each_failure_waits_for_the_one_before():
    time = Time()
    failing = Tries(lambda: time.now, time.sleep)

    async def fail(*addresses):
        for address in addresses:
            await failing.failed(address)

    asyncio.run(fail("a", "a", "a", "b"))
    assert time.slept == [0.5, 1.0, 1.5, 0.5]
    time.now = 100
    asyncio.run(fail("a"))
    assert time.slept[-1] == 0.5
    asyncio.run(fail(*"a" * 20))
    assert max(time.slept) == 5.0


def test_memory_is_bounded(monkeypatch):
    monkeypatch.setattr(tries, "_MOST", 3)
    time = Time()
    failing = Tries(lambda: time.now, time.sleep)

    async def fail():
        for number in range(10):
            await failing.failed(str(number))

    asyncio.run(fail())
    assert len(failing._next) == 3
