"""Test images with truths on the disk, and tests of them that were answered by chance."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
from PIL import Image

from tests.inference.small_finetuned import CLASSES
from ultrasam.corpus import Instance
from ultrasam.downstream.data.example import Example
from ultrasam.downstream.metrics.instance import FoundInImage
from ultrasam.downstream.testing.found_json import found_to_json
from ultrasam.downstream.testing.notes import notes_of
from ultrasam.downstream.testing.result import TestResult
from ultrasam.downstream.testing.settings import TestSettings
from ultrasam.downstream.testing.tested import Tested
from ultrasam.evaluation.statistics.bootstrap import PatientBootstrap
from ultrasam.imaging import mask_to_rle

SIZE_HW = (40, 56)
SETTINGS = TestSettings(
    "classification", CLASSES, False, "a model", "none", "0" * 64, 128, "fp32", 12, "1" * 64, 50, 0, False
)


def disc(centre_xy, radius, size_hw=SIZE_HW):
    rows, columns = np.mgrid[: size_hw[0], : size_hw[1]]
    return np.hypot(columns - centre_xy[0], rows - centre_xy[1]) <= radius


def made_examples(folder: Path, count: int = 6) -> tuple[Example, ...]:
    """Images of 3 patients; each has a large lesion and, in every second, a small vessel in it."""
    rng = np.random.default_rng(0)
    examples = []
    for number in range(count):
        path = folder / f"image-{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        masks = [("lesion", disc((24 + number, 20), 12))] + [("vessel", disc((26, 20), 4))] * (number % 2)
        pixels = rng.integers(0, 90, SIZE_HW, np.uint8)
        pixels[masks[0][1]] += 120
        Image.fromarray(pixels).save(path)
        instances = tuple(
            Instance(10 * number + i, name, mask_to_rle(mask), SIZE_HW) for i, (name, mask) in enumerate(masks)
        )
        examples.append(
            Example(
                path.name,
                path,
                f"patient {number % 3}",
                "test",
                SIZE_HW,
                instances,
                (number % 2,),
                (number, 2.5 * number),
            )
        )
    return tuple(examples)


def made_records(kind: str, folder: Path, count: int = 12, *, several: bool = False, seed: int = 0) -> list[dict]:
    """Answers that are right more often than not."""
    rng = np.random.default_rng(seed)
    records = []
    for number, example in enumerate(made_examples(folder, count)):
        record = {
            "image": example.name,
            "path": str(example.path),
            "patient": None if number == 0 else f"patient {number // 2}",
            "size_hw": list(SIZE_HW),
            "failed": False,
        }
        if kind == "classification":
            chance = 1 / (1 + np.exp(-(rng.standard_normal() + 2 * (number % 2) - 1)))
            truth = [[], [0], [0, 1]][number % 3] if several else [number % 2]
            record["cases"] = [{"truth": truth, "answer": [float(1 - chance), float(chance)]}]
        elif kind == "regression":
            answer = (np.array(example.values) + rng.standard_normal(2)).tolist()
            record["cases"] = [{"truth": list(example.values), "answer": answer}]
        else:
            record |= _masks(kind, example, rng)
        records.append(record)
    return records


def _masks(kind, example, rng):
    truths = [(CLASSES.index(instance.category), instance.mask()) for instance in example.instances]
    answers = [(number, np.roll(mask, rng.integers(1, 6), 1), rng.uniform(0.3, 1)) for number, mask in truths]
    found = {
        "truths": [{"class": number, "mask": mask_to_rle(mask)["counts"]} for number, mask in truths],
        "answers": [{"class": n, "mask": mask_to_rle(m)["counts"], "score": score} for n, m, score in answers],
    }
    if kind == "semantic":
        counts = np.zeros((2, 3), int)
        for (number, truth), (_, answer, _) in zip(truths, answers, strict=True):
            counts[number] = (truth & answer).sum(), answer.sum(), truth.sum()
        return {**found, "counts": counts.tolist()}
    by_class = [
        FoundInImage.of(
            [mask for n, mask, _ in answers if n == number],
            [score for n, _, score in answers if n == number],
            [mask for n, mask in truths if n == number],
            min_score=0.5,
        )
        for number in range(2)
    ]
    return {**found, "found": [found_to_json(entry) for entry in by_class]}


def made_test(kind: str, folder: Path, **options):
    """A test's result and what it is made of."""
    records = made_records(kind, folder / "images", **options)
    classes = ("ef", "age") if kind == "regression" else CLASSES
    settings = dataclasses.replace(SETTINGS, kind=kind, classes=classes, several=options.get("several", False))
    tested = Tested.of(settings, records)
    found = tested.estimate(PatientBootstrap(tested.patients, resamples=50))
    result = TestResult.of(folder, settings, tested, found, notes=notes_of(tested), left_out=(), split_report="")
    return result, tested
