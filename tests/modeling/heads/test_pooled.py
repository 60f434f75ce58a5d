from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from ultrasam.modeling.heads.pooled import AttentionPooling, PooledHead

#: The image fills the upper left of a grid of 5 x 6 cells, in both pictures another part.
INSIDE = torch.zeros(2, 1, 5, 6, dtype=torch.bool)
INSIDE[0, :, :3, :4] = True
INSIDE[1, :, :5, :1] = True


@pytest.fixture(params=["average", "attention"])
def head(request):
    torch.manual_seed(0)
    return PooledHead(16, 3, pooling=request.param).eval()


@pytest.fixture
def embedding():
    return torch.randn(2, 16, 5, 6, generator=torch.Generator().manual_seed(1))


def test_what_lies_beside_the_image_does_not_count(head, embedding):
    other = torch.where(INSIDE, embedding, 100.0)
    torch.testing.assert_close(head(other, INSIDE), head(embedding, INSIDE), rtol=0, atol=1e-5)
    assert not torch.allclose(head(embedding), head(embedding, INSIDE), atol=1e-3)


def test_without_padding_all_cells_count(head, embedding):
    everywhere = torch.ones_like(INSIDE)
    torch.testing.assert_close(head(embedding), head(embedding, everywhere), rtol=0, atol=1e-6)


def test_pictures_of_a_batch_do_not_mix(head, embedding):
    one_by_one = torch.cat([head(embedding[i : i + 1], INSIDE[i : i + 1]) for i in range(2)])
    torch.testing.assert_close(head(embedding, INSIDE), one_by_one, rtol=0, atol=1e-6)


def test_the_average_is_the_mean_over_the_image(embedding):
    torch.manual_seed(0)
    head = PooledHead(16, 3).eval()
    means = torch.stack([embedding[0, :, :3, :4].mean((1, 2)), embedding[1, :, :5, :1].mean((1, 2))])
    expected = F.layer_norm(means, (16,)) @ head.linear.weight.T + head.linear.bias
    torch.testing.assert_close(head(embedding, INSIDE), expected, rtol=0, atol=1e-6)


def test_attention_pooling_is_pytorchs_attention_of_one_query(embedding):
    torch.manual_seed(0)
    pooling = AttentionPooling(16, num_heads=4)
    ours = pooling.attention
    reference = nn.MultiheadAttention(16, 4, batch_first=True)
    with torch.no_grad():
        pooling.query.normal_()
        projections = (ours.q_proj, ours.k_proj, ours.v_proj)
        reference.in_proj_weight.copy_(torch.cat([layer.weight for layer in projections]))
        reference.in_proj_bias.copy_(torch.cat([layer.bias for layer in projections]))
        reference.out_proj.load_state_dict(ours.out_proj.state_dict())
        tokens = embedding.flatten(2).transpose(1, 2)
        cells = INSIDE.flatten(1)
        normalised = F.layer_norm(tokens, (16,))
        expected, _ = reference(pooling.query.expand(2, -1, -1), normalised, normalised, key_padding_mask=~cells)
        torch.testing.assert_close(pooling(tokens, cells), expected[:, 0], rtol=0, atol=1e-5)


def test_dropout_is_for_training_only(embedding):
    torch.manual_seed(0)
    head = PooledHead(16, 3, dropout=0.5).train()
    assert not torch.equal(head(embedding), head(embedding))
    head.eval()
    assert torch.equal(head(embedding), head(embedding))
