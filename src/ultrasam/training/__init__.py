"""Training: recipes, data, prompts, losses and the run that ties them together.

The whole room needs the extra ``train``, so its modules import those packages plainly.
"""

from ultrasam.extras import require

for _module in ("pytorch_lightning", "pydantic", "yaml", "tensorboard"):
    require(_module, needed_for="Training runs")

from ultrasam.training.outcome import TrainingResult  # noqa: E402
from ultrasam.training.recipe import Recipe, read_recipe, recipe_names  # noqa: E402
from ultrasam.training.running import train  # noqa: E402

__all__ = ["Recipe", "TrainingResult", "read_recipe", "recipe_names", "train"]
