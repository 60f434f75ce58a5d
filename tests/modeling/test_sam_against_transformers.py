"""The network against Hugging Face's own implementation, with the same weights under its names."""

from __future__ import annotations

import re

import pytest
import torch
import transformers

from tests.modeling.networks import SIZE, SMALL_VIT, decode_one, images, object_prompt, own_network, reference_network

#: segment-anything's name -> transformers' name, one after the other.
RENAMES = [
    (r"^image_encoder\.", "vision_encoder."),
    (r"\bblocks\.", "layers."),
    (r"patch_embed\.proj\b", "patch_embed.projection"),
    (r"neck\.0\.", "neck.conv1."),
    (r"neck\.1\.", "neck.layer_norm1."),
    (r"neck\.2\.", "neck.conv2."),
    (r"neck\.3\.", "neck.layer_norm2."),
    (r"\bnorm(\d)\.", r"layer_norm\1."),
    (r"norm_final_attn", "layer_norm_final_attn"),
    (r"output_upscaling\.0\.", "upscale_conv1."),
    (r"output_upscaling\.1\.", "upscale_layer_norm."),
    (r"output_upscaling\.3\.", "upscale_conv2."),
    (r"(hypernetworks_mlps\.\d|iou_prediction_head)\.layers\.0\.", r"\1.proj_in."),
    (r"(hypernetworks_mlps\.\d|iou_prediction_head)\.layers\.1\.", r"\1.layers.0."),
    (r"(hypernetworks_mlps\.\d|iou_prediction_head)\.layers\.2\.", r"\1.proj_out."),
    (r"mask_downscaling\.0\.", "mask_embed.conv1."),
    (r"mask_downscaling\.1\.", "mask_embed.layer_norm1."),
    (r"mask_downscaling\.3\.", "mask_embed.conv2."),
    (r"mask_downscaling\.4\.", "mask_embed.layer_norm2."),
    (r"mask_downscaling\.6\.", "mask_embed.conv3."),
    (r"point_embeddings\.", "point_embed."),
    (r"prompt_encoder\.pe_layer\.positional_encoding_gaussian_matrix", "shared_image_embedding.positional_embedding"),
]


@pytest.fixture(scope="module")
def networks():
    config = transformers.SamConfig(
        vision_config={
            "hidden_size": SMALL_VIT.embed_dim,
            "num_hidden_layers": SMALL_VIT.depth,
            "num_attention_heads": SMALL_VIT.num_heads,
            "global_attn_indexes": list(SMALL_VIT.global_attn_indexes),
            "window_size": SMALL_VIT.window_size,
            "image_size": SIZE,
            "num_pos_feats": 128,
        },
        prompt_encoder_config={"image_size": SIZE, "image_embedding_size": SIZE // 16},
    )
    theirs = transformers.SamModel(config).eval()
    reference = reference_network()
    renamed = {}
    for key, tensor in reference.state_dict().items():
        for pattern, replacement in RENAMES:
            key = re.sub(pattern, replacement, key)
        renamed[key] = tensor
    renamed["prompt_encoder.shared_embedding.positional_embedding"] = renamed[
        "shared_image_embedding.positional_embedding"
    ]
    theirs.load_state_dict(renamed, strict=True)
    return theirs, own_network(reference)


@pytest.mark.parametrize(
    "kind",
    [
        {"points": 1},
        {"points": 4},
        {"box": True},
        {"points": 2, "box": True},
        {"points": 3, "mask": True},
        {"box": True, "mask": True},
    ],
    ids=str,
)
def test_masks_are_those_of_transformers(networks, kind):
    theirs, own = networks
    prompt = object_prompt(11, **kind)
    is_point = prompt.labels < 2
    inputs = {"pixel_values": images()}
    if is_point.any():
        inputs["input_points"] = prompt.points_xy[is_point][None, None]
        inputs["input_labels"] = prompt.labels[is_point][None, None]
    if not is_point.all():
        inputs["input_boxes"] = prompt.points_xy[~is_point].reshape(1, 1, 4)
    if prompt.mask_logits is not None:
        inputs["input_masks"] = prompt.mask_logits[None, None]
    with torch.no_grad():
        embedding = own.encode_image(inputs["pixel_values"])
        torch.testing.assert_close(embedding, theirs.get_image_embeddings(inputs["pixel_values"]), rtol=0, atol=1e-4)
        outputs = [theirs(**inputs, multimask_output=several) for several in (False, True)]
    logits, iou = decode_one(own, embedding, prompt)
    expected_logits = torch.cat([output.pred_masks[0, 0] for output in outputs])
    expected_iou = torch.cat([output.iou_scores[0, 0] for output in outputs])
    torch.testing.assert_close(logits, expected_logits, rtol=0, atol=1e-4)
    torch.testing.assert_close(iou, expected_iou, rtol=0, atol=1e-4)
