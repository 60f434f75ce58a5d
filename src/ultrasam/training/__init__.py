"""Training: recipes, data, prompts, losses and the run that ties them together.

The whole room needs the extra ``train``, so its modules import those packages plainly. Here they are asked for, but not
imported: a recipe is read without Lightning.
"""

from typing import TYPE_CHECKING

from ultrasam.extras import EXTRAS, check_installed
from ultrasam.lazy import imported_on_use

if TYPE_CHECKING:
    from ultrasam.training.outcome import TrainingResult
    from ultrasam.training.recipe import Recipe, read_recipe
    from ultrasam.training.recipe_files import recipe_names
    from ultrasam.training.running import train

check_installed(*EXTRAS["train"], needed_for="Training runs")

__all__ = ["Recipe", "TrainingResult", "read_recipe", "recipe_names", "train"]

__getattr__ = imported_on_use(
    __name__,
    {
        "Recipe": "ultrasam.training.recipe",
        "TrainingResult": "ultrasam.training.outcome",
        "read_recipe": "ultrasam.training.recipe",
        "recipe_names": "ultrasam.training.recipe_files",
        "train": "ultrasam.training.running",
    },
)
