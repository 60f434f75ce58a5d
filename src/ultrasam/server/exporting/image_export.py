"""One image after the other into the parts of the archive that were chosen."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ultrasam.errors import UltraSamError
from ultrasam.files import FreeNames
from ultrasam.imaging import Frame
from ultrasam.measure import measure
from ultrasam.server.exporting.categories import Categories
from ultrasam.server.exporting.coco import CocoWriter
from ultrasam.server.exporting.drawn import Distance, Outline
from ultrasam.server.exporting.formats import ExportFormat
from ultrasam.server.exporting.masks import LabelPicture, mask_png
from ultrasam.server.exporting.names import LONGEST_LABEL, frame_stem, joined, safe_name
from ultrasam.server.exporting.nifti import check_shape, write_track
from ultrasam.server.exporting.pixels import png_of
from ultrasam.server.exporting.source import Source, Unusable
from ultrasam.server.exporting.summary import ExportSummary, LeftOut
from ultrasam.server.exporting.table import DISTANCE_COLUMNS, OBJECT_COLUMNS, Table, distance_row, spacing_along
from ultrasam.server.exporting.zip_file import ZipWriter
from ultrasam.server.library import Library
from ultrasam.types import Mask, SpacingXY


class ImageExport:
    """Writes images; what is wrong with one is noted, not raised. One frame is in memory at a time.

    Args:
        archive: where pictures go at once, and tables at the end.
        library: where frames come from.
        categories: numbers of the labels.
        formats: what was chosen.
        folder: for tables that do not fit in memory; None for the system's.

    Attributes:
        summary: of what was written.
    """

    def __init__(
        self,
        archive: ZipWriter,
        library: Library,
        categories: Categories,
        formats: frozenset[ExportFormat],
        folder: Path | None,
    ) -> None:
        self.summary = ExportSummary()
        self._archive, self._library, self._categories, self._formats = archive, library, categories, formats
        self._coco = CocoWriter(categories, folder)
        self._objects, self._distances = Table(OBJECT_COLUMNS, folder), Table(DISTANCE_COLUMNS, folder)
        self._names = {place: FreeNames() for place in ("images", "masks", "nifti")}

    def add(self, source: Source) -> None:
        """Write one image."""
        kept: list[tuple[Outline, SpacingXY | None]] = []
        before = (self.summary.frames, self.summary.distances)
        for frame in source.frames:
            kept += self._add_frame(source, frame)
        for distance in source.drawn.distances:
            self._add_distance(source, distance)
        if ExportFormat.NIFTI in self._formats:
            self._add_tracks(source, kept)
        if before != (self.summary.frames, self.summary.distances):
            self.summary.images += 1
            self.summary.entries.append(source.entry)

    def leave_out(self, image: str, error: Exception, frame: int | None = None, number: int | None = None) -> None:
        """Note that an image, a frame or an object is not in the archive."""
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        self.summary.left_out.append(LeftOut(image, " ".join(reason.split()) or "not enough memory", frame, number))

    def finish(self) -> None:
        """Write what spans all images."""
        if ExportFormat.COCO in self._formats:
            with self._archive.stream("coco.json") as file:
                self._coco.write(file)
        if ExportFormat.CSV in self._formats:
            for name, table in (("measurements.csv", self._objects), ("distances.csv", self._distances)):
                with self._archive.stream(name) as file:
                    table.write(file)

    def close(self) -> None:
        """Forget what is not written."""
        for part in (self._coco, self._objects, self._distances):
            part.close()

    def _add_frame(self, source: Source, frame: int) -> list[tuple[Outline, SpacingXY | None]]:
        """Write a frame; gives the objects that are in the archive, each with the spacing where it lies."""
        outlines = source.drawn.outlines_of(frame)
        kept: list[tuple[Outline, SpacingXY | None]] = []
        image_id: int | None = None
        stem = ""
        labels = LabelPicture(source.cut.size_hw, self._categories.largest)
        # Each mask is decoded, used and forgotten: a frame may have many.
        for outline in outlines:
            try:
                mask = source.mask_of(outline)
            except UltraSamError as error:
                self.leave_out(source.row.name, error, frame, outline.number)
                continue
            if not kept:
                stem, image_id = self._begin_frame(source, frame)
            spacing = source.spacing_mm(mask)
            kept.append((outline, spacing))
            self._add_object(source, outline, mask, spacing, stem, image_id)
            labels.add(self._categories.number(outline.label_id), source.cut.mask(mask))
        if not outlines:
            stem, _ = self._begin_frame(source, frame)
        if (kept or not outlines) and ExportFormat.PNG in self._formats:
            self._archive.add(f"labels/{stem}.png", labels.png())
        return kept

    def _begin_frame(self, source: Source, frame: int) -> tuple[str, int | None]:
        """The name of a frame that is in the archive, and the id of its picture where COCO has one."""
        self.summary.frames += 1
        stem = self._names["images"].take(frame_stem(source.stem, frame, source.facts.frames))
        if ExportFormat.COCO not in self._formats:
            return stem, None
        try:
            picture = self._read(source, frame)
        except (UltraSamError, OSError, MemoryError) as error:
            self.leave_out(source.row.name, error, frame)
            return stem, None
        self._archive.add(f"images/{stem}.png", png_of(source.cut.pixels(picture.pixels)))
        return stem, self._coco.add_image(
            f"{stem}.png",
            source.cut.size_hw,
            source=source.row.name,
            sequence=source.stem if source.is_cine else None,
            frame=frame,
            spacing_mm=source.cut.spacing_mm(source.calibration.regions),
        )

    def _read(self, source: Source, frame: int) -> Frame:
        picture = self._library.frame(source.path, frame)
        if picture.size_hw != source.facts.size_hw:
            raise Unusable("The file was replaced while it was exported.")
        return picture

    def _add_object(
        self, source: Source, outline: Outline, mask: Mask, spacing: SpacingXY | None, stem: str, image_id: int | None
    ) -> None:
        self.summary.objects += 1
        shown = source.cut.mask(mask)
        if image_id is not None:
            self._coco.add_object(image_id, shown, outline.label_id, outline.track)
        if ExportFormat.PNG in self._formats:
            label = self._label_in_name(outline)
            name = self._names["masks"].take(joined([stem, str(outline.number), label]), ".png")
            self._archive.add(f"masks/{name}", mask_png(shown))
        if ExportFormat.CSV in self._formats:
            row = {
                "image": source.row.name,
                "frame": outline.frame,
                "object": outline.number,
                "track": outline.track,
                "label": self._categories.name(outline.label_id),
                "origin": outline.origin,
                "score": outline.score,
            }
            measured = measure(mask, spacing).to_dict()
            self._objects.add({**row, **measured, "calibration": source.calibration.told(spacing)})

    def _add_distance(self, source: Source, distance: Distance) -> None:
        if ExportFormat.CSV not in self._formats:
            return
        try:
            source.check_frame(distance.frame)
        except Unusable as error:
            self.leave_out(source.row.name, error, distance.frame)
            return
        self.summary.distances += 1
        spacing = spacing_along(distance, source.calibration.regions)
        row = distance_row(distance, spacing)
        self._distances.add({"image": source.row.name, **row, "calibration": source.calibration.told(spacing)})

    def _add_tracks(self, source: Source, kept: list[tuple[Outline, SpacingXY | None]]) -> None:
        """Write a NIfTI file for each structure of an image, with all frames of its file."""
        shape = (source.facts.frames, *source.cut.size_hw)
        try:
            check_shape(shape)
        except UltraSamError as error:
            if kept:
                self.leave_out(source.row.name, error)
            return
        tracks: dict[int, list[Outline]] = {}
        spacings: dict[int, SpacingXY] = {}
        for outline, spacing in kept:
            tracks.setdefault(outline.track, []).append(outline)
            if spacing is not None:
                spacings.setdefault(outline.track, spacing)
        for track, parts in tracks.items():
            stem = joined([source.stem, str(track), self._label_in_name(parts[0])])
            name = self._names["nifti"].take(stem, ".nii.gz")
            with self._archive.stream(f"nifti/{name}") as file:
                write_track(file, _shown(source, parts), shape, spacings.get(track), source.cut.box[:2])

    def _label_in_name(self, outline: Outline) -> str:
        label = self._categories.name(outline.label_id)
        return safe_name(label, LONGEST_LABEL) if label else ""


def _shown(source: Source, outlines: list[Outline]) -> Iterator[Mask | None]:
    """What is shown of one structure, frame by frame."""
    by_frame: dict[int, list[Outline]] = {}
    for outline in outlines:
        by_frame.setdefault(outline.frame, []).append(outline)
    for frame in range(source.facts.frames):
        whole: Mask | None = None
        for outline in by_frame.get(frame, ()):
            mask = source.cut.mask(source.mask_of(outline))
            whole = mask if whole is None else whole | mask
        yield whole
