import pytest

from tests.export.small_weights import METADATA, vit, write
from tests.inference.small_finetuned import write_finetuned
from ultrasam.errors import InputError
from ultrasam.export.source import load_source


def test_the_size_is_what_the_weights_were_trained_at(tmp_path):
    weights = write(tmp_path / "small.safetensors", vit())
    source = load_source(weights)
    assert (source.input_size, source.title, source.notes) == (256, METADATA["title"], ())
    assert load_source(weights, input_size=320).input_size == 320
    assert load_source(weights, pipeline="medsam").checkpoint.pipeline == "medsam"


def test_a_head_is_left_out_and_said(tmp_path):
    source = load_source(write_finetuned(tmp_path / "s.safetensors", "semantic", promptable=True))
    assert not [key for key in source.state_dict if key.startswith("head.")]
    assert len(source.notes) == 1


def test_weights_that_answer_no_prompts_are_refused(tmp_path):
    weights = write_finetuned(tmp_path / "s.safetensors", "semantic")
    with pytest.raises(InputError, match=r"changed for their task \(semantic\)"):
        load_source(weights)
