import pytest
import yaml
from pydantic import ValidationError

from ultrasam.training.augmentation import AugmentationSettings

EXAMPLE = """
speckle: {probability: 0.3, strength: [0.05, 0.2]}
jpeg: {probability: 0, quality: [40, 60]}
"""


def test_a_recipe_says_what_differs_from_the_defaults():
    settings = AugmentationSettings.model_validate(yaml.safe_load(EXAMPLE))
    assert settings.speckle.strength == (0.05, 0.2)
    assert settings.jpeg.probability == 0
    assert settings.jpeg.quality == (40, 60)
    assert settings.affine == AugmentationSettings().affine


def test_settings_survive_a_recipe():
    settings = AugmentationSettings.published()
    written = yaml.safe_dump(settings.model_dump(mode="json"))
    assert AugmentationSettings.model_validate(yaml.safe_load(written)) == settings


def test_nothing_and_the_published_recipe_differ_in_the_flip_alone():
    assert all(kind.probability == 0 for kind in AugmentationSettings.nothing().in_order())
    chosen = {name: kind["probability"] for name, kind in AugmentationSettings.published().model_dump().items()}
    assert {name: probability for name, probability in chosen.items() if probability} == {"horizontal_flip": 0.5}


@pytest.mark.parametrize(
    "wrong",
    [
        {"speckel": {}},
        {"speckle": {"size": 3}},
        {"speckle": {"probability": 1.1}},
        {"speckle": {"probability": -0.1}},
        {"speckle": {"strength": [0.2, 0.1]}},
        {"speckle": {"strength": [0.1, 0.9]}},
        {"speckle": {"strength": 0.1}},
        {"speckle": {"strength": [0.1, float("nan")]}},
        {"jpeg": {"quality": [0, 50]}},
        {"jpeg": {"quality": [30.5, 50]}},
    ],
)
def test_what_makes_no_sense_is_refused(wrong):
    with pytest.raises(ValidationError):
        AugmentationSettings.model_validate(wrong)


def test_a_range_says_its_bounds():
    with pytest.raises(ValidationError, match=r"0 <= low <= high <= 0.5, but got \(0.2, 0.1\)"):
        AugmentationSettings.model_validate({"speckle": {"strength": [0.2, 0.1]}})
