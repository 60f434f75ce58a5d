"""State dicts of small networks in the spellings that are read."""

from __future__ import annotations

import json
import runpy
from functools import cache

import torch
from torch import Tensor

from tests.references import segment_anything, shared

#: A plain ViT of two windowed and two global blocks.
EMBED_DIM, DEPTH, HEADS, WINDOW, GRID = 32, 4, 2, 5, 8
GLOBAL_BLOCKS = (1, 3)


def segment_anything_state_dict() -> dict[str, Tensor]:
    """Random weights of segment-anything's own network, small encoder."""
    return dict(_segment_anything_state_dict())


@cache
def _segment_anything_state_dict() -> dict[str, Tensor]:
    modeling = segment_anything().modeling
    torch.manual_seed(0)
    network = modeling.Sam(
        image_encoder=modeling.ImageEncoderViT(
            img_size=16 * GRID,
            embed_dim=EMBED_DIM,
            depth=DEPTH,
            num_heads=HEADS,
            use_rel_pos=True,
            window_size=WINDOW,
            global_attn_indexes=GLOBAL_BLOCKS,
            out_chans=256,
        ),
        prompt_encoder=modeling.PromptEncoder(
            embed_dim=256, image_embedding_size=(GRID, GRID), input_image_size=(128, 128), mask_in_chans=16
        ),
        mask_decoder=modeling.MaskDecoder(
            transformer_dim=256,
            transformer=modeling.TwoWayTransformer(depth=2, embedding_dim=256, num_heads=8, mlp_dim=2048),
        ),
    )
    state_dict = network.state_dict()
    # Relative positions and the position embedding start as zeros, which would hide a mistake.
    return {key: tensor + 0.02 * torch.randn(tensor.shape) for key, tensor in state_dict.items()}


@cache
def official_reference():
    """``(key -> shape, fill function)`` of the official UltraSam network."""
    folder = shared("reference/ultrasam_checkpoint")
    shapes = {key: tuple(shape) for key, shape in json.loads((folder / "keys.json").read_text()).items()}
    return shapes, runpy.run_path(str(folder / "fill.py"))["fill"]


def small_official_state_dict() -> dict[str, Tensor]:
    """The official keys with the encoder of :func:`segment_anything_state_dict`'s size."""
    shapes, fill = official_reference()
    sizes = {768: EMBED_DIM, 2304: 3 * EMBED_DIM, 3072: 4 * EMBED_DIM, 64: EMBED_DIM // HEADS}
    rows = {27: 2 * WINDOW - 1, 127: 2 * GRID - 1}
    # The official encoder is global in every third block, here in every second.
    kept = {0: 0, 2: 1, 3: 2, 5: 3}
    small = {}
    for key, shape in shapes.items():
        parts = key.split(".")
        if parts[:2] == ["backbone", "layers"]:
            if int(parts[2]) not in kept:
                continue
            parts[2] = str(kept[int(parts[2])])
        if parts[0] == "backbone":
            shape = tuple(sizes.get(size, size) for size in shape)
        if key.endswith("pos_embed"):
            shape = (1, GRID, GRID, EMBED_DIM)
        if "rel_pos" in key:
            shape = (rows[shapes[key][0]], EMBED_DIM // HEADS)
        small[".".join(parts)] = shape
    return fill(small)
