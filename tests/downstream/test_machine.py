"""What is free, by what the system says of itself."""

from __future__ import annotations

import pytest
import torch

from ultrasam.downstream import machine
from ultrasam.downstream.machine import Machine, free_memory_gb, this_machine


@pytest.fixture
def system(tmp_path, monkeypatch):
    """A made system: 16 GB of which 12 are available, and a control group to be filled in."""
    memory = tmp_path / "meminfo"
    memory.write_text("MemTotal:       15625000 kB\nMemFree:         1000 kB\nMemAvailable:   11718750 kB\n")
    group = tmp_path / "group"
    group.mkdir()
    monkeypatch.setattr(machine, "_MEMORY", memory)
    monkeypatch.setattr(machine, "_GROUPS", ((group, "memory.max", "memory.current", "inactive_file"),))
    return tmp_path


def limit(system, allowed, used, idle=0):
    (system / "group/memory.max").write_text(f"{allowed}\n")
    (system / "group/memory.current").write_text(f"{used}\n")
    (system / "group/memory.stat").write_text(f"anon 5\ninactive_file {idle}\n")


def test_what_is_available_counts_not_what_is_unused(system):
    assert free_memory_gb() == pytest.approx(12)


def test_a_container_may_have_less(system):
    limit(system, 5_000_000_000, 2_000_000_000)
    assert free_memory_gb() == pytest.approx(3)


def test_files_that_were_read_are_given_back(system):
    limit(system, 5_000_000_000, 4_000_000_000, idle=2_500_000_000)
    assert free_memory_gb() == pytest.approx(3.5)


def test_a_container_that_is_over_its_limit_has_nothing(system):
    limit(system, 1_000_000_000, 2_000_000_000)
    assert free_memory_gb() == 0


def test_a_group_without_a_limit_is_none(system):
    limit(system, "max", 2_000_000_000)
    assert free_memory_gb() == pytest.approx(12)


def test_a_generous_group_adds_nothing(system):
    limit(system, 99_000_000_000, 0)
    assert free_memory_gb() == pytest.approx(12)


def test_where_nobody_says_what_is_free_all_memory_is(system, monkeypatch):
    (system / "meminfo").unlink()
    pages = {"SC_PHYS_PAGES": 1_000_000, "SC_PAGE_SIZE": 4096}
    monkeypatch.setattr(machine.os, "sysconf", pages.__getitem__, raising=False)
    assert free_memory_gb() == pytest.approx(4.096)


def test_where_nobody_says_anything(system, monkeypatch):
    (system / "meminfo").unlink()
    monkeypatch.delattr(machine.os, "sysconf")
    assert free_memory_gb() == 8


def test_this_one():
    found = this_machine("cpu")
    assert found.device == "cpu"
    assert found.cores >= 1
    assert 0 < found.memory_gb < 100_000
    assert not found.half


def test_a_gpu_is_preferred_where_there_is_one(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda: (79_000_000_000, 80_000_000_000))
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda: True)
    assert (this_machine().device, this_machine().memory_gb, this_machine().half) == ("cuda", 79, True)
    assert this_machine("cpu").device == "cpu"


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (Machine("cpu", 7.6, 1), "1 processor core with 8 GB free"),
        (Machine("cpu", 23.6, 2), "2 processor cores with 24 GB free"),
        (Machine("cuda", 79.0, 16), "a GPU with 79 GB free"),
    ],
)
def test_it_is_told(found, words):
    assert str(found) == words
