import ctypes
import os
import subprocess
import sys
from types import SimpleNamespace

import pytest

from ultrasam import allocation
from ultrasam.allocation import keep_freed_memory

#: How often the process asks the system for pages, while it takes and frees 40 MB ten times.
PAGES = """
import resource
def faults():
    for _ in range(10):
        b"x" * 40_000_000
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt
before = faults()
print(faults() - before)
"""
COMMAND = "import sys; sys.argv = ['ultrasam', 'weights', 'list']; from ultrasam.cli.main import main\n"
COMMAND += "try: main()\nexcept SystemExit: pass\n"


def page_faults(code):
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("MALLOC_", "GLIBC_"))}
    done = subprocess.run(
        [sys.executable, "-c", code + PAGES], capture_output=True, text=True, check=True, env=environment
    )
    return int(done.stdout.split()[-1])


on_glibc = pytest.mark.skipif(allocation._mallopt() is None, reason="needs glibc")


@on_glibc
@pytest.mark.parametrize(
    "code", [COMMAND, "from ultrasam.allocation import keep_freed_memory; keep_freed_memory()\n"], ids=["cli", "python"]
)
def test_freed_memory_is_used_again(code):
    assert page_faults(code) < 20


@on_glibc
def test_the_library_leaves_the_process_as_it_is():
    # Ten times 40 MB, each of at least twenty pages, however large pages are.
    assert page_faults("import ultrasam, ultrasam.allocation, ultrasam.inference\n") > 150


@pytest.fixture
def environment(monkeypatch):
    monkeypatch.setattr(os, "environ", {})
    return os.environ


def test_a_setting_of_the_user_stays(environment, monkeypatch):
    monkeypatch.setattr(allocation, "_mallopt", lambda: None)
    keep_freed_memory()
    assert environment["THP_MEM_ALLOC_ENABLE"] == "1"
    environment["THP_MEM_ALLOC_ENABLE"] = "0"
    keep_freed_memory()
    assert environment["THP_MEM_ALLOC_ENABLE"] == "0"


def test_an_older_glibc_is_asked_for_less(environment, monkeypatch):
    asked = []

    def mallopt(number, value):
        asked.append((number, value))
        return int(number != -3 or value <= 32 * 2**20)

    monkeypatch.setattr(allocation, "_mallopt", lambda: mallopt)
    keep_freed_memory()
    assert asked == [(-3, 10**9), (-3, 32 * 2**20), (-1, 10**9)]


def no_library(_):
    raise OSError("no library")


@pytest.mark.parametrize(
    ("platform", "library"),
    [
        ("darwin", lambda _: pytest.fail("asked")),
        ("win32", lambda _: pytest.fail("asked")),
        ("linux", no_library),
        ("linux", lambda _: SimpleNamespace(mallopt=lambda *_: pytest.fail("asked"))),
        ("linux", lambda _: SimpleNamespace(gnu_get_libc_version=None)),
    ],
    ids=["macos", "windows", "no C library", "another C library", "no mallopt"],
)
def test_other_systems_are_left_alone(environment, monkeypatch, platform, library):
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr(ctypes, "CDLL", library)
    keep_freed_memory()
