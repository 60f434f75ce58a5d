"""Turns, failures and interruption with processes that are made up; and one real comparison of a tiny network."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.benchmarking.made_outcomes import BROKEN, QUICK, measured
from tests.inference.small_finetuned import write_promptable
from ultrasam.benchmarking import workspace
from ultrasam.benchmarking.agreement import Answers
from ultrasam.benchmarking.combinations import REFERENCE, Combination
from ultrasam.benchmarking.job import Job
from ultrasam.benchmarking.questions import Questions
from ultrasam.benchmarking.running import Benchmark
from ultrasam.cache import cache_dir

BOXES = ((2.0, 2.0, 20.0, 20.0), (5.0, 4.0, 30.0, 22.0))


@pytest.fixture
def cache(monkeypatch, tmp_path):
    monkeypatch.setenv("ULTRASAM_CACHE", str(tmp_path / "cache"))
    (tmp_path / "cache" / "weights").mkdir(parents=True)
    (tmp_path / "cache" / "graphs").mkdir()
    return tmp_path / "cache"


def questions(weights="weights", rounds=3, runs=2, counts=(1, 8)):
    pixels = np.random.default_rng(0).integers(0, 255, (32, 40), np.uint8)
    return Questions(str(weights), "cpu", None, None, (pixels,), (BOXES,), False, counts, rounds, runs)


@pytest.fixture
def processes(monkeypatch):
    """Made-up processes: what each was told, and how each is answered."""
    asked, behaviour = [], {}

    def run_process(job, answer, *, cache):
        told = Job.read(job)
        asked.append((told.combination, told.runs))
        failure = behaviour.get(told.combination, lambda told, cache: None)(told, cache)
        if failure is None:
            measured([1.0] * told.runs).write(answer)
            if told.answers:
                Answers(np.ones((1, 1, 2, 2), np.float32), (np.ones((2, 4, 4), bool),)).write(Path(told.answers))
        return failure

    monkeypatch.setattr(workspace, "run_process", run_process)
    return asked, behaviour


def run(combinations, **changes):
    turns = []
    benchmark = Benchmark(questions(**changes), combinations, lambda *told: turns.append(told))
    benchmark.run()
    return benchmark, turns


def test_combinations_take_turns_there_and_back(cache, processes):
    asked, _ = processes
    benchmark, turns = run((REFERENCE, BROKEN, QUICK))
    order = [REFERENCE, BROKEN, QUICK]
    assert asked == [
        *[(each, 0) for each in order],
        *[(each, 2) for each in (*order, *reversed(order), *order)],
    ]
    assert benchmark.complete
    assert [done for _, done, of in turns if of == 12] == list(range(12))
    assert turns[0][0] == "torch fp32, first time"
    assert turns[-1][0] == "openvino bf16, round 3"
    outcome = benchmark.outcomes[QUICK]
    assert len(outcome.rounds) == 3
    assert outcome.first is not None
    assert outcome.agreement.dice_min == 1


def test_what_failed_is_not_asked_again_and_the_rest_goes_on(cache, processes):
    asked, behaviour = processes
    behaviour[BROKEN] = lambda told, cache: "out of memory"
    behaviour[QUICK] = lambda told, cache: "ended" if [each for each, _ in asked].count(QUICK) > 2 else None
    benchmark, _ = run((REFERENCE, BROKEN, QUICK))
    assert [each for each, _ in asked].count(BROKEN) == 1
    assert benchmark.outcomes[BROKEN].failure == "out of memory"
    assert benchmark.outcomes[BROKEN].agreement is None
    assert (len(benchmark.outcomes[QUICK].rounds), benchmark.outcomes[QUICK].failure) == (1, "ended")
    assert len(benchmark.outcomes[REFERENCE].rounds) == 3


def test_without_the_reference_nothing_is_compared(cache, processes):
    processes[1][REFERENCE] = lambda told, cache: "out of memory"
    benchmark, _ = run((REFERENCE, QUICK))
    assert benchmark.outcomes[QUICK].agreement is None
    assert len(benchmark.outcomes[QUICK].rounds) == 3


def test_what_was_measured_before_ctrl_c_stays_and_the_folder_goes(cache, processes):
    def stop(told, cache):
        if told.runs:
            raise KeyboardInterrupt

    processes[1][QUICK] = stop
    benchmark = Benchmark(questions(), (REFERENCE, QUICK), lambda *told: None)
    with pytest.raises(KeyboardInterrupt):
        benchmark.run()
    assert not benchmark.complete
    assert len(benchmark.outcomes[REFERENCE].rounds) == 1
    assert not benchmark.outcomes[QUICK].rounds
    assert not cache_dir("benchmarks").exists()


def test_each_combination_has_the_users_weights_but_no_graphs(cache, processes):
    seen = {}

    def look(told, cache):
        seen.setdefault(told.combination, []).append(sorted(path.name for path in cache.iterdir()))
        (cache / "graphs").mkdir(exist_ok=True)

    processes[1].update({REFERENCE: look, QUICK: look})
    (cache / "weights" / "own.pth").touch()
    run((REFERENCE, QUICK), rounds=1)
    assert seen[REFERENCE] == seen[QUICK] == [["weights"], ["graphs", "weights"]]
    assert (cache / "weights" / "own.pth").exists()
    assert list(cache.iterdir()) != []
    assert not (cache / "benchmarks").exists()


def test_a_quick_look_takes_the_users_graphs(monkeypatch, cache):
    seen = []
    monkeypatch.setattr(workspace, "run_process", lambda job, answer, *, cache: seen.append(cache) or "enough")
    Benchmark(replace(questions(), fresh_graphs=False), (REFERENCE, QUICK), lambda *told: None).run()
    assert seen == [None, None]


def test_a_cache_that_cannot_be_written_is_no_hindrance(monkeypatch, tmp_path, processes):
    (tmp_path / "file").touch()
    monkeypatch.setenv("ULTRASAM_CACHE", str(tmp_path / "file"))
    benchmark, _ = run((REFERENCE,), rounds=1)
    assert benchmark.complete


def test_a_tiny_network_is_measured(cache, tmp_path):
    weights = write_promptable(tmp_path / "tiny.safetensors")
    half = Combination("torch", "bf16")
    benchmark, _ = run((REFERENCE, half), weights=weights, rounds=1, runs=2, counts=(1, 3))
    for combination in (REFERENCE, half):
        outcome = benchmark.outcomes[combination]
        assert outcome.failure is None
        (taken,) = outcome.rounds
        assert len(taken.embed_s) == len(taken.whole_s) == 2
        assert [(count, len(seconds)) for count, seconds in taken.prompts_s] == [(1, 2), (3, 2)]
        assert taken.peak_bytes is None or taken.peak_bytes > 50 * 2**20
        assert taken.model["name"] == "tiny.safetensors"
        assert len(taken.model["sha256"]) == 64
        assert outcome.agreement.masks == 2
    assert benchmark.outcomes[REFERENCE].agreement.embedding_difference == 0
    assert 0 < benchmark.outcomes[half].agreement.embedding_difference < 0.2
