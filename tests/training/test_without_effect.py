from __future__ import annotations

import pytest

from ultrasam.training.recipe import read_recipe
from ultrasam.training.without_effect import without_effect


@pytest.mark.parametrize(
    ("override", "name"),
    [
        ("augmentation.speckle.probability=0.1", "augmentation"),
        ("augmentation.speckle.strength=[0.05, 0.1]", "augmentation"),
        ("model.checkpoint_encoder=true", "model.checkpoint_encoder"),
        ("trainable.frozen_stages=1", "trainable.frozen_stages"),
        ("optimiser.encoder_lr_factor=0.5", "optimiser.encoder_lr_factor"),
        ("optimiser.layer_decay=0.9", "optimiser.layer_decay"),
    ],
)
def test_what_is_set_for_a_frozen_encoder_is_named(override, name):
    assert without_effect(read_recipe(overrides=["trainable.what=decoder", override])) == [name]
    assert without_effect(read_recipe(overrides=["trainable.what=lora", override])) == []


def test_what_is_off_or_by_default_is_not_named():
    assert without_effect(read_recipe(overrides=["trainable.what=decoder"])) == []
    assert without_effect(read_recipe(overrides=["trainable.what=decoder", "augmentation.speckle.probability=0"])) == []


def test_all_are_named_at_once():
    overrides = ["trainable.what=decoder", "augmentation.speckle.probability=0.1"]
    assert without_effect(read_recipe("ultrasam-tiny", overrides=overrides)) == [
        "augmentation",
        "optimiser.layer_decay",
    ]
