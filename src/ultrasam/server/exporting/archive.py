"""The whole archive."""

from __future__ import annotations

import json
from collections.abc import Collection
from contextlib import closing
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, BinaryIO

from ultrasam.errors import InputError, UltraSamError
from ultrasam.extras import require
from ultrasam.server.exporting.categories import Categories
from ultrasam.server.exporting.formats import ExportFormat
from ultrasam.server.exporting.image_export import ImageExport
from ultrasam.server.exporting.names import stems_of
from ultrasam.server.exporting.source import Source
from ultrasam.server.exporting.summary import ExportSummary
from ultrasam.server.exporting.zip_file import ZipWriter, full_disk_said
from ultrasam.server.library import Library
from ultrasam.server.project import Project


def write_archive(
    file: BinaryIO,
    project: Project,
    library: Library,
    formats: Collection[ExportFormat],
    states: Collection[str],
    *,
    model: dict[str, Any],
    folder: Path | None = None,
    at: datetime | None = None,
) -> ExportSummary:
    """Write what was annotated as one zip file. What is wrong with an image is told in ``project.json``, not raised.

    Args:
        file: one that can be written and sought.
        project: what was annotated.
        library: the images.
        formats: the parts to write; ``project.json`` is always there.
        states: of the images to take: ``"new"``, ``"in work"``, ``"done"``.
        model: what is known about the weights, JSON-ready.
        folder: for tables that do not fit in memory; None for the system's.
        at: the time of the export; None for now.

    Raises:
        InputError: no format was chosen.
        Full: the disk is full.
    """
    if not formats:
        raise InputError(f"Expected one of the formats {', '.join(ExportFormat)} at least, but got none: choose one.")
    if ExportFormat.NIFTI in formats:
        require("nibabel", needed_for="NIfTI files")
    at = (at or datetime.now(timezone.utc)).astimezone(timezone.utc)
    categories = Categories(project.labels().labels)
    rows = project.images(limit=None).rows
    # Of all images, so that a name does not depend on which ones were chosen.
    stems = stems_of({row.id: row.name for row in rows})
    with (
        full_disk_said(),
        ZipWriter(file, at) as archive,
        closing(ImageExport(archive, library, categories, frozenset(formats), folder)) as export,
    ):
        for row in rows:
            if row.state not in states:
                continue
            try:
                source = Source.of(project.annotation(row.id), stems[row.id], library)
            except (UltraSamError, OSError, MemoryError) as error:
                export.leave_out(row.name, error)
                continue
            export.add(source)
        export.finish()
        if ExportFormat.PNG in formats:
            classes = {str(entry["id"]): entry["name"] for entry in categories.entries}
            archive.add("labels/classes.json", (json.dumps(classes, indent=1, ensure_ascii=False) + "\n").encode())
        about = export.summary.to_json(at=at, formats=formats, states=states, model=model, categories=categories)
        archive.add("project.json", about.encode())
    return export.summary
