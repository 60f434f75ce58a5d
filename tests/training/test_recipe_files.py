import pytest
import yaml

from tests.references import ROOT
from ultrasam.training.recipe_files import recipe_names, recipe_text

CONFIGS = ROOT / "src/ultrasam/training/configs"


def test_both_recipes_are_there():
    assert recipe_names() == ["official", "ultrasam-tiny"]


@pytest.mark.parametrize("name", recipe_names())
def test_a_recipe_is_the_yaml_of_its_name(name):
    assert recipe_text(name) == (CONFIGS / f"{name}.yaml").read_text(encoding="utf-8")
    assert yaml.safe_load(recipe_text(name))["name"] == name
