"""Examples as a COCO folder, for what reads nothing else."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import Any

from ultrasam import __version__
from ultrasam.corpus.coco.document import COCO_NAME, write_document, write_facts
from ultrasam.corpus.coco.finding import IMAGES_FOLDER
from ultrasam.corpus.merging.linking import Linker
from ultrasam.corpus.merging.whole_folder import whole_folder
from ultrasam.corpus.splitting.parts import PARTS
from ultrasam.downstream.data.example import Example, ExampleSet
from ultrasam.imaging import coco_annotation


def write_coco_folder(examples: ExampleSet, folder: Path, *, link: bool = True) -> Path:
    """Write ``coco.json``, ``dataset.json`` and ``images/``.

    Args:
        examples: with objects; their parts become ``split``.
        folder: a new or empty one.
        link: hard links where the file system has them; otherwise images are copied.

    Returns:
        The COCO file.

    Raises:
        InputError: the folder is there and not empty, or a mask is damaged.
    """
    categories = {name: number for number, name in enumerate(examples.classes, 1)}
    with whole_folder(folder) as place:
        linker = Linker(place, link=link)
        images: list[dict[str, Any]] = []
        annotations: list[dict[str, Any]] = []
        for image_id, example in enumerate(examples.examples, 1):
            name = _file_name(example, image_id)
            linker.place(example.path, name)
            images.append(_image(example, image_id, name))
            for instance in example.instances:
                annotations.append(
                    coco_annotation(
                        instance.mask(),
                        annotation_id=len(annotations) + 1,
                        image_id=image_id,
                        category_id=categories[instance.category],
                    )
                )
        facts = _facts(examples, len(annotations))
        document = {
            "info": {"description": facts["title"], "generator": f"ultrasam {__version__}"},
            "images": images,
            "annotations": annotations,
            "categories": [{"id": number, "name": name} for name, number in categories.items()],
        }
        write_document(place / COCO_NAME, document)
        write_facts(place, facts)
    return folder / COCO_NAME


def _file_name(example: Example, number: int) -> str:
    """Inside ``images/``; a table may name files anywhere."""
    parts = PurePosixPath(example.name.removeprefix(f"{IMAGES_FOLDER}/")).parts
    is_inside = ".." not in parts and not PurePosixPath(example.name).is_absolute() and ":" not in example.name
    return "/".join((IMAGES_FOLDER, *parts) if is_inside else (IMAGES_FOLDER, f"elsewhere-{number}", example.path.name))


def _image(example: Example, image_id: int, name: str) -> dict[str, Any]:
    height, width = example.size_hw
    entry = {"id": image_id, "file_name": name, "width": width, "height": height, "split": example.split}
    if example.patient is not None:
        entry["patient"] = example.patient
    if example.spacing_mm is not None:
        entry["spacing_mm"] = list(example.spacing_mm)
    return entry


def _facts(examples: ExampleSet, instances: int) -> dict[str, Any]:
    """What the data set itself says, and the numbers of what is here."""
    return {
        "title": examples.name,
        **examples.facts,
        "name": examples.name,
        "split": examples.split_report,
        "images": len(examples.examples),
        "instances": instances,
        "splits": {part: len(examples.part(part)) for part in PARTS},
        "categories": list(examples.classes),
    }
