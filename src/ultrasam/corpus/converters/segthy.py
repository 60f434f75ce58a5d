"""SegThy: ``ground_truth_data/US/001_…_US.nii`` with ``ground_truth_data/US_thyroid_label/001_….nii``."""

from __future__ import annotations

from collections.abc import Iterator

from ultrasam.corpus.notes import Notes
from ultrasam.corpus.reading import Legend, pairs, stem, volume_samples
from ultrasam.corpus.sample import Sample, Unreadable
from ultrasam.corpus.source import Source, SourceFile

#: Vessels of the two sides are objects of their own.
_LEGEND = Legend.index(
    {1: "thyroid_gland", 2: "carotid_artery", 3: "jugular_vein", 4: "carotid_artery", 5: "jugular_vein"}, apart=True
)


def convert(source: Source, notes: Notes) -> Iterator[Sample]:
    """The annotated ultrasound volumes of the volunteers, whose number begins the name of a file."""
    images = source.select("ground_truth_data/US/*.{nii,nii.gz}")
    masks = source.select("ground_truth_data/US_thyroid_label/*.{nii,nii.gz}")
    for image, mask in pairs(images, masks, notes, key=_scan, mask_key=stem):
        scan = _scan(image)
        try:
            yield from volume_samples(scan, image, mask, _LEGEND, turn="half", patient=scan.partition("_")[0])
        except Unreadable as error:
            notes.skip(image, str(error))
            notes.ignore(mask)


def _scan(image: SourceFile) -> str:
    return stem(image).removesuffix("_us")
