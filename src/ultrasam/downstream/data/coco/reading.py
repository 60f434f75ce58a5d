"""COCO files: their objects, or what objects and facts say about each image as a whole."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from ultrasam.corpus import CocoFolder, CocoImage, Skipped
from ultrasam.corpus.coco.finding import root_folder
from ultrasam.corpus.splitting import known_ties
from ultrasam.downstream.data.coco.facts import CocoFacts
from ultrasam.downstream.data.draft import Draft, Entry
from ultrasam.downstream.data.options import ReadingOptions
from ultrasam.downstream.data.tables.cells import labels_of, number_of
from ultrasam.errors import InputError
from ultrasam.modeling.heads.config import TaskKind

#: An image's class by this name is that of its objects.
_BY_OBJECTS = ("label",)


def read_coco(files: Sequence[tuple[Path, str | None]], kind: TaskKind, options: ReadingOptions) -> Draft:
    """Read the COCO files of one data set.

    Args:
        files: see :func:`~ultrasam.downstream.data.coco.finding.coco_files`.
        kind: what is learnt. For classification, an image is of the categories of its objects, which need no
            outline; or of what the fact ``label_column`` about it says.
        options: which facts hold labels or targets.

    Raises:
        InputError: a file is damaged, or no image has the facts that are asked for.
    """
    roots = [root_folder(file) for file, _ in files]
    root = Path(os.path.commonpath(roots))
    drafts = [_Reader(file, part, root, kind, options).read() for file, part in files]
    if len(drafts) == 1:
        return drafts[0]
    return Draft(
        name=root.name,
        entries=tuple(entry for draft in drafts for entry in draft.entries),
        classes=tuple(dict.fromkeys(name for draft in drafts for name in draft.classes)),
        several=drafts[0].several,
        notes=tuple(note for draft in drafts for note in draft.notes),
        unusable=tuple(problem for draft in drafts for problem in draft.unusable),
        facts=drafts[0].facts,
        ties=tuple(pair for draft in drafts for pair in draft.ties),
    )


class _Reader:
    def __init__(self, file: Path, part: str | None, root: Path, kind: TaskKind, options: ReadingOptions) -> None:
        self._folder = CocoFolder.read(file)
        self._facts = CocoFacts(file)
        self._part = part
        self._root = root
        self._kind = kind
        self._options = options
        self._is_by_objects = kind == "classification" and options.label_columns == _BY_OBJECTS
        self._categories = self._facts.categories() if self._is_by_objects else {}

    def read(self) -> Draft:
        needs_outlines = self._kind in ("semantic", "instance")
        # An image whose outlines cannot be used still has a class, or a value.
        unusable = [entry for entry in self._folder.skipped if needs_outlines or entry.what.startswith("image")]
        entries = []
        self._check_facts()
        for image in self._folder.images:
            if needs_outlines and image.incomplete:
                continue
            try:
                entries.append(self._entry(image))
            except InputError as error:
                what = f"image {image.image_id} ({image.file_name})"
                unusable.append(Skipped(self._folder.name, what, str(error)))
        return Draft(
            name=self._folder.name,
            entries=tuple(entries),
            classes=self._classes(),
            several=self._options.several or len(self._options.label_columns) > 1,
            unusable=tuple(unusable),
            facts=self._folder.facts,
            ties=self._ties(),
        )

    def _entry(self, image: CocoImage) -> Entry:
        labels, values = None, None
        if self._is_by_objects:
            labels = self._categories.get(image.image_id, () if self._options.several else None)
        elif self._kind == "classification":
            facts = self._facts.of_image(image.image_id)
            labels = labels_of(facts, self._options.label_columns, several=self._options.several)
        elif self._kind == "regression":
            facts = self._facts.of_image(image.image_id)
            values = tuple(number_of(facts.get(name), name) for name in self._options.targets)
        return Entry(
            name=self._name(image),
            path=image.path,
            patient=image.patient,
            sequence=self._facts.sequence(image.image_id),
            split=self._part or image.split,
            size_hw=image.size_hw,
            instances=image.instances,
            labels=labels,
            values=values,
            spacing_mm=image.spacing_mm,
        )

    def _name(self, image: CocoImage) -> str:
        return image.path.relative_to(self._root).as_posix()

    def _classes(self) -> tuple[str, ...]:
        if self._kind == "regression":
            return self._options.targets
        if self._kind == "classification" and not self._is_by_objects:
            return self._options.label_columns if len(self._options.label_columns) > 1 else ()
        return self._folder.categories

    def _check_facts(self) -> None:
        """Pass if the facts that are asked for are told of any image at all."""
        if self._is_by_objects or self._kind in ("semantic", "instance"):
            return
        wanted = self._options.targets if self._kind == "regression" else self._options.label_columns
        known = dict.fromkeys(name for image in self._folder.images for name in self._facts.of_image(image.image_id))
        missing = [name for name in wanted if name not in known]
        if missing:
            raise InputError(
                f"Expected {', '.join(missing)} of the images in {self._folder.annotation_file}, but no image has it; "
                f"there are {', '.join(known)}."
            )

    def _ties(self) -> tuple[tuple[str, str], ...]:
        names = {image.image_id: self._name(image) for image in self._folder.images}
        document = {"images": [{"id": i.image_id, "file_name": i.file_name} for i in self._folder.images]}
        pairs = known_ties(document, self._folder.name, self._root)
        return tuple((names[one], names[other]) for one, other in pairs)
