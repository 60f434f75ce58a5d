import pytest
import torch

from tests.export.small_weights import vit
from tests.modeling.networks import SMALL_VIT, images
from ultrasam.export.position_tables import at_input_size
from ultrasam.modeling.config import SamConfig, ViTConfig
from ultrasam.modeling.sam import Sam


@pytest.mark.parametrize("size", [128, 256, 448])
@torch.no_grad()
def test_a_network_of_that_size_gives_the_same(size):
    network = vit()
    values = {**SMALL_VIT.__dict__, "pretrain_size": size}
    resized = Sam(SamConfig(encoder=ViTConfig(**values))).eval()
    resized.load_state_dict(at_input_size(network.state_dict(), SMALL_VIT, size), strict=True)
    expected = network.encode_image(images(size=size))
    torch.testing.assert_close(resized.encode_image(images(size=size)), expected, rtol=0, atol=1e-5)


def test_at_the_trained_size_nothing_changes():
    tensors = vit().state_dict()
    same = at_input_size(tensors, SMALL_VIT, SMALL_VIT.pretrain_size)
    assert all(same[key] is tensor for key, tensor in tensors.items())
