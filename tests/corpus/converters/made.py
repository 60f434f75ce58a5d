"""What tests of converters share: archives made in a data set's layout, and samples decoded."""

from importlib import import_module
from pathlib import Path

import numpy as np
import openpyxl
from PIL import Image

from ultrasam.corpus.cards.catalogue import find_card
from ultrasam.corpus.notes import Notes
from ultrasam.corpus.source import Source


def picture(path: Path, array) -> Path:
    """Write an array ``(H, W)``, ``(H, W, 3)`` uint8 (or bool, as one bit) as a picture; the format is the suffix's."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.asarray(array)).save(path)
    return path


def texture(size_hw=(24, 32), seed=0):
    """Grey pixels that differ from image to image."""
    return np.random.default_rng(seed).integers(20, 200, size_hw, dtype=np.uint8)


def block(rows=slice(4, 12), columns=slice(6, 20), size_hw=(24, 32), value=255):
    """A mask ``(H, W)`` uint8 with one rectangle."""
    mask = np.zeros(size_hw, np.uint8)
    mask[rows, columns] = value
    return mask


def excel(path: Path, *rows) -> Path:
    """Write rows of cells, the first of which names the columns, as an Excel file."""
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    path.parent.mkdir(parents=True, exist_ok=True)
    book.save(path)
    return path


class Converted:
    """All that a converter makes of a source: samples by name, decoded when asked for, and its notes."""

    def __init__(self, name: str, path: Path) -> None:
        self.card = find_card(name)
        self.notes = Notes()
        self.source = Source.open(path)
        convert = import_module(f"ultrasam.corpus.converters.{self.card.module}").convert
        self.samples = {sample.name: sample for sample in convert(self.source, self.notes)}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.source.__exit__(None, None, None)

    def picture(self, name):
        return self.samples[name].pixels.read()

    def annotations(self, name):
        """``(category, mask)`` pairs and remarks of a sample; categories are those of the card."""
        sample = self.samples[name]
        size_hw = sample.pixels.read().size_hw
        found = [mask.read(size_hw) for mask in sample.masks]
        objects = [(entry.category, entry.mask) for part in found for entry in part.objects]
        assert {category for category, _ in objects} <= {entry.name for entry in self.card.classes}
        assert all(mask.shape == size_hw and mask.dtype == bool for _, mask in objects)
        return objects, [remark for part in found for remark in part.remarks]

    def areas(self, name):
        """Class and area in pixels of each object."""
        return [(category, int(mask.sum())) for category, mask in self.annotations(name)[0]]
