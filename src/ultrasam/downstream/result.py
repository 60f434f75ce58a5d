"""The best weights of a fine-tuning run as a file that says what it answers and where it comes from, with a card."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from ultrasam.downstream.data.example import Example, ExampleSet
from ultrasam.downstream.module import HeadTraining
from ultrasam.downstream.recipe import FinetuneRecipe
from ultrasam.downstream.targets import Targets
from ultrasam.modeling.heads.config import HeadConfig, Task
from ultrasam.training.provenance import DataFacts, InitialWeights, facts_of_set, software_versions
from ultrasam.training.result import write_weights
from ultrasam.training.training_facts import TrainingFacts
from ultrasam.weights import Checkpoint
from ultrasam.weights.initial import answers_prompts

_PROTOCOLS = {
    "classification": "AUROC of each class against the rest, balanced accuracy and F1, means over classes",
    "regression": "errors in standard deviations of the training values",
    "semantic": "Dice of each class in the images where it is or is found, at half of the network's resolution",
    "instance": "COCO's AP of masks, at a quarter of the network's resolution",
}
_TITLES = {
    "classification": "Says which of {} an image shows",
    "regression": "Measures {}",
    "semantic": "Outlines {}",
    "instance": "Finds {}",
}
#: Classes that a title names.
_MOST_NAMED = 4


def task_of(recipe: FinetuneRecipe, targets: Targets, head: HeadConfig, initial: Checkpoint) -> Task:
    """What the file will answer, with which weights for prompts."""
    before = initial.task
    takes_prompts = before.promptable if before is not None else answers_prompts(initial)
    return Task(
        kind=recipe.task,
        classes=targets.classes,
        head=head,
        several=targets.several,
        means=targets.means,
        scales=targets.scales,
        promptable=recipe.trainable.what == "head" and not recipe.is_prompted and takes_prompts,
        initial=recipe.model.weights if takes_prompts or before is None else before.initial,
    )


@dataclass(frozen=True, eq=False)
class BestHeadWriter:
    """Writes the module's weights, as they are when it is called, with all facts of the run.

    Attributes:
        folder: of the run.
        module: whose network is written.
        recipe: of the run.
        initial: what the run started from.
        input_size: side of the network's input in pixels.
        task: what the network answers.
        data: what was learned from.
        train: the images of it that were.
        val: the images that choose the weights.
        commit: of the code of the process that writes.
    """

    folder: Path
    module: HeadTraining
    recipe: FinetuneRecipe
    initial: Checkpoint
    input_size: int
    task: Task
    data: ExampleSet
    train: Sequence[Example]
    val: Sequence[Example]
    commit: str | None

    def __call__(self, step: int, values: dict[str, float]) -> None:
        """Write weights and card, for validation values at a step."""
        run, model = self.recipe.run, self.recipe.model
        named = ", ".join(self.task.classes[:_MOST_NAMED]) + (", …" if len(self.task.classes) > _MOST_NAMED else "")
        facts = TrainingFacts(
            title=_TITLES[self.task.kind].format(named),
            day=datetime.now(timezone.utc).date().isoformat(),
            data=[_data_facts(self.data, "train", self.train)],
            validation=[_data_facts(self.data, "val", self.val)],
            recipe=self.recipe.model_dump(mode="json"),
            steps=step,
            samples=step * run.accumulate * self.recipe.data.images * run.devices * run.nodes,
            initial=None if model.weights == "random" else InitialWeights.of(model.weights, self.initial),
            metrics={name.removeprefix("val/"): value for name, value in values.items()},
            protocol=_PROTOCOLS[self.task.kind],
            commit=self.commit,
            versions=software_versions(),
        )
        write_weights(self.folder, self.module.network, self.initial, self.input_size, facts, self.task)


def _data_facts(data: ExampleSet, split: str, examples: Sequence[Example]) -> DataFacts:
    objects = sum(len(example.instances) for example in examples)
    return facts_of_set(data.name, data.facts, data.sha256, split=split, images=len(examples), instances=objects)
