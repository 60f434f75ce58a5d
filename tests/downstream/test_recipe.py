"""Recipes of fine-tuning: their YAML, their defaults, and what makes no sense."""

from __future__ import annotations

import pytest

from ultrasam.downstream import FinetuneRecipe, read_finetune_recipe
from ultrasam.errors import InputError
from ultrasam.modeling.heads.config import HeadConfig


def test_yaml_and_back(tmp_path):
    recipe = read_finetune_recipe(
        overrides=["task=instance", "trainable.what=lora", "data.path=x", "prompts.first={box: 1}", "run.patience=3"]
    )
    (tmp_path / "recipe.yaml").write_text(recipe.to_yaml())
    assert read_finetune_recipe(tmp_path / "recipe.yaml") == recipe
    again = read_finetune_recipe(tmp_path / "recipe.yaml", overrides=["run.patience=4"])
    assert (again.run.patience, again.trainable.what) == (4, "lora")


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("task=detection", "task: Input should be"),
        ("head.kind=semantic", r"head\.kind"),
        ("data.reading.share=0", r"data\.reading\.share"),
        ("run.patiense=1", r"run\.patiense"),
        ("optimiser.head_lr_factor=0", r"optimiser\.head_lr_factor"),
        ("task=regression", r"data\.reading\.targets with the task regression"),
        ("data.reading.targets=[a]", r"data\.reading\.targets with the task regression"),
        ("head.width=33", r"head\.width"),
    ],
)
def test_what_makes_no_sense_is_told(override, message):
    with pytest.raises(InputError, match=message):
        read_finetune_recipe(overrides=[override])


def test_several_classes_are_for_classification():
    with pytest.raises(InputError, match="several with the task classification"):
        read_finetune_recipe(overrides=["task=semantic", "data.reading.several=true"])


def test_a_file_must_be_there(tmp_path):
    with pytest.raises(InputError, match="there is none at"):
        read_finetune_recipe(tmp_path / "none.yaml")
    (tmp_path / "bad.yaml").write_text("a: [")
    with pytest.raises(InputError, match=r"YAML in bad\.yaml"):
        read_finetune_recipe(tmp_path / "bad.yaml")


@pytest.mark.parametrize(
    ("task", "kind", "width"),
    [("classification", "pooled", 128), ("semantic", "semantic", 128), ("instance", "instance", 256)],
)
def test_the_head_follows_from_the_task(task, kind, width):
    head = FinetuneRecipe(task=task).head_config(3)
    assert isinstance(head, HeadConfig)
    assert (head.kind, head.outputs, head.width) == (kind, 3, width)


def test_a_prompted_head_is_for_classes_and_values():
    options = ["head.kind=prompted"]
    assert read_finetune_recipe(overrides=options).is_prompted
    assert not read_finetune_recipe(overrides=[*options, "task=semantic"]).is_prompted


def test_values_may_be_sizes():
    options = ["task=regression", "data.reading.targets=[size]"]
    kept = read_finetune_recipe(overrides=options).augmentation
    assert (kept.fan.probability, kept.depth_crop.probability, kept.affine.scale) == (0, 0, (1, 1))
    assert kept.affine.rotation_degrees == FinetuneRecipe().augmentation.affine.rotation_degrees
    own = [
        "augmentation.affine.scale=[0.5, 2]",
        "augmentation.depth_crop.probability=0.25",
        "augmentation.fan.probability=1",
    ]
    chosen = read_finetune_recipe(overrides=[*options, *own])
    assert chosen.augmentation.affine.scale == (0.5, 2)
    assert (chosen.augmentation.depth_crop.probability, chosen.augmentation.fan.probability) == (0.25, 1)
    assert FinetuneRecipe.model_validate(chosen.model_dump(mode="json")) == chosen
    with pytest.raises(InputError, match=r"augmentation\.fan"):
        read_finetune_recipe(overrides=[*options, "augmentation.fan=3"])
    with pytest.raises(InputError, match="augmentation"):
        read_finetune_recipe(overrides=[*options, "augmentation=3"])
