"""What the Hugging Face hub wants to know about a data set, in YAML before the text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ultrasam.corpus.cards.data_terms import hub_licence_of_data
from ultrasam.corpus.cards.described import Described
from ultrasam.corpus.cards.taxonomy import taxonomy

_TAGS = ("ultrasound", "medical", "segmentation", "coco")
_SIZES = ("1K", "10K", "100K", "1M", "10M", "100M")


def front_matter(itself: Described, sources: Sequence[Described], document: Mapping[str, Any]) -> str:
    """The front matter, with the lines that enclose it.

    Args:
        itself: what the card is of.
        sources: the data sets in it.
        document: its COCO file.
    """
    # Takes half a second, which other commands need not wait for.
    from huggingface_hub import DatasetCardData

    identifier, name = hub_licence_of_data({source.name: source.licence for source in sources})
    data = DatasetCardData(
        pretty_name=itself.title,
        license=identifier,
        license_name=name,
        task_categories=["image-segmentation"],
        tags=[*_TAGS, *_organs(itself, document)],
        size_categories=[_size(len(document["images"]))],
    )
    return f"---\n{data.to_yaml()}\n---"


def _organs(itself: Described, document: Mapping[str, Any]) -> list[str]:
    organ_of = taxonomy().organ_of
    organs = (organ_of.get(itself.structure(category) or "") for category in document["categories"])
    return sorted({organ.replace("_", "-") for organ in organs if organ})


def _size(images: int) -> str:
    """The hub's words for how large a data set is: ``"1K<n<10K"``."""
    if images < 1000:
        return "n<1K"
    power = len(str(images)) - 4
    return f"{_SIZES[power]}<n<{_SIZES[power + 1]}"
