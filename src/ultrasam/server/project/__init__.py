"""What a user's work is kept in: one SQLite file of images, items, labels and history."""

from ultrasam.server.project.folder import Move, SyncResult, Unclaimed
from ultrasam.server.project.history import HistoryEntry
from ultrasam.server.project.images import ImagePage, ImageRow
from ultrasam.server.project.labels import LabelList, LabelRow
from ultrasam.server.project.leases import Leases
from ultrasam.server.project.project import Annotation, Project

__all__ = [
    "Annotation",
    "HistoryEntry",
    "ImagePage",
    "ImageRow",
    "LabelList",
    "LabelRow",
    "Leases",
    "Move",
    "Project",
    "SyncResult",
    "Unclaimed",
]
