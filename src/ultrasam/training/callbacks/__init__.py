"""What happens around the steps of a run: averages, checkpoints, curves, pictures, and how it ends."""

from ultrasam.training.callbacks.averaging import WeightAverage
from ultrasam.training.callbacks.history import History
from ultrasam.training.callbacks.in_order import in_order
from ultrasam.training.callbacks.keeping import KeepBest, KeepLast
from ultrasam.training.callbacks.last_validation import LastValidation
from ultrasam.training.callbacks.patience import Patience
from ultrasam.training.callbacks.pictures import Pictures
from ultrasam.training.callbacks.stopping import Stop

__all__ = [
    "History",
    "KeepBest",
    "KeepLast",
    "LastValidation",
    "Patience",
    "Pictures",
    "Stop",
    "WeightAverage",
    "in_order",
]
