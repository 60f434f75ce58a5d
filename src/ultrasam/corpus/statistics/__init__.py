"""How many images, objects, patients and classes a data set has, how large they are and where they lie."""

from ultrasam.corpus.statistics.comparison_plot import write_comparison
from ultrasam.corpus.statistics.counting import count
from ultrasam.corpus.statistics.plots import write_plots
from ultrasam.corpus.statistics.results import ClassCounts, PartCounts, Quantiles, Statistics
from ultrasam.corpus.statistics.tables import Table, comparison_table, markdown, tables

__all__ = [
    "ClassCounts",
    "PartCounts",
    "Quantiles",
    "Statistics",
    "Table",
    "comparison_table",
    "count",
    "markdown",
    "tables",
    "write_comparison",
    "write_plots",
]
