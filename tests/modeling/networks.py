"""Small networks, the same ones of segment-anything, random prompts, a real picture."""

from __future__ import annotations

from functools import partial

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn

from tests.references import EXAMPLES, segment_anything
from ultrasam.modeling.config import SamConfig, TinyViTConfig, ViTConfig
from ultrasam.modeling.prompts import ObjectPrompt, PromptTokens
from ultrasam.modeling.sam import Sam

#: One block of each kind; 256 pixels are 16 x 16 tokens, which windows of 7 do not divide.
SMALL_VIT = ViTConfig(embed_dim=48, depth=2, num_heads=3, global_attn_indexes=(1,), window_size=7, pretrain_size=256)
SMALL_TINY_VIT = TinyViTConfig(embed_dims=(16, 32, 32, 32), depths=(1, 1, 1, 1), num_heads=(1, 2, 2, 2))
SIZE = SMALL_VIT.pretrain_size


def reference_network(config: ViTConfig = SMALL_VIT, seed: int = 0) -> nn.Module:
    """segment-anything's network with random weights: also those that it starts as zeros."""
    modeling = segment_anything().modeling
    grid = config.pretrain_size // config.patch_size
    torch.manual_seed(seed)
    network = modeling.Sam(
        image_encoder=modeling.ImageEncoderViT(
            img_size=config.pretrain_size,
            embed_dim=config.embed_dim,
            depth=config.depth,
            num_heads=config.num_heads,
            norm_layer=partial(nn.LayerNorm, eps=1e-6),
            use_rel_pos=True,
            window_size=config.window_size,
            global_attn_indexes=config.global_attn_indexes,
        ),
        prompt_encoder=modeling.PromptEncoder(
            embed_dim=256,
            image_embedding_size=(grid, grid),
            input_image_size=(config.pretrain_size, config.pretrain_size),
            mask_in_chans=16,
        ),
        mask_decoder=modeling.MaskDecoder(
            transformer_dim=256,
            transformer=modeling.TwoWayTransformer(depth=2, embedding_dim=256, num_heads=8, mlp_dim=2048),
        ),
    ).eval()
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(0.05 * torch.randn_like(parameter))
    return network


def own_network(reference: nn.Module, config: ViTConfig = SMALL_VIT, **options) -> Sam:
    network = Sam(SamConfig(encoder=config, **options)).eval()
    network.load_state_dict(reference.state_dict(), strict=True)
    return network


def images(count: int = 1, size: int = SIZE, seed: int = 1) -> Tensor:
    return torch.randn(count, 3, size, size, generator=torch.Generator().manual_seed(seed))


def object_prompt(
    seed: int,
    *,
    points: int = 0,
    box: bool = False,
    mask: bool = False,
    size: int = SIZE,
    image_index: int = 0,
) -> ObjectPrompt:
    generator = torch.Generator().manual_seed(seed)
    points_xy = size * torch.rand(points, 2, generator=generator)
    labels = torch.randint(0, 2, (points,), generator=generator)
    if box:
        corners = (size * torch.rand(2, 2, generator=generator)).sort(dim=0).values
        points_xy, labels = torch.cat([points_xy, corners]), torch.cat([labels, torch.tensor([2, 3])])
    logits = 5 * torch.randn(size // 4, size // 4, generator=generator) if mask else None
    return ObjectPrompt(points_xy, labels, logits, image_index)


@torch.no_grad()
def reference_decode(network: nn.Module, embedding: Tensor, prompt: ObjectPrompt) -> tuple[Tensor, Tensor]:
    """Logits ``(4, h, w)`` and IoU ``(4,)`` by segment-anything, for one object."""
    is_point = prompt.labels < 2
    points = (prompt.points_xy[is_point][None], prompt.labels[is_point][None]) if is_point.any() else None
    boxes = None if is_point.all() else prompt.points_xy[~is_point].reshape(1, 4)
    masks = None if prompt.mask_logits is None else prompt.mask_logits[None, None]
    sparse, dense = network.prompt_encoder(points=points, boxes=boxes, masks=masks)
    logits, iou = network.mask_decoder.predict_masks(embedding, network.prompt_encoder.get_dense_pe(), sparse, dense)
    return logits[0], iou[0]


@torch.no_grad()
def decode_one(network: Sam, embedding: Tensor, prompt: ObjectPrompt) -> tuple[Tensor, Tensor]:
    prediction = network.decode(embedding, PromptTokens.pad([prompt]))
    return prediction.logits[0], prediction.iou[0]


def picture(size: int) -> tuple[Tensor, tuple[int, int]]:
    """A real ultrasound image ``(1, 3, size, size)`` as SAM wants it, and the rows and columns that it fills."""
    grey = Image.open(EXAMPLES / "fetal_head.png").convert("L")
    scale = size / max(grey.size)
    width, height = (round(side * scale) for side in grey.size)
    pixels = torch.from_numpy(np.array(grey.resize((width, height)), np.float32))
    mean, deviation = torch.tensor([123.675, 116.28, 103.53]), torch.tensor([58.395, 57.12, 57.375])
    padded = torch.zeros(1, 3, size, size)
    padded[0, :, :height, :width] = (pixels - mean[:, None, None]) / deviation[:, None, None]
    return padded, (height, width)
