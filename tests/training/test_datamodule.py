from __future__ import annotations

import os
import signal
from itertools import islice
from types import SimpleNamespace

import pytest
import torch

from tests.evaluation.made_data import make_folder
from ultrasam.corpus import CocoFolder
from ultrasam.inference.pipelines import SamPipeline
from ultrasam.training.datamodule import CorpusData
from ultrasam.training.dataset import AnnotatedImage, Preparation
from ultrasam.training.recipe import Recipe

RECIPE = {"data": {"images": 2, "objects": 2, "val_objects": 1}, "run": {"accumulate": 3, "seed": 1}}


@pytest.fixture(scope="module")
def entries(tmp_path_factory):
    folder = make_folder(tmp_path_factory.mktemp("made"), images=7)
    return [AnnotatedImage(image, "made", 0) for image in CocoFolder.read(folder).images]


def data(entries, *, workers=0, rank=0, world_size=1, step=0):
    recipe = Recipe.model_validate({**RECIPE, "data": {**RECIPE["data"], "workers": workers}})
    preparation = Preparation(SamPipeline(), 64, 4)
    module = CorpusData(recipe, preparation, entries, [1.0] * 7, entries)
    module.trainer = SimpleNamespace(global_rank=rank, world_size=world_size, global_step=step)
    return module


def batches(entries, count, **options):
    return list(islice(data(entries, **options).train_dataloader(), count))


def assert_same(a, b):
    assert (a.names, a.position) == (b.names, b.position)
    for one, other in zip(a.images, b.images, strict=True):
        assert torch.equal(one, other)
    for name in ("truths", "draws", "groups"):
        assert torch.equal(getattr(a, name), getattr(b, name))
    assert torch.equal(a.prompts.points_xy, b.prompts.points_xy)
    assert torch.equal(a.prompts.labels, b.prompts.labels)


def test_training_begins_where_the_run_stands(entries):
    """After two steps of three batches each, the seventh batch comes."""
    for after, expected in zip(batches(entries, 2, step=2), batches(entries, 8)[6:], strict=True):
        assert_same(after, expected)


def test_two_processes_see_what_one_would(entries):
    alone = [name for batch in batches(entries, 4) for name in batch.names]
    first, second = (batches(entries, 2, rank=rank, world_size=2) for rank in (0, 1))
    assert [batch.position for batch in first] == [0, 4]
    assert [batch.position for batch in second] == [1, 5]
    parts = [[name for batch in part for name in batch.names] for part in (first, second)]
    assert [name for pair in zip(*parts, strict=True) for name in pair] == alone
    assert [batch.position for batch in batches(entries, 1, rank=1, world_size=2, step=1)] == [13]


def test_workers_change_nothing(entries):
    for with_workers, without in zip(batches(entries, 5, workers=2), batches(entries, 5), strict=True):
        assert_same(with_workers, without)


def test_workers_work_on_after_ctrl_c(entries):
    for loader in (data(entries, workers=2).train_dataloader(), data(entries, workers=2).val_dataloader()):
        batches = iter(loader)
        # One from each worker: both have begun.
        assert len(list(islice(batches, 2))) == 2
        for worker in batches._workers:
            os.kill(worker.pid, signal.SIGINT)
        assert len(list(islice(batches, 2))) == 2


def test_only_training_keeps_its_workers(entries):
    module = data(entries, workers=1)
    assert module.train_dataloader().persistent_workers
    assert not module.val_dataloader().persistent_workers


def test_validation_images_are_shared_among_processes(entries):
    parts = [
        [name for batch in data(entries, rank=rank, world_size=2).val_dataloader() for name in batch.names]
        for rank in (0, 1)
    ]
    assert [len(part) for part in parts] == [4, 3]
    assert sorted(parts[0] + parts[1]) == [f"made/{number}.png" for number in range(1, 8)]


def test_without_a_trainer_it_is_one_process_at_the_start(entries):
    module = data(entries)
    module.trainer = None
    assert next(iter(module.train_dataloader())).position == 0
    assert sum(len(batch) for batch in module.val_dataloader()) == 7
