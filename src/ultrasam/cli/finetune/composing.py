"""From the words of the command line to a whole recipe: the user's values, and what is chosen for the rest."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from ultrasam.cli.terminal import err
from ultrasam.errors import InputError

if TYPE_CHECKING:
    from ultrasam.downstream import FinetuneRecipe
    from ultrasam.downstream.choices import Choice
    from ultrasam.downstream.data import ExampleSet
    from ultrasam.downstream.machine import Machine
    from ultrasam.modeling.heads.config import TaskKind

_Recipe = TypeVar("_Recipe")

#: Of the pairs of an image and a class in it, the share that may have two objects or more and still be maps.
_MOST_WITH_SEVERAL = 0.05


@dataclass(frozen=True)
class Words:
    """What the user said.

    Attributes:
        tasks: what the command can learn; more than one: which, its recipe says, or the data.
        values: overrides of the recipe, later ones count.
        recipe: file of a whole recipe.
        output: folder of the run.
        restart: whether to begin anew, whatever is in it.
    """

    tasks: tuple[TaskKind, ...]
    values: tuple[str, ...]
    recipe: Path | None
    output: Path | None
    restart: bool


def compose(words: Words, read: Callable[[FinetuneRecipe], ExampleSet]) -> tuple[FinetuneRecipe, ExampleSet | None]:
    """The recipe of a run; what was chosen is told.

    A run that goes on keeps what was chosen when it began, however much memory is free today.

    Args:
        words: what the user said.
        read: reads what a recipe learns from.

    Returns:
        The recipe and, where choices hang on them, the data that it learns from.

    Raises:
        InputError: values that make no sense, or data that cannot be read.
    """
    from ultrasam.downstream import read_finetune_recipe
    from ultrasam.downstream.choices import chosen_before
    from ultrasam.downstream.defaults import CHOSEN

    forced = [f"task={words.tasks[0]}"] if len(words.tasks) == 1 else []
    if words.recipe is not None:
        recipe = read_finetune_recipe(words.recipe, overrides=[*forced, *words.values])
        if recipe.task not in words.tasks:
            raise InputError(
                f"Expected a recipe for {' or '.join(words.tasks)}, but {words.recipe} is for {recipe.task}."
            )
        return recipe, None
    said = read_finetune_recipe(overrides=[f"task={words.tasks[0]}", *words.values])
    if not said.data.path:
        raise InputError("Expected --data DIR|FILE: what to learn from.")
    kept = None if words.restart or words.output is None else _kept(words.output)
    examples = None
    if kept is not None:
        forced = forced or [f"task={kept.task}"]
        choices = chosen_before(kept, given_names(words.values), CHOSEN)
    else:
        if not forced:
            forced = [f"task={_maps_or_objects(_looked_at(said))}"]
            said = read_finetune_recipe(overrides=[*forced, *words.values])
        examples = read(said)
        choices = _chosen(said, given_names(words.values), len(examples.part("train")))
    overrides = [*forced, *(choice.override for choice in choices), *words.values]
    return read_finetune_recipe(overrides=overrides), examples


def _chosen(said: FinetuneRecipe, given: set[str], images: int) -> tuple[Choice, ...]:
    """What is chosen for what the user left open, which is told."""
    from ultrasam.downstream.defaults import choose
    from ultrasam.downstream.machine import this_machine
    from ultrasam.weights.initial import initial_network

    machine = this_machine(said.run.accelerator)
    network, checkpoint = initial_network(said.model.weights, encoder=said.model.encoder)
    choices = choose(
        said, given, images=images, network=network.config, input_size=checkpoint.input_size, machine=machine
    )
    tell_choices(choices, images, machine)
    return choices


def recipe_of_run(folder: Path, read: Callable[[Path], _Recipe]) -> _Recipe | None:
    """The recipe of a run that has begun in a folder; None where there is none.

    Args:
        folder: of the run, perhaps.
        read: reads a recipe's file.

    Raises:
        InputError: a run of another command lies there.
    """
    from ultrasam.training.run_folder import RECIPE, has_begun

    if not has_begun(folder):
        return None
    try:
        return read(folder / RECIPE)
    except InputError as error:
        raise InputError(
            f"Expected a run of this command in {folder}, but its {RECIPE} is none of its recipes: give another "
            "folder, or --restart."
        ) from error


def tell_choices(choices: Sequence[Choice], images: int, machine: Machine) -> None:
    """What was chosen, a line each."""
    err.print(f"Chosen for {images:,} training images on {machine}; --set NAME=VALUE replaces any:", markup=False)
    for choice in choices:
        err.print(f"  {choice}", markup=False)


def given_names(values: Sequence[str]) -> set[str]:
    """Paths that overrides replace."""
    return {value.partition("=")[0].strip() for value in values}


def _kept(folder: Path) -> FinetuneRecipe | None:
    """The recipe of a run that began in a folder."""
    from ultrasam.downstream import read_finetune_recipe

    return recipe_of_run(folder, read_finetune_recipe)


def _looked_at(recipe: FinetuneRecipe) -> ExampleSet:
    """What there is, to see what can be learnt from it; the files are decoded later, with a bar."""
    from ultrasam.downstream.data import read_examples

    options = recipe.data.reading.model_copy(update={"check": False})
    return read_examples(recipe.data.path, recipe.task, options=options)


def _maps_or_objects(examples: ExampleSet) -> TaskKind:
    """Maps of classes where hardly an image has two objects of one class; else objects."""
    having = several = 0
    for example in examples.examples:
        found = [instance.category for instance in example.instances]
        having += len(set(found))
        several += sum(found.count(category) > 1 for category in set(found))
    is_maps = several <= _MOST_WITH_SEVERAL * having
    err.print(
        f"{several:,} of {having:,} times an image has two objects or more of a class: "
        f"{'maps of classes (--semantic)' if is_maps else 'objects one by one (--instance)'}.",
        markup=False,
    )
    return "semantic" if is_maps else "instance"
