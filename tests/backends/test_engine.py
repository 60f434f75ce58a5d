"""Networks that are run by graphs answer as PyTorch does."""

import copy
import pickle
import shutil

import pytest
import torch

from tests.inference.small_model import GRAPHS_SEED, small_segmenter
from tests.modeling.networks import SIZE, images, object_prompt
from ultrasam.backends import Engine
from ultrasam.backends.halves import encoder_graph
from ultrasam.backends.open_vino_core import has_bf16
from ultrasam.errors import InputError
from ultrasam.modeling.prompts import PromptTokens

CPU = torch.device("cpu")
BY_GRAPHS = [("onnxruntime", "fp32"), ("openvino", "fp32"), ("openvino", "bf16")]
#: Of the answers' norm.
CLOSE = {"fp32": 1e-5, "bf16": 6e-2}


def apart(found, expected):
    return float((found - expected).norm() / expected.norm())


@pytest.fixture(scope="module")
def model():
    """That of the sessions' tests, whose graphs are made once."""
    return small_segmenter(seed=GRAPHS_SEED)


@pytest.fixture(scope="module")
def network(model):
    return model.network


@pytest.fixture(scope="module")
def checkpoint(model):
    return model.checkpoint


@pytest.fixture(scope="module", params=BY_GRAPHS, ids="-".join)
def engine(request):
    backend, precision = request.param
    if precision == "bf16" and not has_bf16():
        pytest.skip("needs a processor that computes in bf16")
    return Engine(backend, precision, CPU)


@pytest.fixture(scope="module")
def by_graphs(engine, network, checkpoint):
    return engine.prepared(copy.deepcopy(network), checkpoint, SIZE)


@pytest.fixture(scope="module")
def embeddings(network):
    with torch.no_grad():
        return network.encode_image(images(2))


PROMPTS = {
    "point": [object_prompt(1, points=1)],
    "box": [object_prompt(2, box=True)],
    "many points": [object_prompt(3, points=9)],
    "mask alone": [object_prompt(4, mask=True)],
    "nothing": [object_prompt(5)],
    "mask and box": [object_prompt(6, box=True, mask=True)],
    "ragged": [object_prompt(7, points=1), object_prompt(8, points=5, box=True), object_prompt(9, mask=True)],
    "two images": [object_prompt(10 + i, box=True, image_index=i % 2) for i in range(5)],
}


@torch.no_grad()
def test_images_are_encoded_alike(engine, by_graphs, network):
    batch = images(3)
    found = by_graphs.encode_image(batch)
    assert (found.shape, found.dtype, found.device) == ((3, 256, SIZE // 16, SIZE // 16), torch.float32, CPU)
    assert apart(found, network.encode_image(batch)) < CLOSE[engine.precision]
    assert torch.equal(found[1:2], by_graphs.encode_image(batch[1:2])), "an image is the same alone"


@torch.no_grad()
@pytest.mark.parametrize("objects", PROMPTS.values(), ids=PROMPTS)
def test_prompts_are_answered_alike(objects, engine, by_graphs, network, embeddings):
    tokens = PromptTokens.pad(objects)
    given = embeddings if any(o.image_index for o in objects) else embeddings[:1]
    expected, expected_tokens = network.decode_with_tokens(given, tokens)
    found, found_tokens = by_graphs.decode_with_tokens(given, tokens)
    assert found.logits.dtype == found.iou.dtype == torch.float32
    for one, other in (
        (found.logits, expected.logits),
        (found.iou, expected.iou),
        (found_tokens, expected_tokens),
    ):
        assert one.shape == other.shape
        assert apart(one, other) < CLOSE[engine.precision]


@torch.no_grad()
def test_tokens_without_an_index_or_flags_mean_what_they_mean(engine, by_graphs, network, embeddings):
    """What :class:`PromptTokens` lets leave out: object i is in image i, all masks count."""
    padded = PromptTokens.pad([object_prompt(20, points=2, mask=True), object_prompt(21, box=True, mask=True)])
    tokens = PromptTokens(padded.points_xy, padded.labels, padded.mask_logits)
    expected = network.decode(embeddings, tokens).logits
    assert apart(by_graphs.decode(embeddings, tokens).logits, expected) < CLOSE[engine.precision]


@torch.no_grad()
def test_answers_stay_when_more_is_asked(by_graphs, embeddings):
    """A backend may use its memory again."""
    tokens = PromptTokens.pad([object_prompt(30, box=True)])
    first = by_graphs.decode(embeddings[:1], tokens).logits
    kept = first.clone()
    by_graphs.decode(embeddings[1:], tokens)
    assert torch.equal(first, kept)


def test_the_encoder_that_is_not_needed_any_more_is_gone(by_graphs, network):
    encoder = sum(p.numel() for p in network.image_encoder.parameters())
    assert encoder > 0
    left = sum(p.numel() for p in by_graphs.parameters())
    assert left == sum(p.numel() for p in network.parameters()) - encoder


def test_an_image_of_another_size_is_told(by_graphs):
    with pytest.raises(InputError, match=r"256 pixels.*got 320.*input_size=320"):
        by_graphs.encode_image(images(1, 320))


@torch.no_grad()
def test_graphs_have_as_many_threads_as_pytorch(by_graphs, embeddings):
    by_graphs.decode(embeddings[:1], PromptTokens.pad([object_prompt(30, box=True)]))
    graph = by_graphs.decoder_graph._graph
    if hasattr(graph, "_session"):
        threads = graph._session.get_session_options().intra_op_num_threads
    else:
        threads = graph._compiled.get_property("INFERENCE_NUM_THREADS")
    assert threads == torch.get_num_threads()


def sent(network):
    return pickle.loads(pickle.dumps(network))  # noqa: S301 - made here


@torch.no_grad()
@pytest.mark.parametrize("copied", [copy.deepcopy, sent], ids=["copied", "sent"])
def test_a_copy_of_a_network_at_work_opens_its_own_graphs(copied, by_graphs, embeddings):
    tokens = PromptTokens.pad([object_prompt(30, box=True)])
    by_graphs.encode_image(images(1))
    by_graphs.decode(embeddings[:1], tokens)
    found = copied(by_graphs)
    assert torch.equal(found.encode_image(images(1)), by_graphs.encode_image(images(1)))
    assert torch.equal(found.decode(embeddings[:1], tokens).logits, by_graphs.decode(embeddings[:1], tokens).logits)
    assert found.decoder_graph._graph is not by_graphs.decoder_graph._graph


@torch.no_grad()
def test_threads_take_turns(by_graphs, embeddings):
    from concurrent.futures import ThreadPoolExecutor

    tokens = [PromptTokens.pad([object_prompt(40 + i, box=True)]) for i in range(6)]

    def answer(one):
        with torch.no_grad():
            return by_graphs.decode(embeddings[:1], one).logits

    expected = [answer(one) for one in tokens]
    with ThreadPoolExecutor(3) as pool:
        for found, alone in zip(pool.map(answer, tokens), expected, strict=True):
            assert torch.equal(found, alone)


class TestTorch:
    @pytest.mark.parametrize(("precision", "dtype"), [("fp32", torch.float32), ("bf16", torch.bfloat16)])
    def test_the_network_computes_in_the_precision(self, precision, dtype, network, checkpoint):
        engine = Engine("torch", precision, CPU)
        ready = engine.prepared(copy.deepcopy(network), checkpoint, SIZE)
        assert {p.dtype for p in ready.parameters()} == {dtype}
        assert Engine.of(ready) == engine

    def test_a_network_used_as_it_is_has_an_engine(self, network):
        assert Engine.of(network) == Engine("torch", "fp32", CPU)


class TestInt8:
    @pytest.fixture
    def kept(self, monkeypatch, tmp_path, network, checkpoint):
        """A graph that is said to be quantised; it is not, so that the answers are known."""
        path = shutil.copy(encoder_graph(network, checkpoint, SIZE), tmp_path / "encoder.onnx")
        monkeypatch.setattr(
            "ultrasam.backends.int8.find_int8",
            lambda given, size: path if (given.sha256, size) == (checkpoint.sha256, SIZE) else None,
        )
        return path

    @torch.no_grad()
    @pytest.mark.parametrize("backend", ["onnxruntime", "openvino"])
    def test_the_kept_graph_encodes(self, backend, kept, network, checkpoint):
        ready = Engine(backend, "int8", CPU).prepared(copy.deepcopy(network), checkpoint, SIZE)
        kept.rename(kept.with_name("moved.onnx"))
        with pytest.raises(Exception, match=r"encoder\.onnx"):
            ready.encode_image(images(1))
        kept.with_name("moved.onnx").rename(kept)
        assert apart(ready.encode_image(images(1)), network.encode_image(images(1))) < CLOSE["bf16"]

    def test_without_one_it_is_told_how_to_make_one(self, kept, network, checkpoint):
        with pytest.raises(InputError, match=r"320 pixels.*ultrasam export onnx --precision int8"):
            Engine("openvino", "int8", CPU).prepared(copy.deepcopy(network), checkpoint, 320)

    def test_embeddings_of_another_graph_are_others(self, kept, checkpoint):
        first = Engine("openvino", "int8", CPU).number_format(checkpoint, SIZE)
        assert first != Engine("onnxruntime", "int8", CPU).number_format(checkpoint, SIZE)
        kept.write_bytes(kept.read_bytes() + b" ")
        assert first != Engine("openvino", "int8", CPU).number_format(checkpoint, SIZE)


def test_embeddings_of_one_precision_are_shared_where_they_are_the_same(checkpoint):
    def number_format(*words):
        return Engine(*words, CPU).number_format(checkpoint, SIZE)

    assert number_format("torch", "fp32") == number_format("onnxruntime", "fp32") == number_format("openvino", "fp32")
    assert len({number_format(b, p) for b, p in (("torch", "fp32"), ("torch", "bf16"), ("openvino", "bf16"))}) == 3
