"""What a run leaves behind, whatever is trained."""

from __future__ import annotations

import os
import signal

import numpy as np
import pytest
import torch
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

import ultrasam
from tests.inference.small_finetuned import write_finetuned
from tests.training.made_runs import SIZE, last, lines, make_place, same
from ultrasam.errors import InputError, TrainingError
from ultrasam.modeling.sam import Sam
from ultrasam.training import module, read_recipe, running, train
from ultrasam.training.callbacks import stopping
from ultrasam.weights import load_network, read_checkpoint


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return make_place(tmp_path_factory.mktemp("place"))


@pytest.fixture(scope="module")
def averaged(place, tmp_path_factory):
    """A run with a moving average, and what was told of it."""
    told = []
    folder = tmp_path_factory.mktemp("averaged")
    recipe = place.recipe("run.ema=0.9", "run.steps=3", "run.validate_every=3")
    return train(recipe, folder, on_progress=told.append), told


def test_the_best_weights_are_the_average(averaged):
    result, _ = averaged
    assert (result.best_step, result.weights) == (3, result.folder / "model.safetensors")
    weights = read_checkpoint(result.weights).state_dict
    average = last(result.folder)["callbacks"]["WeightAverage"]["average"]
    for name, value in average.items():
        assert torch.equal(weights[name.removeprefix("network.")], value), name
    own = last(result.folder)["state_dict"]
    assert any(not torch.equal(own[name], value) for name, value in average.items())


def test_the_best_weights_are_a_whole_model(averaged):
    result, _ = averaged
    checkpoint = read_checkpoint(result.weights)
    assert checkpoint.input_size == SIZE
    assert checkpoint.metadata["training_data"]
    card = (result.folder / "MODEL_CARD.md").read_text()
    assert f"{result.best['val/dice']:.3f}" in card
    model = ultrasam.load(result.weights)
    found = model.embed(np.full((96, 128), 80, np.uint8)).segment(box_xyxy=(20, 20, 60, 60))
    assert found.mask.shape == (96, 128)


def test_weights_that_answer_by_themselves_are_refused_before_anything_is_trained(place, tmp_path):
    weights = write_finetuned(tmp_path / "tuned.safetensors", "semantic", initial="mobile-sam")
    with pytest.raises(InputError, match=r"fine-tuned .*\(semantic\): give those .*\(mobile-sam\)"):
        train(place.recipe(f"model.weights={weights}"), tmp_path / "x")
    assert not (tmp_path / "x/last.ckpt").exists()


def test_the_best_of_several_validations_is_kept(place, tmp_path, monkeypatch):
    found = iter([0.5, 0.8, 0.6, 0.8])
    validate = module.PromptedSegmentation.on_validation_epoch_end

    def made_up(self):
        validate(self)
        self.log(module.VAL_DICE, next(found))

    monkeypatch.setattr(module.PromptedSegmentation, "log_dict", lambda self, values, **options: None)
    monkeypatch.setattr(module.PromptedSegmentation, "on_validation_epoch_end", made_up)
    written = {}

    def note(progress):
        if progress.validated and (tmp_path / "model.safetensors").exists():
            written[progress.step] = (tmp_path / "model.safetensors").stat().st_mtime_ns

    result = train(place.recipe("run.validate_every=1"), tmp_path, on_progress=note)
    assert (result.best_step, result.best["val/dice"]) == (2, pytest.approx(0.8))
    # The history tells of a validation before the weights are written.
    assert list(written) == [2, 3, 4]
    assert written[2] < written[3] == written[4] == result.weights.stat().st_mtime_ns


def test_progress_is_told(averaged):
    _, told = averaged
    assert [(progress.step, progress.validated) for progress in told] == [(1, False), (2, False), (3, False), (3, True)]
    assert all(progress.steps == 3 and progress.images_per_second > 0 for progress in told)
    assert {"loss", "val/dice", "val/box/made"} <= told[-1].values.keys()


def test_the_history_has_losses_and_validations(averaged):
    result, told = averaged
    found = lines(result.folder)
    assert [line["step"] for line in found] == [1, 2, 3, 3]
    assert found[-1]["val/dice"] == told[-1].values["val/dice"] == result.best["val/dice"]
    kinds = [found[-1][f"val/{kind}"] for kind in ("box", "interior_point", "shifted_box")]
    assert np.mean(kinds) == pytest.approx(found[-1]["val/dice"], abs=1e-6)


def test_tensorboard_has_curves_and_pictures(averaged):
    result, _ = averaged
    events = EventAccumulator(str(result.folder / "tensorboard"))
    events.Reload()
    assert [event.step for event in events.Scalars("val/dice")] == [3]
    assert {"train/loss", "train/focal", "train/overlap", "train/iou"} <= set(events.Tags()["scalars"])
    # All images of the only data set.
    assert sorted(tag.partition("/")[0] for tag in events.Tags()["images"]) == ["made"] * 3


@pytest.fixture
def ctrl_c():
    """Ctrl-C as in a terminal, also where the tests run in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_the_first_ctrl_c_ends_after_the_step(place, tmp_path, ctrl_c):
    result = train(place.recipe(), tmp_path, on_progress=lambda progress: os.kill(os.getpid(), signal.SIGINT))
    assert (result.step, result.interrupted) == (1, True)
    assert last(tmp_path)["global_step"] == 1
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_the_second_ctrl_c_ends_at_once(place, tmp_path, ctrl_c):

    def twice(progress):
        if progress.step == 3:
            os.kill(os.getpid(), signal.SIGINT)
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        train(place.recipe(), tmp_path, on_progress=twice)
    assert last(tmp_path)["global_step"] == 2
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert train(place.recipe(), tmp_path).stopped is None


def break_embeddings(monkeypatch, breaking):
    """Change the embeddings of the fourth step."""
    embed = module.PromptedSegmentation.embeddings

    def broken(self, batch):
        found = embed(self, batch)
        return breaking(found) if self.global_step == 3 and self.training else found

    monkeypatch.setattr(module.PromptedSegmentation, "embeddings", broken)


@pytest.mark.parametrize(
    ("what", "breaking"),
    [("loss", lambda found: found * torch.nan), ("gradient", lambda found: found + (0 * found).sqrt())],
)
def test_what_is_no_number_ends_the_run(place, tmp_path, monkeypatch, what, breaking):
    break_embeddings(monkeypatch, breaking)
    with pytest.raises(TrainingError, match=f"finite {what}, but got nan at step 3 with made/"):
        train(place.recipe("optimiser.clip=0"), tmp_path)
    (batch,) = torch.load(tmp_path / "batches-of-step-3-process-0.pt", weights_only=True)
    assert len(batch["names"]) == len(batch["images"]) == 2
    assert batch["position"] == 6
    good = last(tmp_path)
    assert good["global_step"] == 2
    assert all(value.isfinite().all() for value in good["state_dict"].values())
    monkeypatch.undo()
    assert train(place.recipe("optimiser.clip=0"), tmp_path).stopped is None


def test_all_batches_of_a_step_are_saved(place, tmp_path, monkeypatch):
    break_embeddings(monkeypatch, lambda found: found + (0 * found).sqrt())
    with pytest.raises(TrainingError, match="finite gradient"):
        train(place.recipe("optimiser.clip=0", "run.accumulate=2"), tmp_path)
    batches = torch.load(tmp_path / "batches-of-step-3-process-0.pt", weights_only=True)
    assert [batch["position"] for batch in batches] == [12, 14]


@pytest.mark.parametrize("what", ["all", "lora", "adapters"])
def test_what_is_trained(place, tmp_path, what):
    recipe = place.recipe(f"trainable.what={what}", "trainable.lora_rank=2", "trainable.adapter_dim=4", "run.steps=2")
    result = train(recipe, tmp_path)
    initial, trained = load_network(place.weights)[0].state_dict(), load_network(result.weights)[0].state_dict()
    assert (initial.keys() == trained.keys()) == (what != "adapters")
    changed = {name for name, value in initial.items() if not torch.equal(value, trained[name])}
    assert any(name.startswith("mask_decoder") for name in changed)
    encoder = {name for name in changed if name.startswith("image_encoder")}
    if what == "adapters":
        assert not encoder
    if what == "lora":
        assert encoder
        assert all(name.endswith("qkv.weight") for name in encoder)


def test_the_first_weights_of_updates_hang_on_the_seed(place, tmp_path):
    options = ("trainable.what=lora", "run.steps=1", "run.validate_every=1")
    folders = [tmp_path / name for name in ("first", "second", "other")]
    for folder, seed in zip(folders, (0, 0, 1), strict=True):
        torch.manual_seed(len(folder.name))
        train(place.recipe(*options, f"run.seed={seed}"), folder)
    first, second, other = (last(folder)["state_dict"] for folder in folders)
    assert same(first, second)
    assert not same(first, other)


def test_half_precision_keeps_whole_weights(place, tmp_path):
    result = train(place.recipe("run.precision=bf16-mixed", "run.steps=2"), tmp_path)
    assert all(value.dtype == torch.float32 for name, value in last(tmp_path)["state_dict"].items() if "weight" in name)
    assert np.isfinite([line["loss"] for line in lines(tmp_path) if "loss" in line]).all()
    assert result.best_step == 2


def test_a_frozen_encoder_is_asked_once(place, tmp_path, monkeypatch):
    monkeypatch.setenv("ULTRASAM_CACHE", str(tmp_path / "cache"))
    asked = []
    encode = Sam.encode_image
    monkeypatch.setattr(Sam, "encode_image", lambda self, images: asked.append(len(images)) or encode(self, images))
    recipe = place.recipe("trainable.what=decoder")
    told = []
    result = train(recipe, tmp_path / "run", on_embedding=lambda done, of: told.append((done, of)))
    assert asked == [1] * 7, "four images to train on and three to validate with"
    assert told == [(done, 7) for done in range(1, 8)]
    first = lines(tmp_path / "run")
    train(recipe, tmp_path / "run", restart=True)
    assert len(asked) == 7
    assert lines(tmp_path / "run") == first
    initial, trained = load_network(place.weights)[0].state_dict(), load_network(result.weights)[0].state_dict()
    changed = {name.partition(".")[0] for name, value in initial.items() if not torch.equal(value, trained[name])}
    assert changed == {"prompt_encoder", "mask_decoder"}


def test_what_has_no_effect_is_told_once(place, tmp_path, monkeypatch, caplog):
    monkeypatch.setenv("ULTRASAM_CACHE", str(tmp_path / "cache"))
    train(place.recipe("trainable.what=decoder", "optimiser.layer_decay=0.9"), tmp_path / "run", max_seconds=0)
    assert caplog.messages == ["Without effect, as the image encoder is frozen: optimiser.layer_decay."]


def test_the_time_is_that_of_the_call(place, tmp_path, monkeypatch):
    """An hour for the images' embeddings leaves none for training."""
    clock = [0.0]
    monkeypatch.setenv("ULTRASAM_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(running, "monotonic", lambda: clock[0])
    monkeypatch.setattr(stopping, "monotonic", lambda: clock[0])

    def embedded(done, of):
        clock[0] += 3600 / of

    recipe = place.recipe("trainable.what=decoder")
    assert train(recipe, tmp_path / "run", max_seconds=3500, on_embedding=embedded).step == 1
    assert train(recipe, tmp_path / "run", max_seconds=3500).step == 4


def test_no_room_for_embeddings(place, tmp_path):
    with pytest.raises(InputError, match="raise it, or take fewer images"):
        train(place.recipe("trainable.what=decoder", "data.cache_gb=0.000001"), tmp_path)


def test_workers_change_no_number(place, tmp_path):
    train(place.recipe(), tmp_path / "none")
    train(place.recipe("data.workers=2"), tmp_path / "two")
    assert lines(tmp_path / "none") == lines(tmp_path / "two")
    assert same(last(tmp_path / "none")["state_dict"], last(tmp_path / "two")["state_dict"])


def test_fewer_validation_images_than_devices_are_refused(place, tmp_path):
    with pytest.raises(InputError, match="validation image for each of 4 devices, but got 3"):
        train(place.recipe("run.devices=4"), tmp_path)


def test_data_are_needed(tmp_path):
    with pytest.raises(InputError, match="data to train on"):
        train(read_recipe(), tmp_path)
