from dataclasses import replace

import pytest
import torch

from ultrasam.backends import choose
from ultrasam.backends.installed import is_installed, precisions_of
from ultrasam.benchmarking import abilities as room
from ultrasam.benchmarking.abilities import abilities, taken_by_auto
from ultrasam.benchmarking.combinations import Combination, plan
from ultrasam.benchmarking.machine import examine

CPU = torch.device("cpu")


def test_every_combination_of_the_plan_is_one_that_load_takes():
    for combination in plan(abilities(examine(), CPU)).combinations:
        engine = choose(combination.backend, combination.precision, "cpu", compiled=combination.compiled)
        assert (engine.backend, engine.precision) == (combination.backend, combination.precision)


def test_what_is_not_installed_is_missing(monkeypatch):
    monkeypatch.setattr(room, "is_installed", lambda backend: backend != "openvino")
    found = abilities(examine(), CPU)
    assert found.missing == {"openvino"}
    assert found.offered["openvino"] == ()


@pytest.mark.parametrize(
    ("instructions", "native"),
    [(("AVX2",), False), (("AVX2", "AVX-512 BF16"), True), (("NEON", "BF16"), True), ((), False)],
    ids=str,
)
def test_bf16_is_native_where_the_processor_says_so(instructions, native):
    assert abilities(replace(examine(), instructions=instructions), CPU).native_bf16 is native


def test_on_a_gpu_torch_is_alone(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda: True)
    found = abilities(examine(), torch.device("cuda"))
    assert found.on_gpu
    assert found.offered == {"torch": precisions_of("torch", "cuda"), "onnxruntime": (), "openvino": ()}


def test_auto_takes_one_backend_for_a_precision():
    is_taken = taken_by_auto("cpu")
    backends = [name for name in ("torch", "onnxruntime", "openvino") if is_installed(name)]
    taken = [backend for backend in backends if is_taken(Combination(backend, "fp32"))]
    assert taken == [choose("auto", "fp32", "cpu").backend]
    assert not is_taken(Combination(taken[0], "fp32", compiled=True))
    assert not is_taken(Combination("torch", "fp16"))
