"""Facts of a training run that never was."""

from __future__ import annotations

from dataclasses import replace

from ultrasam.training.provenance import DataFacts, InitialWeights
from ultrasam.training.training_facts import TrainingFacts

HOSTILE = 'a|b\n<script> *x* _y_ [z](http://x) `c` "d": é'


def made_facts(**changes) -> TrainingFacts:
    """Two data sets, initial weights and scores."""
    heads = DataFacts(
        "HEADS", "Fetal heads", "fetal head", "CC BY 4.0", "Head et al., 2018", "train", 814, 815, "a" * 64
    )
    hearts = DataFacts("HEARTS", "Hearts", "heart, vessel", "CC BY-NC-SA 4.0", "", "train", 1200, 3600, "b" * 64)
    facts = TrainingFacts(
        title="A small model",
        day="2025-01-31",
        data=(heads, hearts),
        validation=(replace(heads, split="val", images=35, instances=35),),
        recipe={"optimiser": {"lr": 1e-4}, "prompts": {"first": ["box", "random_point"]}},
        steps=12_000,
        samples=48_000,
        initial=InitialWeights("mobile-sam", "d" * 64, "Apache-2.0", "1 % of SA-1B", "Zhang et al., 2023"),
        metrics={"Dice, box": 0.91234, "Dice, point": 0.7},
        protocol="the first answer to one prompt",
        commit="c" * 40,
        versions={"ultrasam": "0.1.0", "torch": "2.13.0"},
        citations=("Us et al., 2025",),
        origin="https://example.org",
    )
    return replace(facts, **changes)
