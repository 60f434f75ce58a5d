import re
from dataclasses import replace

import pytest
import torch
import yaml
from typer.testing import CliRunner

from tests.training.made_facts import HOSTILE, made_facts
from ultrasam.cli.weights import app
from ultrasam.errors import WeightsError
from ultrasam.modeling.heads.config import HeadConfig, Task
from ultrasam.training.model_card import model_card, write_model_card
from ultrasam.training.training_facts import training_metadata
from ultrasam.weights import DEFAULT, Checkpoint, read_checkpoint, resolve, write_checkpoint


@pytest.fixture(scope="module")
def bundled():
    return read_checkpoint(resolve(DEFAULT))


@pytest.fixture
def trained(bundled, tmp_path):
    """A weights file as training writes it."""
    path = tmp_path / "small.safetensors"
    write_checkpoint(path, described(bundled), torch.float16)
    return path


def described(bundled: Checkpoint, **changes) -> Checkpoint:
    return replace(bundled, metadata=training_metadata(made_facts(**changes)), input_size=512)


def split_card(text):
    """Front matter and Markdown."""
    empty, front, body = text.split("---\n", 2)
    assert empty == ""
    return yaml.safe_load(front), body


def tables(text):
    return [block.splitlines() for block in text.split("\n\n") if block.startswith("|")]


def cells(line):
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


def test_the_card_is_made_from_the_file_alone(trained, bundled, tmp_path):
    write_model_card(tmp_path / "cards" / "MODEL_CARD.md", trained)
    written = (tmp_path / "cards" / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert written == model_card(described(bundled), "small.safetensors")
    assert list((tmp_path / "cards").iterdir()) == [tmp_path / "cards" / "MODEL_CARD.md"]


def test_the_front_matter_is_the_hubs(bundled):
    front, _ = split_card(model_card(described(bundled)))
    assert front["license"] == "cc-by-nc-sa-4.0"
    assert "license_name" not in front
    assert front["library_name"] == "ultrasam"
    assert front["pipeline_tag"] == "mask-generation"
    assert "ultrasound" in front["tags"]
    assert front["datasets"] == ["HEADS", "HEARTS"]


def test_a_licence_that_the_hub_does_not_know_has_a_name(bundled):
    heads, hearts = made_facts().data
    own_words = replace(hearts, licence="free for research, not for commercial use")
    front, body = split_card(model_card(described(bundled, data=(heads, own_words))))
    assert (front["license"], front["license_name"]) == ("other", "non-commercial")
    assert "Of these weights: **non-commercial** (because of HEARTS" in body


def test_what_it_says(bundled):
    text = model_card(described(bundled), "small.safetensors")
    for words in (
        "# A small model",
        "Not a medical device",
        'ultrasam.load("small.safetensors")',
        "--model small.safetensors",
        "TinyViT",
        "512 × 512 px",
        "fetal head, heart and vessel",
        "12,000 optimiser steps, 48,000 images",
        "2025-01-31 (UTC) with ultrasam 0.1.0, torch 2.13.0",
        "c" * 40,
        "  lr: 0.0001",
        "the first answer to one prompt",
        "35 of HEADS, none of them trained on",
        "**CC-BY-NC-SA-4.0** (because of HEARTS)",
        "- Us et al., 2025\n- Zhang et al., 2023\n- Head et al., 2018\n- Kirillov et al.",
    ):
        assert words in text


def test_its_python_runs(trained, monkeypatch):
    import numpy as np
    from PIL import Image

    monkeypatch.chdir(trained.parent)
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (480, 700), np.uint8)).save("scan.png")
    write_model_card("MODEL_CARD.md", trained)
    (code,) = re.findall(r"```python\n(.*?)```", (trained.parent / "MODEL_CARD.md").read_text(), re.DOTALL)
    names: dict[str, object] = {}
    exec(code, names)
    assert names["mask"].shape == (480, 700)


@pytest.mark.parametrize("title", ["A small model", HOSTILE])
def test_tables_hold_the_facts_whatever_they_are(title, bundled):
    hearts = replace(made_facts().data[1], name=HOSTILE, title=HOSTILE, anatomy=HOSTILE, licence=HOSTILE)
    data = made_facts().data if title != HOSTILE else (made_facts().data[0], hearts)
    front, body = split_card(model_card(described(bundled, title=title, data=data, metrics={title: 0.91234, "b": 1.0})))
    assert front["datasets"] == [entry.name for entry in data]
    training, results = tables(body)
    for table in (training, results):
        assert len({len(cells(line)) for line in table}) == 1
        assert all(re.fullmatch("-{3}:?", cell) for cell in cells(table[1]))
    assert cells(training[2]) == ["HEADS", "Fetal heads", "fetal head", "train", "814", "815", "CC BY 4.0"]
    assert cells(training[-1]) == ["**all**", "", "", "", "2,014", "4,415", ""]
    assert [cells(line)[1] for line in results[2:]] == ["0.912", "1.000"]
    assert "<script>" not in re.sub(r"\\<|```.*?```", "", body, flags=re.DOTALL)


@pytest.mark.parametrize(("train", "val"), [("train", "train"), ("all", "val"), ("train", "all")])
def test_validation_images_that_were_trained_on_are_not_called_unseen(train, val, bundled):
    heads = made_facts().data[0]
    changes = {"data": (replace(heads, split=train),), "validation": (replace(heads, split=val),)}
    assert "none of them trained on" not in model_card(described(bundled, **changes))


def test_what_was_not_recorded_is_left_out(bundled):
    text = model_card(described(bundled, metrics={}, validation=(), initial=None, commit=None, recipe={}))
    assert "## Results" not in text
    assert "random weights" in text
    assert "commit not known" in text


def test_weights_that_do_not_tell_are_refused(bundled, tmp_path):
    write_checkpoint(tmp_path / "mute.safetensors", replace(bundled, metadata={}))
    with pytest.raises(WeightsError, match="weights show"):
        write_model_card(tmp_path / "MODEL_CARD.md", tmp_path / "mute.safetensors")
    assert list(tmp_path.iterdir()) == [tmp_path / "mute.safetensors"]


def test_the_command(trained, tmp_path):
    write_model_card(tmp_path / "expected.md", trained)
    expected = (tmp_path / "expected.md").read_text(encoding="utf-8")
    printed = CliRunner().invoke(app, ["card", str(trained)], catch_exceptions=False)
    assert printed.stdout == expected
    written = CliRunner().invoke(app, ["card", str(trained), "--out", str(tmp_path / "c.md")], catch_exceptions=False)
    assert written.stdout == f"{tmp_path / 'c.md'}\n"
    assert (tmp_path / "c.md").read_text(encoding="utf-8") == expected


@pytest.mark.parametrize(
    ("kind", "head", "tag", "expected", "absent"),
    [
        ("classification", "pooled", "image-classification", "ultrasam classify scan.png --model", "--box"),
        ("classification", "prompted", "image-classification", "scan.png --box 312,140,640,420 --model", "outlines it"),
        ("regression", "pooled", "image-feature-extraction", "reads benign, malignant off", "probability"),
        ("semantic", "semantic", "image-segmentation", "gives every pixel its class", "--box"),
        ("instance", "instance", "image-segmentation", "finds and outlines objects", "--box"),
    ],
)
def test_the_card_of_fine_tuned_weights_is_of_their_task(bundled, kind, head, tag, expected, absent):
    scale = (1.0, 1.0) if kind == "regression" else ()
    task = Task(kind, ("benign", "malignant"), HeadConfig(head, 2), means=scale, scales=scale)
    text = model_card(replace(described(bundled), state_dict={}, task=task))
    front, body = split_card(text)
    assert front["pipeline_tag"] == tag
    assert "promptable" not in front["tags"]
    assert expected in body
    assert absent not in body
    assert "benign, malignant" in body
    assert "Not a medical device" in body
