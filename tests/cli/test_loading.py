"""The options of a model reach it, whichever command has them."""

import pytest

from tests.references import EXAMPLES
from ultrasam.errors import InputError
from ultrasam.weights import DEFAULT

HEAD = EXAMPLES / "fetal_head.png"
COMMANDS = {
    "segment": ("segment", HEAD, "--box", "1,2,30,40"),
    "classify": ("classify", HEAD, "--model", DEFAULT),
    "evaluate": ("evaluate", "--data", EXAMPLES, "--split", "all", "--out", "run"),
}


class LoadedError(InputError):
    """Carries what load was called with."""


@pytest.fixture
def told(monkeypatch):
    calls = []

    def load(name, **options):
        calls.append((name, options))
        raise LoadedError("loaded")

    monkeypatch.setattr("ultrasam.inference.loading.load", load)
    return calls


@pytest.mark.parametrize("words", COMMANDS.values(), ids=COMMANDS)
def test_by_default_a_model_gives_the_same_everywhere(words, command, told):
    assert command(*words)[0] == 2
    ((name, options),) = told
    assert (name, options["backend"], options["precision"]) == (DEFAULT, "torch", "fp32")
    assert (options["device"], options["compiled"], options["input_size"]) == ("auto", False, None)


@pytest.mark.parametrize("words", COMMANDS.values(), ids=COMMANDS)
def test_what_is_said_is_passed_on(words, command, told):
    more = "--backend openvino --precision bf16 --compiled --device cpu --input-size 256"
    assert command(*words, *more.split())[0] == 2
    ((_, options),) = told
    assert (options["backend"], options["precision"]) == ("openvino", "bf16")
    assert (options["device"], options["compiled"], options["input_size"]) == ("cpu", True, 256)


def test_what_cannot_be_is_one_line(command):
    code, _, err = command(*COMMANDS["segment"], "--backend", "onnxruntime", "--precision", "bf16")
    assert code == 2
    assert "take the backend openvino or torch" in err
    assert "Traceback" not in err
