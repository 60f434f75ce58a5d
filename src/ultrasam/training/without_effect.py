"""Values of a recipe that change nothing, because of what is trained."""

from __future__ import annotations

from ultrasam.training.recipe import Recipe


def without_effect(recipe: Recipe) -> list[str]:
    """Names of values that a recipe sets for an image encoder which it keeps frozen.

    Augmentations that are on by default are not named: nobody has asked for them.

    Example:
        >>> from ultrasam.training.recipe import read_recipe
        >>> without_effect(read_recipe(overrides=["trainable.what=decoder", "optimiser.layer_decay=0.9"]))
        ['optimiser.layer_decay']
    """
    if recipe.trainable.what != "decoder":
        return []
    augmentation, optimiser = recipe.augmentation, recipe.optimiser
    set_by_recipe = augmentation.model_fields_set
    found = {
        "augmentation": any(getattr(augmentation, name).probability > 0 for name in set_by_recipe),
        "model.checkpoint_encoder": recipe.model.checkpoint_encoder,
        "trainable.frozen_stages": recipe.trainable.frozen_stages > 0,
        "optimiser.encoder_lr_factor": optimiser.encoder_lr_factor != 1,
        "optimiser.layer_decay": optimiser.layer_decay != 1,
    }
    return [name for name, is_set in found.items() if is_set]
