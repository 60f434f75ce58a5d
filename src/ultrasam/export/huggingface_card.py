"""The README of a Hugging Face folder: the hub's front matter, how to use it, and what the weights are."""

from __future__ import annotations

import json

from ultrasam.corpus.cards.licences import hub_licence
from ultrasam.corpus.markdown import escape
from ultrasam.export.readme_parts import image_section, limits_section, notes_section, origin_section
from ultrasam.export.source import Source

_USE = """```python
import torch
from PIL import Image
from transformers import SamModel, SamProcessor

model = SamModel.from_pretrained(".").eval()  # this folder
processor = SamProcessor.from_pretrained(".")
image = Image.open("scan.png").convert("RGB")
inputs = processor(image, input_boxes=[[[184, 104, 612, 444]]], return_tensors="pt")
with torch.no_grad():
    found = model(**inputs, multimask_output=False)
masks = processor.post_process_masks(found.pred_masks, inputs["original_sizes"], inputs["reshaped_input_sizes"])
Image.fromarray(masks[0][0, 0].numpy()).save("mask.png")
```"""
_USE_WITHOUT_PROCESSOR = """```python
from transformers import SamModel

model = SamModel.from_pretrained(".").eval()  # this folder
# pixel_values (1, 3, S, S), input_points or input_boxes in its frame: prepared as below
```"""


def huggingface_card(source: Source, notes: tuple[str, ...]) -> str:
    """The whole file as Markdown.

    Args:
        source: the weights.
        notes: what the reader should know beside.
    """
    has_processor = source.checkpoint.pipeline == "sam"
    parts = [
        _front_matter(source.licence),
        f"# {escape(source.title)}",
        "A network of Segment Anything's design for Hugging Face's `SamModel`; input "
        f"{source.input_size} x {source.input_size} pixels. Written by `ultrasam export huggingface`.",
        limits_section(),
        "## How to use",
        _USE if has_processor else _USE_WITHOUT_PROCESSOR,
        *notes_section(notes),
        image_section(source),
        origin_section(source),
    ]
    return "\n\n".join(parts) + "\n"


def _front_matter(licence: str) -> str:
    identifier, name = hub_licence(licence)
    named = [f"license_name: {json.dumps(name)}"] if name else []
    lines = [
        f"license: {identifier}",
        *named,
        "library_name: transformers",
        "pipeline_tag: mask-generation",
        "tags: [ultrasound, medical, segmentation, promptable, segment-anything]",
    ]
    return "\n".join(["---", *lines, "---"])
