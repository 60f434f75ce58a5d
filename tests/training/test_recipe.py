from __future__ import annotations

import inspect
import re
from typing import get_args

import pytest
import yaml

from ultrasam.errors import InputError
from ultrasam.training.augmentation import AugmentationSettings
from ultrasam.training.recipe import Recipe, read_recipe
from ultrasam.training.recipe_files import recipe_names
from ultrasam.training.settings import Settings
from ultrasam.training.training_facts import read_training_facts
from ultrasam.weights import read_checkpoint, resolve
from ultrasam.weights.registry import find_entry


def refused(*overrides, recipe=None):
    with pytest.raises(InputError) as error:
        read_recipe(recipe, overrides=overrides)
    message = str(error.value)
    assert "\n" not in message
    return message


@pytest.mark.parametrize("name", recipe_names())
def test_packaged_recipes_load_and_say_their_names(name):
    recipe = read_recipe(name)
    assert recipe.name == name
    assert find_entry(recipe.model.weights) is not None


@pytest.mark.parametrize("name", [None, *recipe_names()])
def test_a_recipe_written_is_the_recipe_read(name, tmp_path):
    recipe = read_recipe(name, overrides=["data.folders=[a, 'b: c', ä]", "data.weights={X: 0.1}", "optimiser.lr=1e-5"])
    path = tmp_path / "recipe.yaml"
    path.write_text(recipe.to_yaml(), encoding="utf-8")
    assert read_recipe(path) == recipe
    assert set(yaml.safe_load(recipe.to_yaml())) == set(Recipe.model_fields)


def test_the_official_recipe_has_the_published_numbers():
    recipe = read_recipe("official")
    assert (recipe.model.weights, recipe.model.input_size) == ("sam-vit-b", 1024)
    assert (recipe.trainable.what, recipe.trainable.frozen_stages) == ("all", 0)
    prompts = recipe.prompts
    assert prompts.first == {"random_point": 0.5, "jittered_box": 0.5}
    assert prompts.jitter == (0.05, 0.05)
    assert (prompts.rounds, prompts.next) == (2, {"mask": 1})
    assert recipe.augmentation == AugmentationSettings.published()
    loss = recipe.loss
    assert (loss.focal, loss.dice, loss.iou, loss.gamma, loss.alpha) == (20, 1, 1, 2, 0.25)
    assert (loss.which, loss.overlap, loss.boundary, loss.stride) == ("best", "dice", 0, 4)
    optimiser = recipe.optimiser
    assert (optimiser.lr, optimiser.weight_decay, optimiser.clip) == (1e-4, 1e-4, 0.1)
    assert (optimiser.encoder_lr_factor, optimiser.layer_decay) == (1, 1)
    assert (optimiser.warmup_steps, optimiser.schedule, optimiser.milestones) == (500, "steps", (20_000, 28_888))
    assert (recipe.run.steps, recipe.run.accumulate, recipe.data.images) == (30_000, 1, 8)
    assert recipe.run.ema == 0


def test_the_tiny_recipe_never_sees_its_test_set():
    assert "BUSI" in read_recipe("ultrasam-tiny").data.leave_out


def test_the_tiny_recipe_is_what_made_the_weights_of_its_name():
    used = Recipe.model_validate(read_training_facts(read_checkpoint(resolve("ultrasam-tiny")).metadata).recipe)
    # Where the data lie, how many processes read them and how often a checkpoint is written is the machine's business.
    data = used.data.model_copy(update={"folders": (), "workers": 8})
    run = used.run.model_copy(update={"save_every_minutes": 5.0})
    assert used.model_copy(update={"data": data, "run": run}) == read_recipe("ultrasam-tiny")


def test_values_are_replaced_by_path():
    recipe = read_recipe(
        "official",
        overrides=[
            "run.steps=7",
            "optimiser.lr=1e-3",
            "optimiser.milestones=[3, 5]",
            "model.input_size=null",
            "data.weights.BUS-BRA=2",
            "data.weights.MMOTU_2d=0.5",
            "prompts.first={box: 1}",
            "augmentation.horizontal_flip.probability=0",
            " name = a = b",
        ],
    )
    assert recipe.run.steps == 7
    assert recipe.run.precision == "bf16-mixed"
    assert recipe.optimiser.lr == 0.001
    assert recipe.optimiser.milestones == (3, 5)
    assert recipe.model.input_size is None
    assert recipe.data.weights == {"BUS-BRA": 2, "MMOTU_2d": 0.5}
    assert recipe.prompts.first == {"box": 1}
    assert recipe.augmentation == AugmentationSettings.nothing()
    assert recipe.name == "a = b"


def test_later_overrides_win_and_leave_the_packaged_recipe_alone():
    assert read_recipe("official", overrides=["run.steps=1", "run.steps=2"]).run.steps == 2
    assert read_recipe("official").run.steps == 30_000


def test_one_entry_of_a_mixture_is_replaced_and_the_others_stay():
    defaults = Recipe().prompts
    recipe = read_recipe(overrides=["prompts.next.click=0.3", "prompts.next.mask=0"])
    assert recipe.prompts.next == {**defaults.next, "click": 0.3, "mask": 0}
    assert recipe.prompts.first == defaults.first
    official = read_recipe("official", overrides=["prompts.first.box=2", "prompts.next.click=1"])
    assert official.prompts.first == {"random_point": 0.5, "jittered_box": 0.5, "box": 2}
    assert official.prompts.next == {"mask": 1, "click": 1}
    both = read_recipe(overrides=["prompts.first={box: 1}", "prompts.first.random_point=1"])
    assert both.prompts.first == {"box": 1, "random_point": 1}
    assert Recipe().prompts == defaults


def test_what_an_override_does_not_name_is_not_set():
    assert read_recipe(overrides=["augmentation.speckle.probability=0.1"]).augmentation.model_fields_set == {"speckle"}


def test_validations_come_every_few_steps_and_after_the_last():
    run = read_recipe(overrides=["run.steps=7", "run.validate_every=3"]).run
    assert [step for step in range(1, 8) if run.validates_after(step)] == [3, 6, 7]


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("run.seed=4294967296", r"run\.seed: Input should be less than or equal to 4294967295"),
        (
            "optimiser.schedule=steps",
            r"Expected milestones with the schedule \"steps\" and with no other, but got \(\)",
        ),
        ("optimiser.milestones=[3]", r"and with no other, but got \(3,\) with \"cosine\"\.$"),
        ("run.steps=abc", r"Expected a recipe in the given values, but run\.steps: Input should be a valid integer"),
        ("run.steps=abc", r"\(got abc\)\.$"),
        ("run.steps=0", r"run\.steps: Input should be greater than or equal to 1 \(got 0\)"),
        ("run.stesp=3", r"run\.stesp: Extra inputs are not permitted \(got 3\)"),
        ("runs.steps=3", r"runs: Extra inputs are not permitted"),
        ("run=3", r"run: Input should be a valid dictionary or instance of RunSettings \(got 3\)"),
        ("run.precision=16", r"run\.precision: Input should be '32-true' or 'bf16-mixed' \(got 16\)"),
        ("run.accelerator=tpu", r"run\.accelerator: Input should be 'auto', 'cpu', 'gpu' or 'mps' \(got tpu\)"),
        ("data.leave_out=BUSI", r"data\.leave_out: Input should be a valid tuple \(got BUSI\)"),
        ("data.weights.A=0", r"data\.weights\.A: Input should be greater than 0 \(got 0\)"),
        ("model.input_size=1000", r"model\.input_size: Input should be a multiple of 64 \(got 1000\)"),
        ("optimiser.lr=.inf", r"optimiser\.lr: Input should be a finite number \(got inf\)"),
        ("optimiser.betas=[0.9, 1]", r"optimiser\.betas\.1: Input should be less than 1 \(got 1\)"),
        ("prompts.jitter=[0.2, 0.1]", r"prompts\.jitter: Expected \[low, high\] with .*, but got \(0\.2, 0\.1\)\.$"),
        ("prompts.next={}", r"prompts: Expected a kind with a weight above 0 in next, but got none\.$"),
        ("run.steps", r"Expected an override as name\.name=value, but got 'run\.steps'"),
        ("=3", r"Expected an override as name\.name=value, but got '=3'"),
        ("run..steps=3", r"Expected an override as name\.name=value"),
        ("run.steps=[1", r"Expected a value in YAML in 'run\.steps=\[1', but it cannot be read: .*expected"),
    ],
)
def test_a_wrong_override_is_one_line_with_path_and_problem(override, message):
    assert re.search(message, refused(override))


def test_names_under_a_value_are_refused():
    assert "Expected names under name to replace name.x, but it is a value: 'official'" in refused(
        "name.x=1", recipe="official"
    )


def test_many_problems_are_counted():
    message = refused(*[f"run.unknown{i}=1" for i in range(5)])
    assert message.count("Extra inputs") == 3
    assert message.endswith("; and 2 more.")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"run: {steps: 3", r"Expected YAML in own\.yaml, but it cannot be read: .*expected"),
        (b"- 1\n- 2\n", r"Expected names and values in own\.yaml, but got list"),
        (b"[]", r"Expected names and values in own\.yaml, but got list"),
        (b"\xff\xfe\x00", r"Expected YAML in own\.yaml, but it cannot be read"),
        (b"run: {steps: many}", r"Expected a recipe in own\.yaml, but run\.steps: .*\(got many\)"),
        (b"run:\n", r"run: Input should be a valid dictionary"),
        (b"!!python/object/apply:os.getcwd []", r"Expected YAML in own\.yaml, but it cannot be read: could not"),
    ],
)
def test_a_wrong_file_is_one_line_with_its_name(content, message, tmp_path):
    path = tmp_path / "own.yaml"
    path.write_bytes(content)
    assert re.search(message, refused(recipe=path))


def test_an_empty_file_has_all_defaults(tmp_path):
    path = tmp_path / "own.yaml"
    path.write_text("# nothing\n")
    assert read_recipe(path) == read_recipe() == Recipe()
    assert read_recipe(str(path)) == Recipe()


def test_an_unknown_recipe_is_told_with_the_known_ones():
    assert "one of the recipes official, ultrasam-tiny or a YAML file, but got 'offical'" in refused(recipe="offical")


def test_a_recipe_cannot_be_changed():
    with pytest.raises(ValueError, match="frozen"):
        Recipe().run.steps = 3


# Every setting is explained.


def settings_classes(model=Recipe):
    """All models that a recipe is made of."""
    yield model
    for field in model.model_fields.values():
        for kind in (field.annotation, *get_args(field.annotation)):
            if inspect.isclass(kind) and issubclass(kind, Settings):
                yield from settings_classes(kind)


def explained(model):
    """Names under Attributes in a docstring, or with a ``#:`` comment above, there or in a base class."""
    names = set()
    for base in model.__mro__:
        if not (issubclass(base, Settings) and base is not Settings):
            continue
        attributes = (inspect.getdoc(base) or "").partition("Attributes:\n")[2]
        names |= set(re.findall(r"^    (\w+): \S", attributes, re.MULTILINE))
        names |= set(re.findall(r"^    #:.*\n(?:    #.*\n)*    (\w+):", inspect.getsource(base), re.MULTILINE))
    return names


@pytest.mark.parametrize("model", settings_classes(), ids=lambda model: model.__name__)
def test_every_setting_is_explained_and_has_a_default(model):
    if model is not AugmentationSettings:  # each of its fields is a class with a docstring of its own
        assert set(model.model_fields) <= explained(model)
    assert model() == model.model_validate({})
    assert model.__doc__ != Settings.__doc__


def test_all_classes_are_walked():
    names = {model.__name__ for model in settings_classes()}
    assert {"Recipe", "DataSettings", "PromptSettings", "Speckle", "TrainableSettings"} <= names
