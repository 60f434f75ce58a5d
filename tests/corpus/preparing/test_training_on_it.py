"""What is converted is what training reads: through the recipe, the corpus and the data module."""

from itertools import islice
from types import SimpleNamespace

import numpy as np

from tests.corpus.converters.made import block, picture, texture
from tests.corpus.preparing.made_busi import made_busi
from ultrasam.corpus.cards.catalogue import find_card
from ultrasam.corpus.preparing import Options, prepare
from ultrasam.corpus.splitting import SplitSettings
from ultrasam.inference.pipelines import SamPipeline
from ultrasam.training import read_recipe
from ultrasam.training.corpus import read_corpus
from ultrasam.training.datamodule import CorpusData
from ultrasam.training.dataset import Preparation, load_sample


def test_a_converted_set_reaches_the_network(tmp_path):
    source = made_busi(tmp_path / "source")
    for number in range(3, 12):
        picture(source / f"malignant/malignant ({number}).png", texture(seed=number))
        picture(source / f"malignant/malignant ({number})_mask.png", block(columns=slice(4, 4 + number)))
    report = prepare(find_card("BUSI"), source, tmp_path / "corpus", Options(split=SplitSettings(val=0.2, test=0.1)))
    recipe = read_recipe(overrides=[f"data.folders=[{tmp_path / 'corpus'}]", "data.images=2", "data.objects=1"])
    corpus = read_corpus(recipe.data, seed=0)
    assert corpus.left_out == ()
    assert 0 < len(corpus.val) <= report.splits["val"]
    assert 0 < len(corpus.train) <= report.splits["train"]
    for entry in corpus.train:
        image, instances = entry.image, entry.image.instances
        masks = load_sample(image, instances).masks
        assert [int(mask.sum()) for mask in np.asarray(masks)] == [int(i.mask().sum()) for i in instances]
    data = CorpusData(recipe, Preparation(SamPipeline(), 64, 4), corpus.train, [1.0] * len(corpus.train), corpus.val)
    data.trainer = SimpleNamespace(global_rank=0, world_size=1, global_step=0)
    [batch] = islice(data.train_dataloader(), 1)
    assert len(batch.images) == 2
    assert batch.truths.any()
