"""A user's data in the layouts that people have, to checked examples with parts by patient."""

from ultrasam.downstream.data.example import Example, ExampleSet
from ultrasam.downstream.data.options import ReadingOptions
from ultrasam.downstream.data.reading import read_examples
from ultrasam.downstream.data.writing import write_coco_folder

__all__ = ["Example", "ExampleSet", "ReadingOptions", "read_examples", "write_coco_folder"]
