"""BUSI: ``benign (1).png`` with ``benign (1)_mask.png``, ``_mask_1.png``, … one file per lesion."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from ultrasam.corpus.notes import Notes
from ultrasam.corpus.reading import LabelMask, LabelPicture, Legend, PictureFile, by_key, stem
from ultrasam.corpus.sample import Sample
from ultrasam.corpus.source import Source, SourceFile

_MASK = re.compile(r"_mask(_\d+)?$")
_CLASSES = {"benign": "breast_lesion_benign", "malignant": "breast_lesion_malignant", "normal": "breast_lesion"}


def convert(source: Source, notes: Notes) -> Iterator[Sample]:
    """Images of the three folders; those of ``normal`` have masks too, which are empty."""
    for diagnosis, category in _CLASSES.items():
        files = source.select(f"{diagnosis}/*.png")
        # By folder, as the tree may be there twice.
        masks: defaultdict[tuple[str, str], list[SourceFile]] = defaultdict(list)
        for file in files:
            if _MASK.search(stem(file)):
                masks[file.folder, _MASK.sub("", stem(file))].append(file)
        for name, image in by_key((file for file in files if not _MASK.search(stem(file))), stem, notes).items():
            own = masks.pop((image.folder, name), [])
            if not own:
                notes.skip(image, "Expected a mask for this image, but there is none.")
                continue
            yield Sample(
                name=f"{diagnosis}/{name}",
                pixels=PictureFile(image),
                masks=tuple(LabelMask(LabelPicture(mask), Legend.binary(category)) for mask in own),
                labels=(("diagnosis", diagnosis),),
                is_negative_if_empty=diagnosis == "normal",
            )
        for mask in (mask for rest in masks.values() for mask in rest):
            notes.skip(mask, "Expected one image for this mask, but there is none, or there are several.")
