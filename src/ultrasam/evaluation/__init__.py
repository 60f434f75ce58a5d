"""Prompt protocols, metrics, runs and reports: how well a model outlines, with the protocol beside each number."""

from ultrasam.evaluation.comparison import compare
from ultrasam.evaluation.data import read_folders
from ultrasam.evaluation.measuring import evaluate, evaluate_predictions
from ultrasam.evaluation.summarising import summarise
from ultrasam.evaluation.summary import Summary

__all__ = ["Summary", "compare", "evaluate", "evaluate_predictions", "read_folders", "summarise"]
