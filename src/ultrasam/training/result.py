"""The best weights of a run as a file that says where it comes from, with a card."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timezone
from pathlib import Path

from ultrasam.modeling.heads.config import Task
from ultrasam.modeling.sam import Sam
from ultrasam.training.corpus import TrainingCorpus
from ultrasam.training.model_card import write_model_card
from ultrasam.training.module import PromptedSegmentation
from ultrasam.training.provenance import InitialWeights, data_facts, software_versions
from ultrasam.training.recipe import Recipe
from ultrasam.training.run_folder import CARD, WEIGHTS
from ultrasam.training.trainable import finished
from ultrasam.training.training_facts import TrainingFacts, training_metadata
from ultrasam.weights import Checkpoint, write_checkpoint

_PROTOCOL = (
    "mean Dice over objects (at most {objects} of an image), then over data sets, at the network's own resolution: the "
    "exact box, one click at the pixel farthest from the outline, a box shifted by 15 % of its sides; one pass, one "
    "mask"
)


def to_train(initial: Checkpoint) -> Checkpoint:
    """Initial weights as training uses them, and as what is trained from them will be used.

    The official UltraSam's pipeline takes two passes and the best of three masks, of weights that were trained to
    that. Here every answer learns, and the single mask of one pass chooses the best weights: SAM's way, to which
    pixels are then prepared from the first step on.
    """
    return replace(initial, pipeline="sam") if initial.pipeline == "ultrasam" else initial


@dataclass(frozen=True, eq=False)
class BestWriter:
    """Writes the module's weights, as they are when it is called, with all facts of the run.

    Attributes:
        folder: of the run.
        module: whose network is written.
        recipe: of the run.
        initial: what the run started from, by :func:`to_train`.
        input_size: side of the network's input in pixels.
        corpus: what was trained on.
        commit: of the code of the process that writes.
    """

    folder: Path
    module: PromptedSegmentation
    recipe: Recipe
    initial: Checkpoint
    input_size: int
    corpus: TrainingCorpus
    commit: str | None

    def __call__(self, step: int, values: dict[str, float]) -> None:
        """Write weights and card, for validation values at a step."""
        run = self.recipe.run
        facts = TrainingFacts(
            title=f"Trained with the recipe {self.recipe.name}",
            day=datetime.now(timezone.utc).date().isoformat(),
            data=data_facts(self.corpus.train_used),
            validation=data_facts(self.corpus.val_used),
            recipe=self.recipe.model_dump(mode="json"),
            steps=step,
            samples=step * run.accumulate * self.recipe.data.images * run.devices * run.nodes,
            initial=InitialWeights.of(self.recipe.model.weights, self.initial),
            metrics={name.removeprefix("val/"): value for name, value in values.items()},
            protocol=_PROTOCOL.format(objects=self.recipe.data.val_objects),
            commit=self.commit,
            versions=software_versions(),
        )
        write_weights(self.folder, self.module.network, self.initial, self.input_size, facts)


def write_weights(
    folder: Path, network: Sam, initial: Checkpoint, input_size: int, facts: TrainingFacts, task: Task | None = None
) -> None:
    """Write a run's weights and their card.

    Args:
        folder: of the run.
        network: as it is trained.
        initial: what the run started from.
        input_size: side of the network's input in pixels.
        facts: of the run.
        task: what a network with a head answers.
    """
    whole = finished(network)
    checkpoint = replace(
        initial,
        state_dict=dict(whole.state_dict()),
        config=whole.config,
        input_size=input_size,
        metadata=training_metadata(facts),
        task=task,
    )
    write_checkpoint(folder / WEIGHTS, checkpoint)
    write_model_card(folder / CARD, folder / WEIGHTS)
