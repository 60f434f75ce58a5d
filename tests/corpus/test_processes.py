import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.references import ROOT
from ultrasam.corpus.processes import in_order
from ultrasam.errors import InputError


def watched(numbers, taken):
    for number in numbers:
        taken.append(number)
        yield number


def test_one_worker_is_this_process():
    taken = []
    answers = in_order(lambda _: os.getpid(), watched(range(9), taken), 1)
    assert next(answers) == os.getpid()
    assert taken == [0]


def test_several_workers_answer_in_order_and_are_not_sent_all_work_at_once():
    taken = []
    answers = in_order(abs, watched(range(0, -40, -1), taken), 2)
    ahead = []
    for number, answer in enumerate(answers):
        assert answer == number
        ahead.append(len(taken) - number)
    assert len(ahead) == 40
    assert max(ahead) <= 6


def test_an_error_comes_back():
    with pytest.raises(TypeError):
        list(in_order(abs, [1, "a"], 2))


def test_there_is_a_worker():
    with pytest.raises(InputError, match="at least one worker, but got 0"):
        list(in_order(abs, [], 0))


def end_at_once(_):
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_worker_that_is_killed_is_said():
    with pytest.raises(InputError, match="fewer workers"):
        list(in_order(end_at_once, [1, 2], workers=2))


def tell_and_wait(folder):
    Path(folder, str(os.getpid())).touch()
    time.sleep(60)


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="tells by /proc which processes live")
def test_workers_end_with_a_parent_that_is_killed(tmp_path):
    code = (
        "from tests.corpus.test_processes import tell_and_wait\n"
        "from ultrasam.corpus.processes import in_order\n"
        f"if __name__ == '__main__': list(in_order(tell_and_wait, [{str(tmp_path)!r}] * 2, workers=2))"
    )
    script = tmp_path / "script.py"
    script.write_text(code)
    parent = subprocess.Popen([sys.executable, script], env={**os.environ, "PYTHONPATH": str(ROOT)})
    pids = wait_for(
        lambda: [int(p.name) for p in tmp_path.iterdir() if p.name.isdigit()], lambda found: len(found) == 2
    )
    parent.kill()
    parent.wait()
    wait_for(lambda: [pid for pid in pids if is_running(pid)], lambda running: not running)


def is_running(pid):
    """Whether a process lives; one that ended but that nobody asked for is still listed, as a zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def wait_for(look, is_enough, seconds=30):
    """What ``look`` sees as soon as it is enough; a failure if that never comes."""
    end = time.monotonic() + seconds
    while not is_enough(seen := look()):
        assert time.monotonic() < end, seen
        time.sleep(0.05)
    return seen
