"""Outcomes whose figures are made up, so that what becomes of them is known."""

from ultrasam.benchmarking.agreement import Agreement
from ultrasam.benchmarking.combinations import REFERENCE, Combination
from ultrasam.benchmarking.job import Measured
from ultrasam.benchmarking.running import Outcome

QUICK = Combination("openvino", "bf16")
BROKEN = Combination("onnxruntime", "fp32")
MODEL = {
    "name": "tiny.safetensors",
    "title": "A tiny network",
    "sha256": "ab" * 32,
    "licence": "none",
    "input_size": "128",
    "device": "cpu",
}


def measured(embed_s, *, prompts=(1, 8), peak=2**30, gpu=None, ready=1.0):
    """A process that encoded in so many seconds, was as long again over one box, and a tenth over each prompt."""
    return Measured(
        model=MODEL,
        threads=2,
        load_s=ready / 2,
        first_mask_s=ready,
        embed_s=tuple(embed_s),
        whole_s=tuple(2 * seconds for seconds in embed_s),
        prompts_s=tuple((count, tuple(0.1 * count * seconds for seconds in embed_s)) for count in prompts),
        peak_bytes=peak,
        gpu_peak_bytes=gpu,
    )


def outcomes(*, gpu=None):
    """Torch in two rounds, OpenVINO four times as quick, and ONNX Runtime that failed at once."""
    return [
        Outcome(
            REFERENCE,
            measured([], ready=3.0),
            (measured([1.0, 2.0, 9.0], gpu=gpu), measured([4.0], peak=2**31, gpu=gpu)),
            Agreement(0.0, 1.0, 1.0, 5),
        ),
        Outcome(BROKEN, failure="out of memory"),
        Outcome(
            QUICK,
            measured([], ready=9.0),
            (measured([0.5, 0.5], ready=2.0), measured([1.0], ready=4.0)),
            Agreement(0.01, 0.999, 0.99, 5),
        ),
    ]
