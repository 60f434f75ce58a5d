"""Fine-tuning for one's own task: data, heads' training, tests and reports.

The whole room needs the packages of the extra ``train``, so its modules import those plainly.
"""

from ultrasam.extras import require

for _module in ("pytorch_lightning", "pydantic", "yaml", "tensorboard"):
    require(_module, needed_for="Fine-tuning")

from ultrasam.downstream.recipe import FinetuneRecipe, read_finetune_recipe  # noqa: E402
from ultrasam.downstream.running import finetune  # noqa: E402

__all__ = ["FinetuneRecipe", "finetune", "read_finetune_recipe"]
