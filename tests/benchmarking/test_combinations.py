import pytest

from ultrasam.benchmarking.combinations import REFERENCE, Abilities, Combination, plan

ON_CPU = {"torch": ("fp32", "bf16"), "onnxruntime": ("fp32", "int8"), "openvino": ("fp32", "bf16", "int8")}
ON_OLD_CPU = ON_CPU | {"openvino": ("fp32", "int8")}
ON_GPU = {"torch": ("fp32", "bf16", "fp16"), "onnxruntime": (), "openvino": ()}
ONNXRUNTIME = ["onnxruntime fp32", "onnxruntime int8"]
MODERN_CPU = Abilities(ON_CPU, frozenset(), on_gpu=False, native_bf16=True)
OLD_CPU = Abilities(ON_OLD_CPU, frozenset(), on_gpu=False, native_bf16=False)
BARE_CPU = Abilities(ON_CPU, frozenset({"onnxruntime", "openvino"}), on_gpu=False, native_bf16=True)
GPU = Abilities(ON_GPU, frozenset(), on_gpu=True, native_bf16=True)


def names(planned):
    return [combination.name for combination in planned.combinations]


@pytest.mark.parametrize(
    ("abilities", "expected"),
    [
        (MODERN_CPU, ["torch fp32", "torch bf16", *ONNXRUNTIME, "openvino fp32", "openvino bf16", "openvino int8"]),
        (OLD_CPU, ["torch fp32", *ONNXRUNTIME, "openvino fp32", "openvino int8"]),
        (BARE_CPU, ["torch fp32", "torch bf16"]),
        (GPU, [f"torch {precision}{end}" for end in ("", ", compiled") for precision in ("fp32", "bf16", "fp16")]),
    ],
    ids=["modern CPU", "old CPU", "torch alone", "GPU"],
)
def test_what_makes_sense_is_measured_by_default(abilities, expected):
    assert names(plan(abilities)) == expected


@pytest.mark.parametrize(
    ("abilities", "backends", "precisions", "expected"),
    [
        (MODERN_CPU, ["openvino"], [], ["torch fp32", "openvino fp32", "openvino bf16", "openvino int8"]),
        (MODERN_CPU, [], ["bf16"], ["torch fp32", "torch bf16", "openvino bf16"]),
        (OLD_CPU, ["torch"], ["bf16"], ["torch fp32", "torch bf16"]),
        (MODERN_CPU, ["onnxruntime"], ["bf16"], ["torch fp32"]),
    ],
    ids=["one backend", "one precision", "slow, but asked for", "nothing but the reference"],
)
def test_a_user_may_name_what_is_measured_and_the_reference_comes_first(abilities, backends, precisions, expected):
    assert names(plan(abilities, backends, precisions)) == expected


def test_the_compiler_is_tried_on_a_cpu_only_where_it_is_asked_for():
    compiled = Combination("torch", "bf16", compiled=True)
    assert compiled not in plan(MODERN_CPU).combinations
    assert compiled in plan(MODERN_CPU, compiled=True).combinations
    assert compiled not in plan(MODERN_CPU, precisions=["fp32"], compiled=True).combinations


def test_what_is_left_out_has_a_reason():
    assert 'pip install "ultrasam[fast]"' in dict(plan(BARE_CPU).left_out)["openvino"]
    assert "--precision bf16" in dict(plan(OLD_CPU).left_out)["torch bf16"]
    assert "device" in dict(plan(GPU).left_out)["onnxruntime"]
    assert plan(MODERN_CPU).left_out == ()
    assert plan(BARE_CPU, ["torch"]).left_out == ()


def test_the_reference_is_measured_once():
    assert plan(MODERN_CPU, ["torch"], ["fp32"]).combinations == (REFERENCE,)
