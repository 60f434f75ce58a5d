import sys

import pytest
import torch

from ultrasam.backends import Engine, choose, choosing
from ultrasam.errors import InputError, MissingExtraError

CPU = torch.device("cpu")


@pytest.fixture(autouse=True)
def _machine(monkeypatch):
    """A CPU that has bf16, without a GPU."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    has_bf16(monkeypatch, True)


def has_bf16(monkeypatch, has):
    monkeypatch.setattr("ultrasam.backends.installed.has_bf16", lambda: has)


def without(monkeypatch, *modules):
    for module in modules:
        monkeypatch.setitem(sys.modules, module, None)


def with_gpu(monkeypatch):
    """A GPU that is not here: only the names of its devices are looked at."""
    monkeypatch.setattr(choosing, "_device", lambda name: torch.device("cuda" if name == "auto" else name))


def test_by_default_it_is_what_gives_the_same_everywhere():
    assert choose() == Engine("torch", "fp32", CPU, compiled=False)


@pytest.mark.parametrize(
    ("backend", "precision"),
    [
        ("torch", "fp32"),
        ("torch", "bf16"),
        ("onnxruntime", "fp32"),
        ("onnxruntime", "int8"),
        ("openvino", "fp32"),
        ("openvino", "bf16"),
        ("openvino", "int8"),
    ],
)
def test_what_is_asked_for_is_taken(backend, precision):
    assert choose(backend, precision, "cpu") == Engine(backend, precision, CPU)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("tensorrt",), r"backends auto, torch, onnxruntime, openvino, but got 'tensorrt'"),
        (("torch", "float32"), r"precisions fp32, bf16, fp16, int8, but got 'float32'"),
        (("torch", "fp32", "abacus"), "device"),
        (("torch", "fp32", "hpu"), "device"),
        (("torch", "fp16"), "fp32 or bf16 .* on this CPU, but got fp16, which is for GPUs"),
        (("torch", "int8"), "openvino or onnxruntime"),
        (("onnxruntime", "bf16"), "take the backend openvino or torch"),
        (("onnxruntime", "fp16"), "which is for GPUs"),
        (("openvino", "fp16"), "which is for GPUs"),
        (("auto", "fp16"), "which is for GPUs"),
    ],
)
def test_what_cannot_be_is_told(words, message):
    with pytest.raises(InputError, match=message):
        choose(*words)


def test_openvino_has_bf16_where_the_processor_has_it(monkeypatch):
    has_bf16(monkeypatch, False)
    with pytest.raises(InputError, match="imitate"):
        choose("openvino", "bf16")
    assert choose("openvino", "int8").precision == "int8"
    assert choose("auto", "bf16").backend == "torch"


@pytest.mark.parametrize("backend", ["onnxruntime", "openvino"])
def test_graphs_run_on_the_cpu(backend, monkeypatch):
    with_gpu(monkeypatch)
    assert choose(backend).device == CPU
    with pytest.raises(InputError, match=f"backend torch on cuda, but got {backend}"):
        choose(backend, "fp32", "cuda")


@pytest.mark.parametrize("backend", ["onnxruntime", "openvino"])
def test_a_backend_that_is_not_installed_comes_with_the_line_that_installs_it(backend, monkeypatch):
    without(monkeypatch, backend)
    with pytest.raises(MissingExtraError, match=rf"package {backend}.*ultrasam\[fast\]"):
        choose(backend)


@pytest.mark.parametrize("backend", ["onnxruntime", "openvino"])
def test_only_pytorch_compiles(backend):
    assert choose("torch", compiled=True).compiled
    assert choose("auto", compiled=True) == Engine("torch", "fp32", CPU, compiled=True)
    with pytest.raises(InputError, match=f"compiled with the backend torch only, but got {backend}"):
        choose(backend, compiled=True)


class TestAuto:
    @pytest.mark.parametrize(
        ("missing", "fp32", "bf16", "int8"),
        [
            ((), "openvino", "openvino", "openvino"),
            (("openvino",), "torch", "torch", "onnxruntime"),
            (("onnxruntime",), "openvino", "openvino", "openvino"),
            (("openvino", "onnxruntime"), "torch", "torch", None),
        ],
        ids=lambda value: "+".join(value) if isinstance(value, tuple) else str(value),
    )
    def test_the_quickest_that_is_installed(self, missing, fp32, bf16, int8, monkeypatch):
        without(monkeypatch, *missing)
        assert choose("auto", "fp32").backend == fp32
        assert choose("auto", "bf16").backend == bf16
        if int8 is None:
            with pytest.raises(MissingExtraError, match=r"ultrasam\[fast\]"):
                choose("auto", "int8")
        else:
            assert choose("auto", "int8").backend == int8

    def test_what_makes_graphs_must_be_installed_too(self, monkeypatch):
        monkeypatch.setattr("ultrasam.extras.is_installed", lambda module: False)
        assert choose("auto").backend == "torch"

    @pytest.mark.parametrize("precision", ["fp32", "bf16", "fp16"])
    def test_on_a_gpu_it_is_pytorch(self, precision, monkeypatch):
        with_gpu(monkeypatch)
        assert choose("auto", precision) == Engine("torch", precision, torch.device("cuda"))

    def test_int8_is_for_the_cpu_even_beside_a_gpu(self, monkeypatch):
        with_gpu(monkeypatch)
        assert choose("auto", "int8") == Engine("openvino", "int8", CPU)
