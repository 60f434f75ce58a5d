import json
import subprocess
import sys

import pytest

from ultrasam.benchmarking.combinations import REFERENCE, Combination
from ultrasam.benchmarking.job import Job
from ultrasam.benchmarking.launching import reason, run_process
from ultrasam.benchmarking.process import NO_MEMORY, main


def job(**changes):
    told = {
        "combination": REFERENCE,
        "weights": "no-such-weights",
        "device": "cpu",
        "input_size": None,
        "pipeline": None,
        "images": (),
        "boxes": (),
        "prompt_counts": (1,),
        "runs": 0,
    }
    return Job(**told | changes)


def test_a_process_that_cannot_answer_says_why(tmp_path):
    job().write(tmp_path / "job.json")
    failure = run_process(tmp_path / "job.json", tmp_path / "measured.json", cache=tmp_path)
    assert failure.startswith("Expected a file of weights")
    assert not (tmp_path / "measured.json").exists()


@pytest.mark.parametrize(
    ("code", "told", "expected"),
    [
        (1, "Traceback (most recent call last):\n  File x\nValueError: broken\n", "ValueError: broken"),
        (
            2,
            "Expected a graph, but got /home/me/.cache/graphs/graph.onnx: bad",
            "Expected a graph, but got graph.onnx: bad",
        ),
        (1, "no such file: C:\\Users\\me\\scan.png", "no such file: scan.png"),
        (1, "see https://example.org/a/b", "see https://example.org/a/b"),
        (NO_MEMORY, "", "out of memory"),
        (1, "Traceback\nMemoryError", "out of memory"),
        (-9, "", "it was ended by SIGKILL; systems end processes so when memory runs out"),
        (-11, "Fatal error", "it was ended by SIGSEGV"),
        (-99, "", "it was ended by signal 99"),
        (7, " \n", "it ended with code 7 and said nothing"),
    ],
)
def test_why_a_process_ended(code, told, expected):
    assert reason(code, told) == expected


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (MemoryError(), NO_MEMORY),
        (RuntimeError("CUDA out of memory. Tried to allocate"), NO_MEMORY),
        (RuntimeError("DefaultCPUAllocator: not enough memory: you tried to allocate"), NO_MEMORY),
        (OSError("No space left on device"), 2),
    ],
    ids=["Python", "GPU", "CPU", "disk"],
)
def test_foreseen_failures_have_a_code(monkeypatch, tmp_path, error, code):
    from ultrasam.benchmarking import measuring, process

    def fail(job):
        raise error

    monkeypatch.setattr(measuring, "measure", fail)
    monkeypatch.setattr(process, "keep_freed_memory", lambda: None)
    job().write(tmp_path / "job.json")
    assert main(str(tmp_path / "job.json"), str(tmp_path / "measured.json")) == code


def test_a_fault_of_ours_is_not_hidden(monkeypatch, tmp_path):
    from ultrasam.benchmarking import measuring, process

    def fail(job):
        raise RuntimeError("shapes differ")

    monkeypatch.setattr(measuring, "measure", fail)
    monkeypatch.setattr(process, "keep_freed_memory", lambda: None)
    job().write(tmp_path / "job.json")
    with pytest.raises(RuntimeError, match="shapes differ"):
        main(str(tmp_path / "job.json"), str(tmp_path / "measured.json"))


def test_a_job_comes_back_from_its_file(tmp_path):
    written = job(
        combination=Combination("torch", "bf16", compiled=True), images=("a.npy",), boxes=(((1.0, 2.0, 3.0, 4.5),),)
    )
    written.write(tmp_path / "job.json")
    assert Job.read(tmp_path / "job.json") == written


def test_memory_is_set_up_before_torch_is_imported():
    code = "import json, sys, ultrasam.benchmarking.process; print(json.dumps('torch' in sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) is False
