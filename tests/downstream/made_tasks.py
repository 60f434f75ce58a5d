"""Small data, a small network and recipes for runs of fine-tuning of a second or two."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.evaluation.made_data import edit, make_folder
from tests.training.made_runs import write_small_weights
from ultrasam.downstream import FinetuneRecipe, read_finetune_recipe
from ultrasam.downstream.data import ExampleSet, read_examples

#: Of every twelve images, the first six are for training.
_PARTS = ("train",) * 6 + ("val",) * 4 + ("test",) * 2
CLASSES = ("cyst", "nodule")


@dataclass(frozen=True)
class TaskPlace:
    """Where data and first weights of a test's runs lie."""

    data: Path
    weights: Path
    task: str

    def recipe(self, *overrides: str) -> FinetuneRecipe:
        return read_finetune_recipe(overrides=[*self.options, *overrides])

    def examples(self, *overrides: str) -> ExampleSet:
        recipe = self.recipe(*overrides)
        return read_examples(self.data, recipe.task, options=recipe.data.reading)

    @property
    def options(self) -> list[str]:
        return [
            f"task={self.task}",
            f"data.path={self.data}",
            f"model.weights={self.weights}",
            "data.images=2",
            "data.reading.seed=1",
            "head.width=32",
            "head.queries=5",
            "head.decoder_layers=1",
            "head.encoder_layers=1",
            *(["data.reading.targets=[size]"] if self.task == "regression" else []),
            "optimiser.warmup_steps=2",
            "run.steps=4",
            "run.validate_every=2",
            "run.log_every=1",
            "run.accelerator=cpu",
        ]


def make_task_place(root: Path, task: str, images: int = 12) -> TaskPlace:
    """Two objects in an image; for classification one, of the one class or the other in turn."""
    data = make_folder(root / "data", images=images)

    def arrange(document: dict[str, Any]) -> None:
        for number, entry in enumerate(document["images"]):
            entry["patient"] = f"p{number}"
            entry["split"] = _PARTS[number % len(_PARTS)]
            entry["size"] = 10.0 + number
        if task == "classification":
            document["annotations"] = [
                annotation
                for annotation in document["annotations"]
                if annotation["category_id"] == 1 + annotation["image_id"] % 2
            ]

    edit(data, arrange)
    weights = root / "small.safetensors"
    write_small_weights(weights)
    return TaskPlace(data, weights, task)
