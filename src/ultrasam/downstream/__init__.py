"""Fine-tuning for one's own task: data, heads' training, tests and reports.

The whole room needs the packages of the extra ``train``, so its modules import those plainly. Here they are asked for,
but not imported: a recipe is read without Lightning.
"""

from typing import TYPE_CHECKING

from ultrasam.extras import EXTRAS, check_installed
from ultrasam.lazy import imported_on_use

if TYPE_CHECKING:
    from ultrasam.downstream.recipe import FinetuneRecipe, read_finetune_recipe
    from ultrasam.downstream.running import finetune

check_installed(*EXTRAS["train"], needed_for="Fine-tuning")

__all__ = ["FinetuneRecipe", "finetune", "read_finetune_recipe"]

__getattr__ = imported_on_use(
    __name__,
    {
        "FinetuneRecipe": "ultrasam.downstream.recipe",
        "finetune": "ultrasam.downstream.running",
        "read_finetune_recipe": "ultrasam.downstream.recipe",
    },
)
