"""The program that the README of an exported folder shows: numpy, Pillow and a runtime, nothing of ultrasam."""

from __future__ import annotations

from typing import Literal

from ultrasam.export.source import Source
from ultrasam.inference.pixels import PIXEL_MEAN, PIXEL_STD
from ultrasam.weights import Pipeline

#: What runs the graphs.
Runtime = Literal["onnxruntime", "openvino"]

_IMPORTS = """{opencv}import numpy as np
import {runtime}
from PIL import Image
"""
_LOAD: dict[Runtime, str] = {
    "onnxruntime": """cpu = ["CPUExecutionProvider"]
encoder = onnxruntime.InferenceSession("encoder.onnx", providers=cpu)
decoder = onnxruntime.InferenceSession("decoder.onnx", providers=cpu)
""",
    "openvino": """core = openvino.Core()
encoder = core.compile_model("encoder.xml", "CPU")
decoder = core.compile_model("decoder.xml", "CPU")
""",
}
_ENCODE: dict[Runtime, str] = {
    "onnxruntime": '(embedding,) = encoder.run(None, {"images": images})',
    "openvino": 'embedding = encoder({"images": images})["image_embeddings"]',
}
_DECODE: dict[Runtime, str] = {
    "onnxruntime": "masks, scores, low_res_masks = decoder.run(None, prompt)",
    "openvino": "masks, scores, low_res_masks = decoder(prompt).values()",
}
_FITTED = """scale = S / max(image.size)
width, height = (max(1, int(side * scale{rounding})) for side in image.size)
"""
_NORMALISED = """normalised = (pixels - np.float32({mean})) / np.float32({std})
images = np.zeros((1, 3, S, S), np.float32)
images[0, :, :height, :width] = normalised.transpose(2, 0, 1)
"""
_PREPARE: dict[Pipeline, str] = {
    "sam": _FITTED
    + "pixels = np.asarray(image.resize((width, height), Image.Resampling.BILINEAR), np.float32)\n"
    + _NORMALISED,
    "medsam": """width = height = S
pixels = np.asarray(image.resize((S, S), Image.Resampling.BICUBIC), np.float32)
unit = (pixels - pixels.min()) / max(pixels.max() - pixels.min(), 1e-8)
images = np.ascontiguousarray(unit.transpose(2, 0, 1)[None], np.float32)
""",
    "ultrasam": _FITTED + "pixels = cv2.resize(np.asarray(image), (width, height)).astype(np.float32)\n" + _NORMALISED,
}
_PROMPT = """box = np.array([[184, 104], [612, 444]])  # its corners in pixels of the image
prompt = {
    "image_embeddings": embedding,
    "point_coords": np.float32([box * [width / image.width, height / image.height]]),
    "point_labels": np.float32([[2, 3]]),
    "mask_input": np.zeros((1, 1, S // 4, S // 4), np.float32),
    "has_mask_input": np.zeros(1, np.float32),
    "orig_im_size": np.float32([image.height, image.width]),
}
"""
_AGAIN = """# The second pass sees the first one's single mask.
prompt |= {"mask_input": low_res_masks[:, :1], "has_mask_input": np.ones(1, np.float32)}
"""
_BEST = """best = 1 + scores[0, 1:].argmax()
Image.fromarray(masks[0, best] > 0).save("mask.png")
print(f"expected overlap {scores[0, best]:.2f}, {(masks[0, best] > 0).sum()} pixels")
"""
_SINGLE = """Image.fromarray(masks[0, 0] > 0).save("mask.png")
print(f"expected overlap {scores[0, 0]:.2f}, {(masks[0, 0] > 0).sum()} pixels")
"""


def snippet(source: Source, runtime: Runtime) -> str:
    """A Python program that segments ``scan.png`` by a box and writes ``mask.png``, run in the exported folder."""
    checkpoint = source.checkpoint
    pipeline = checkpoint.pipeline
    official = pipeline == "ultrasam"
    prepare = _PREPARE[pipeline].format(
        rounding="" if official else " + 0.5", mean=list(PIXEL_MEAN), std=list(PIXEL_STD)
    )
    answer = _BEST if official else _SINGLE
    if official and checkpoint.takes_mask_prompts:
        answer = f"{_AGAIN}{_DECODE[runtime]}\n{answer}"
    parts = [
        _IMPORTS.format(opencv="import cv2\n" if official else "", runtime=runtime),
        f"S = {source.input_size}\n{_LOAD[runtime]}",
        'image = Image.open("scan.png").convert("RGB")\n' + prepare + _ENCODE[runtime] + "\n",
        _PROMPT + _DECODE[runtime] + "\n" + answer,
    ]
    return "\n".join(parts)
