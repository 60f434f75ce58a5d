import copy

import pytest
import torch

from tests.modeling.networks import SMALL_TINY_VIT, SMALL_VIT, images
from ultrasam.errors import InputError
from ultrasam.graphs.parts import DecoderPart, EncoderPart, plain
from ultrasam.modeling.config import SamConfig
from ultrasam.modeling.lora import LoraLinear, add_lora
from ultrasam.modeling.sam import Sam


@pytest.fixture(params=[SMALL_TINY_VIT, SMALL_VIT], ids=["tiny_vit", "vit"])
def network(request):
    torch.manual_seed(0)
    return Sam(SamConfig(encoder=request.param)).eval()


def test_what_is_plain_is_not_copied(network):
    assert plain(network.image_encoder) is network.image_encoder
    assert plain(network.prompt_encoder) is network.prompt_encoder
    assert plain(network.mask_decoder) is network.mask_decoder


@pytest.mark.parametrize("change", ["train", "bfloat16", "lora", "recomputes"])
def test_what_is_not_plain_is_copied_and_stays(network, change):
    if change == "train":
        network.train()
    elif change == "bfloat16":
        network.bfloat16()
    elif change == "lora":
        add_lora(network, 2)
        for module in network.modules():
            if isinstance(module, LoraLinear):
                torch.nn.init.normal_(module.lora_b)
    else:
        for module in network.image_encoder.modules():
            if hasattr(module, "recomputes"):
                module.recomputes = True
    encoder = network.image_encoder
    before = repr(encoder)
    expected = copy.deepcopy(encoder).float().eval()

    made = plain(encoder)

    assert made is not encoder
    assert plain(made) is made
    assert repr(encoder) == before
    assert not {id(parameter) for parameter in made.parameters()} & {id(p) for p in encoder.parameters()}
    with torch.no_grad():
        torch.testing.assert_close(made(images(1, 128)), expected(images(1, 128)), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("part", ["image_encoder", "prompt_encoder", "mask_decoder"])
def test_what_was_replaced_is_an_error(network, part):
    setattr(network, part, torch.nn.Identity())
    network.image_encoder.stride = 16
    with pytest.raises(InputError, match="Identity already"):
        EncoderPart(network, "embedding") if part == "image_encoder" else DecoderPart(network, 128)
