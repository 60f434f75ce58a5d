"""MMOTU, 2D images: ``OTU_2d/images/1.JPG`` with ``OTU_2d/annotations/1.PNG``, whose colour is the lesion's type."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ultrasam.corpus.notes import Notes
from ultrasam.corpus.reading import LabelMask, LabelPicture, Legend, PictureFile, pairs
from ultrasam.corpus.reading.legend import Colour
from ultrasam.corpus.sample import Sample, SplitName
from ultrasam.corpus.source import Source, SourceFile

#: In the order of the lists of classes, which count from 0.
TYPES: dict[Colour, str] = {
    (64, 0, 0): "chocolate_cyst",
    (0, 64, 0): "serous_cystadenoma",
    (0, 0, 64): "teratoma",
    (64, 0, 64): "theca_cell_tumor",
    (64, 64, 0): "simple_cyst",
    (64, 64, 64): "normal_ovary",
    (0, 128, 0): "mucinous_cystadenoma",
    (0, 0, 128): "high_grade_serous",
}
_SPLITS: dict[str, SplitName] = {"train": "train", "val": "test"}


def convert(source: Source, notes: Notes) -> Iterator[Sample]:
    """The 2D images."""
    return ovarian_samples(source, notes, Legend.colours(TYPES, tolerance=0), other="OTU_3d")


def ovarian_samples(source: Source, notes: Notes, legend: Legend, *, other: str) -> Iterator[Sample]:
    """Images of one of the two parts of MMOTU, which have one layout.

    Args:
        source: with either part, or both.
        notes: as for all converters.
        legend: of the masks.
        other: folder of the part that is not meant.
    """
    not_meant = set(source.select(f"{other}/**/*"))
    notes.ignore(*not_meant)

    def own(pattern: str) -> list[SourceFile]:
        return [file for file in source.select(pattern) if file not in not_meant]

    split_of, type_of = _lists(own, notes)
    binary = set(own("annotations/*_binary.png"))
    notes.ignore(*binary)
    masks = [mask for mask in own("annotations/*.png") if mask not in binary]
    unlisted = []
    for image, mask in pairs(own("images/*.{jpg,jpeg}"), masks, notes):
        if image.stem not in split_of:
            unlisted.append(image.path)
        diagnosis = type_of.get(image.stem)
        yield Sample(
            name=image.stem,
            pixels=PictureFile(image),
            masks=(LabelMask(LabelPicture(mask, "colour"), legend),),
            split=split_of.get(image.stem),
            labels=(("diagnosis", diagnosis),) if diagnosis else (),
            is_negative_if_empty=False,
        )
    if unlisted:
        notes.warn(f"The official split is not known of {len(unlisted)} images, which are in no list: {unlisted[0]}, …")


def _lists(own: Callable[[str], list[SourceFile]], notes: Notes) -> tuple[dict[str, SplitName], dict[str, str]]:
    """The split, and the type where it is given, of each image in ``train.txt``, ``train_cls.txt`` and so on."""
    split_of: dict[str, SplitName] = {}
    type_of: dict[str, str] = {}
    types = dict(enumerate(TYPES.values()))
    for list_name, split in _SPLITS.items():
        for file in own(f"{list_name}{{,_cls}}.txt"):
            notes.ignore(file)
            for line in file.read().decode("utf-8", "replace").split("\n"):
                name, *rest = line.split() or [""]
                stem = name.rpartition(".")[0] or name
                if not stem:
                    continue
                if split_of.get(stem, split) != split:
                    notes.warn(f"{stem} is in both lists of the official split: it is taken as {split}.")
                split_of[stem] = split
                if rest and rest[0].isdecimal() and int(rest[0]) in types:
                    type_of[stem] = types[int(rest[0])]
    return split_of, type_of
