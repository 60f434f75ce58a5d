"""A model card (Mitchell et al. 2019) in the Hugging Face hub's form, from what a weights file says about itself."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import yaml

from ultrasam.corpus.cards.licences import OWN_LICENCE, hub_licence, short_name
from ultrasam.corpus.coco.splits import ALL
from ultrasam.corpus.markdown import bullets, escape
from ultrasam.evaluation.report.grid import Grid, Row
from ultrasam.evaluation.report.markdown import markdown_table
from ultrasam.files import written_whole
from ultrasam.modeling.config import TinyViTConfig
from ultrasam.training.card_words import CardWords, card_words
from ultrasam.training.provenance import DataFacts
from ultrasam.training.training_facts import TrainingFacts, read_training_facts
from ultrasam.weights import Checkpoint, read_checkpoint

_TAGS = ("ultrasound", "medical")
#: Added to what the weights say themselves: the method that all of them follow.
_SAM = "Kirillov et al., Segment Anything, ICCV 2023, arXiv:2304.02643"


def model_card(checkpoint: Checkpoint, file: str = "model.safetensors") -> str:
    """The card of weights that ultrasam trained, as Markdown with the hub's YAML front matter.

    Args:
        checkpoint: the weights, as read from their file.
        file: the file's name, for the examples.

    Raises:
        WeightsError: the weights do not tell how they were trained.
    """
    facts = read_training_facts(checkpoint.metadata)
    licence, words = facts.licence, card_words(checkpoint.task)
    parts = [
        _front_matter(facts, licence, words),
        f"# {escape(facts.title)}",
        _what_it_is(facts, checkpoint, words),
        f"## Intended use\n\n{words.use}",
        _how_to_use(file, words),
        "## Training data",
        *_training_data(facts),
        "## Training",
        *_training(facts, checkpoint),
        *_results(facts),
        "## Limitations",
        _limitations(facts, checkpoint, words),
        "## Licence",
        _licence(licence),
        "## Citation",
        bullets([*facts.all_citations, *([] if any("2304.02643" in text for text in facts.all_citations) else [_SAM])]),
    ]
    return "\n\n".join(parts) + "\n"


def write_model_card(path: str | os.PathLike[str], weights: str | os.PathLike[str]) -> None:
    """Write the card of a weights file.

    Args:
        path: the file to write, ``MODEL_CARD.md``, or ``README.md`` for the hub.
        weights: the safetensors file.

    Raises:
        WeightsError: the file cannot be read, or does not tell how it was trained.
    """
    text = model_card(read_checkpoint(weights), Path(weights).name)
    with written_whole(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def _front_matter(facts: TrainingFacts, licence: str, words: CardWords) -> str:
    identifier, name = hub_licence(licence)
    values = {
        "license": identifier,
        **({"license_name": name} if name else {}),
        "library_name": "ultrasam",
        "pipeline_tag": words.pipeline_tag,
        "tags": [*_TAGS, *words.tags],
        "datasets": [entry.name for entry in facts.data],
    }
    return f"---\n{yaml.safe_dump(values, sort_keys=False, allow_unicode=True)}---"


def _what_it_is(facts: TrainingFacts, checkpoint: Checkpoint, words: CardWords) -> str:
    encoder = "TinyViT" if isinstance(checkpoint.config.encoder, TinyViTConfig) else "ViT"
    began = "random weights" if facts.initial is None else facts.initial.name
    side = checkpoint.input_size
    return (
        f"A network that {words.what}: Segment Anything's design with a {encoder} image encoder, "
        f"{checkpoint.parameter_count / 1e6:.1f} million values, "
        f"input {side} × {side} px, trained from {escape(began)} on ultrasound images of "
        f"{escape(_and(_anatomies(facts.data)) or 'several organs')}."
    )


def _how_to_use(file: str, words: CardWords) -> str:
    return f"""## How to use

```python
import ultrasam

model = ultrasam.load("{file}")
{words.python}
```

```sh
pip install ultrasam
{words.command.format(file=file)}
```"""


def _training_data(facts: TrainingFacts) -> list[str]:
    rows = [
        Row.of(e.name, e.title, e.anatomy, e.split, f"{e.images:,}", f"{e.instances:,}", e.licence) for e in facts.data
    ]
    images, instances = (sum(getattr(entry, name) for entry in facts.data) for name in ("images", "instances"))
    rows.append(Row.of("all", "", "", "", f"{images:,}", f"{instances:,}", "", total=True))
    columns = ("data set", "what", "anatomy", "split", "images", "objects", "licence")
    parts = [markdown_table(Grid("", columns, "llllrrl", tuple(rows)))]
    if facts.initial is not None:
        parts.append(
            f"The weights that training began with, {escape(facts.initial.name)} (SHA-256 "
            f"{facts.initial.sha256[:12]}), had seen {escape(facts.initial.training_data)}."
        )
    return parts


def _training(facts: TrainingFacts, checkpoint: Checkpoint) -> list[str]:
    lines = [
        f"{facts.steps:,} optimiser steps, {facts.samples:,} images seen (each as often as it came)",
        f"input {checkpoint.input_size} × {checkpoint.input_size} px, pipeline {checkpoint.pipeline}",
        f"finished {facts.day} (UTC) with {', '.join(f'{name} {v}' for name, v in facts.versions.items())}",
        f"code: {facts.commit or 'commit not known'}",
    ]
    recipe = yaml.safe_dump(dict(facts.recipe), sort_keys=False, allow_unicode=True, width=100)
    return [bullets(lines), "All settings: what was trained, prompts, loss, augmentation, learning rate:"] + (
        [f"```yaml\n{recipe}```"] if facts.recipe else ["not recorded"]
    )


def _results(facts: TrainingFacts) -> list[str]:
    if not facts.metrics:
        return []
    rows = tuple(Row.of(name, f"{value:.3f}") for name, value in facts.metrics.items())
    images = sum(entry.images for entry in facts.validation)
    names = escape(_and([entry.name for entry in facts.validation]))
    is_apart = not any(_overlap(seen, asked) for seen in facts.data for asked in facts.validation)
    what = f" The validation images are {images:,} of {names}{', none of them trained on' if is_apart else ''}."
    return [
        "## Results on validation images",
        f"How they were measured: {escape(facts.protocol) or 'not recorded'}.{what if images else ''}",
        markdown_table(Grid("", ("metric", "value"), "lr", rows)),
        "The weights may have been chosen by these numbers, which makes them a little too good. Measure anew, on "
        "images of your own, with `ultrasam evaluate`.",
    ]


def _overlap(first: DataFacts, second: DataFacts) -> bool:
    splits = {first.split, second.split}
    return first.name == second.name and (len(splits) == 1 or ALL in splits)


def _limitations(facts: TrainingFacts, checkpoint: Checkpoint, words: CardWords) -> str:
    return bullets(
        [
            f"It has been trained on {escape(_and(_anatomies(facts.data)) or 'the data above')}; other anatomy, other "
            "machines and other settings of them may give worse answers.",
            f"Images are resized to a longest side of {checkpoint.input_size} px.",
            *words.limits,
            "Whether it works equally well for people of any age, sex, build and origin was not measured.",
        ]
    )


def _licence(licence: str) -> str:
    name = short_name(licence)
    why = licence.removeprefix(name)
    return (
        f"Of these weights: **{escape(name)}**{' ' if why.startswith(' ') else ''}{escape(why)}.\n\n"
        f"The code is {OWN_LICENCE}. The weights carry the strictest licence among those of the data and of the "
        "weights that training began with. Whether a licence of images binds what was learned from them is disputed; "
        "this is the cautious answer, and no legal advice. Where a licence is unclear, ask the data set's publisher "
        "before you use the weights for anything but research."
    )


def _anatomies(data: Sequence[DataFacts]) -> list[str]:
    return list(dict.fromkeys(part.strip() for entry in data for part in entry.anatomy.split(",") if part.strip()))


def _and(words: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))
