import copy
import pickle
from functools import partial
from types import SimpleNamespace

import pytest
import torch

from tests.modeling.networks import SIZE, images, object_prompt, own_network, reference_network
from ultrasam.backends import Engine, compiling
from ultrasam.backends.compiling import few_shapes
from ultrasam.modeling.prompts import PromptTokens
from ultrasam.weights import Checkpoint

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def network():
    return own_network(reference_network(seed=3))


@pytest.fixture
def compiled(monkeypatch, network):
    """The network, traced as PyTorch's compiler does it, but run without a C++ compiler; and what was traced."""
    traced = []

    def backend(module, inputs):
        traced.append([tuple(tensor.shape) for tensor in inputs if isinstance(tensor, torch.Tensor)])
        return module.forward

    monkeypatch.setattr(compiling.torch, "compile", partial(torch.compile, backend=backend))
    checkpoint = Checkpoint({}, network.config, "sam", "made for tests", {}, "3" * 64)
    ready = Engine("torch", "fp32", CPU, compiled=True).prepared(copy.deepcopy(network), checkpoint, SIZE)
    torch.compiler.reset()
    yield ready, traced
    torch.compiler.reset()


@torch.no_grad()
def test_images_are_encoded_as_without(compiled, network):
    ready, traced = compiled
    found = ready.encode_image(images(1))
    assert traced
    assert torch.allclose(found, network.encode_image(images(1)), atol=1e-5)
    once = len(traced)
    ready.encode_image(images(1, seed=5))
    assert len(traced) == once, "the same shape again is not compiled again"


@torch.no_grad()
def test_levels_are_those_without(compiled, network):
    ready, traced = compiled
    found, expected = ready.image_encoder.levels(images(1)), network.image_encoder.levels(images(1))
    assert traced
    for one, other in zip(found, expected, strict=True):
        assert torch.allclose(one, other, atol=1e-5)


def test_the_parts_and_their_weights_are_the_same(compiled, network):
    ready, _ = compiled
    assert ready.state_dict().keys() == network.state_dict().keys()
    assert type(ready.image_encoder) is type(network.image_encoder)


@torch.no_grad()
def test_a_copy_has_its_own_weights(compiled):
    ready, _ = compiled
    kept = ready.encode_image(images(1))
    other = copy.deepcopy(ready)
    for parameter in other.image_encoder.parameters():
        parameter.zero_()
    assert not any(level.any() for level in other.image_encoder.levels(images(1)))
    assert not other.encode_image(images(1)).any()
    assert torch.equal(ready.encode_image(images(1)), kept)


@torch.no_grad()
def test_a_network_that_is_sent_to_a_process_answers_there(compiled, network):
    ready, _ = compiled
    ready.encode_image(images(1))
    found = pickle.loads(pickle.dumps(ready))  # noqa: S301 - made here
    assert torch.allclose(found.encode_image(images(1)), network.encode_image(images(1)), atol=1e-5)


@torch.no_grad()
def test_on_a_gpu_the_decoder_is_compiled_for_few_shapes(monkeypatch, network):
    """Traced here as it is there; CUDA graphs alone need a GPU."""
    traced = []

    def compiled(function, mode=None, **options):
        def backend(module, inputs):
            traced.append(mode)
            return module.forward

        return compile_(function, backend=backend, **options)

    compile_ = torch.compile
    monkeypatch.setattr(compiling.torch, "compile", compiled)
    ready, prompts = copy.deepcopy(network), PromptTokens.pad([object_prompt(1, points=2), object_prompt(2, points=3)])
    with monkeypatch.context() as patched:
        patched.setattr(ready, "parameters", lambda: iter([SimpleNamespace(device=torch.device("cuda"))]))
        compiling.compile_parts(ready)
    torch.compiler.reset()
    embedding = network.encode_image(images(1))
    found = ready.decode(embedding, prompts)
    assert traced == ["reduce-overhead"]
    assert torch.allclose(found.logits, network.decode(embedding, prompts).logits, atol=1e-4)
    other = copy.deepcopy(ready)
    for parameter in other.mask_decoder.parameters():
        parameter.zero_()
    assert not other.decode(embedding, prompts).logits.any()
    torch.compiler.reset()


def test_nothing_is_compiled_unless_asked(monkeypatch, network):
    monkeypatch.setattr(compiling.torch, "compile", None)
    checkpoint = Checkpoint({}, network.config, "sam", "made for tests", {}, "3" * 64)
    assert Engine("torch", "fp32", CPU).prepared(network, checkpoint, SIZE) is network


class TestFewShapes:
    """A decoder that is recorded as CUDA graphs: it sees few shapes, and uses its memory again."""

    @pytest.fixture
    def decoder(self, monkeypatch, network):
        ready = copy.deepcopy(network)
        plain, self.memory = ready.mask_decoder.with_tokens, {}

        def recorded(image, positions, sparse, in_use):
            found = plain(image, positions, sparse, in_use)
            held = self.memory.setdefault((len(image), *sparse.shape[:2]), found)
            for tensor, new in zip(
                (held[0].logits, held[0].iou, held[1]), (found[0].logits, found[0].iou, found[1]), strict=True
            ):
                tensor.copy_(new)
            return held

        ready.mask_decoder.with_tokens = few_shapes(recorded)
        return ready

    @torch.no_grad()
    @pytest.mark.parametrize("count", [1, 2, 5, 17])
    def test_answers_are_those_without(self, count, decoder, network):
        embedding = network.encode_image(images(1))
        objects = [object_prompt(i, points=1 + 3 * (i % 3), box=i % 2 == 0, mask=i % 4 == 3) for i in range(count)]
        tokens = PromptTokens.pad(objects)
        found, found_tokens = decoder.decode_with_tokens(embedding, tokens)
        expected, expected_tokens = network.decode_with_tokens(embedding, tokens)
        for one, other in (
            (found.logits, expected.logits),
            (found.iou, expected.iou),
            (found_tokens, expected_tokens),
        ):
            assert one.shape == other.shape
            assert torch.allclose(one, other, atol=1e-4)

    @torch.no_grad()
    def test_an_answer_stays_when_more_is_asked(self, decoder, network):
        embedding = network.encode_image(images(1))
        first = decoder.decode(embedding, PromptTokens.pad([object_prompt(1, box=True)])).logits
        kept = first.clone()
        decoder.decode(embedding, PromptTokens.pad([object_prompt(2, box=True)]))
        assert torch.equal(first, kept)

    @torch.no_grad()
    def test_the_shapes_are_few(self, decoder, network):
        embedding = network.encode_image(images(1))
        for count in (1, 2, 5, 16):
            for points in (1, 4, 11):
                objects = [object_prompt(points, points=points) for _ in range(count)]
                decoder.decode(embedding, PromptTokens.pad(objects))
        assert set(self.memory) == {(1, count, slots) for count in (1, 4, 16) for slots in (4, 16)}
