"""CAMUS: ``patient0001/patient0001_4CH_half_sequence.nii.gz`` with ``…_gt.nii.gz``, the frames from ED to ES."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from ultrasam.corpus.notes import Notes
from ultrasam.corpus.reading import (
    ImageStack,
    LabelMask,
    LabelPlane,
    LabelStack,
    Legend,
    Plane,
    by_key,
    pairs_by_ending,
    stem,
    volume_samples,
)
from ultrasam.corpus.sample import Sample, SplitName, Unreadable
from ultrasam.corpus.source import Source, SourceFile

_LEGEND = Legend.index({1: "left_ventricle", 2: "left_ventricle_myocardium", 3: "left_atrium"})
_NAME = re.compile(r"patient\d+_[24]ch_(?:ed|es|half_sequence)(?:_gt)?")
_HALF = "HALF_SEQUENCE"
_LISTS: dict[str, SplitName] = {"training": "train", "validation": "val", "testing": "test"}
_LABELS = {"sex": "sex", "age": "age", "imagequality": "image quality", "ef": "EF", "lvef": "EF"}


def convert(source: Source, notes: Notes) -> Iterator[Sample]:
    """All frames of half sequences; of a view that has none, ED and ES."""
    splits, facts_of = _splits(source, notes), _facts(source, notes)
    pixels = by_key(source.select("patient*_?CH_*.{raw,zraw}"), _without_suffix, notes)
    notes.ignore(*source.select("*_?CH_sequence.*"), *source.select("*citation*"))
    for (patient, view), parts in _views(source, notes).items():
        said = facts_of.get((patient, view), {})
        frames = _frames(said)
        labels = (("view", view), *((name, said[key]) for key, name in _LABELS.items() if said.get(key)))
        facts: dict[str, Any] = {"patient": patient, "split": splits.get(patient)}
        if _HALF in parts:
            image, mask = parts.pop(_HALF)
            try:
                for sample in volume_samples(f"{patient}/{view}", image, mask, _LEGEND, **facts):
                    phases = tuple(("phase", phase) for phase, frame in frames.items() if frame == sample.frame)
                    yield replace(sample, labels=(*labels, *phases))
            except Unreadable as error:
                notes.skip(image, str(error))
                notes.ignore(mask)
            else:
                notes.ignore(*(file for pair in parts.values() for file in pair))
                continue
        for phase, pair in parts.items():
            beside = [pixels.get(_without_suffix(file)) for file in pair]
            if pair[0].suffix == ".mhd" and None in beside:
                notes.skip(pair[0], "Expected the pixels of this header and of that of its mask beside them (.raw).")
                notes.ignore(pair[1], *filter(None, beside))
                continue
            image_stack, label_stack = ImageStack(pair[0], beside=beside[0]), LabelStack(pair[1], beside=beside[1])
            yield Sample(
                name=f"{patient}/{view}/{phase}",
                pixels=Plane(image_stack, 0),
                masks=(LabelMask(LabelPlane(label_stack, 0), _LEGEND),),
                sequence=f"{patient}/{view}",
                frame=frames.get(phase),
                labels=(*labels, ("phase", phase)),
                is_negative_if_empty=False,
                **facts,
            )


def _views(source: Source, notes: Notes) -> Mapping[tuple[str, str], dict[str, tuple[SourceFile, SourceFile]]]:
    """Patient and view to its parts, each an image and its mask; NIfTI files, or else headers of the older packing."""
    files = source.select("patient*_?CH_*.{nii,nii.gz}") or source.select("patient*_?CH_*.mhd")
    found: defaultdict[tuple[str, str], dict[str, tuple[SourceFile, SourceFile]]] = defaultdict(dict)
    for image, mask in pairs_by_ending((file for file in files if _NAME.fullmatch(stem(file))), notes, mask="_gt"):
        patient, view, part = stem(image).split("_", 2)
        found[patient, view.upper()][part.upper()] = image, mask
    return found


def _without_suffix(file: SourceFile) -> str:
    return f"{file.folder}/{file.stem}".lower()


def _splits(source: Source, notes: Notes) -> dict[str, SplitName]:
    """Patient to official part."""
    found: dict[str, SplitName] = {}
    for name, part in _LISTS.items():
        for file in source.select(f"subgroup_{name}.txt"):
            notes.ignore(file)
            found.update(dict.fromkeys(file.read().decode("utf-8", "replace").lower().split(), part))
    if not found:
        notes.warn("The official split is missing: expected database_split/subgroup_training.txt and its like.")
    return found


def _facts(source: Source, notes: Notes) -> dict[tuple[str, str], dict[str, str]]:
    """What ``patient0001/Info_4CH.cfg`` says of a patient's view, in lines ``ImageQuality: Good``."""
    found = {}
    for file in source.select("patient*/Info_?CH.cfg"):
        notes.ignore(file)
        lines = (line.partition(":") for line in file.read().decode("utf-8", "replace").splitlines())
        view = stem(file).removeprefix("info_").upper()
        found[file.parts[-2].lower(), view] = {key.strip().lower(): value.strip() for key, _, value in lines}
    if not found:
        notes.warn("Sex, age, image quality and EF are missing: expected Info_4CH.cfg in the folder of each patient.")
    return found


def _frames(said: Mapping[str, str]) -> dict[str, int]:
    """Phase to its frame in the half sequence; empty unless one is said to be its first and one its last frame."""
    numbers = [said.get(key, "") for key in ("ed", "es", "nbframe")]
    if not all(number.isdecimal() for number in numbers):
        return {}
    ed, es, count = map(int, numbers)
    return {"ED": ed - 1, "ES": es - 1} if {ed, es} == {1, count} else {}
