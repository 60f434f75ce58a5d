"""Many images of a data set on one picture, with their masks."""

from ultrasam.corpus.contact_sheet.making import contact_sheet

__all__ = ["contact_sheet"]
