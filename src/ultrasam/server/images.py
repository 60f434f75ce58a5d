"""The images of a project: what the data base knows of them, and what their files say."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import anyio.to_thread

from ultrasam.errors import ImageError
from ultrasam.server.fingerprint import fingerprint_of
from ultrasam.server.library import FileFacts, Library, Stamp
from ultrasam.server.moves import find_moves
from ultrasam.server.project import ImageRow, Project
from ultrasam.server.refusals import Forbidden, Full, Gone, Missing
from ultrasam.server.schemas.images import BurnedIn, ImageDetail, ImageList, ImageSummary, Region, Rescan
from ultrasam.server.schemas.items import State, read_item

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Place:
    """Where an image lies, and the state of its file.

    Attributes:
        image_id: of the image.
        path: its file.
        stamp: another stamp, other pixels.
    """

    image_id: str
    path: Path
    stamp: Stamp

    def key(self, index: int) -> tuple[str, Stamp, int]:
        """What decides the pixels of a frame."""
        return self.image_id, self.stamp, index

    def etag(self, what: str) -> str:
        """An entity tag of something that is made of the file."""
        return f'"{self.stamp}-{what}"'


class Images:
    """The images of a project.

    Args:
        project: the data base.
        library: the files.
    """

    def __init__(self, project: Project, library: Library) -> None:
        self._project = project
        self._library = library
        self._looking = threading.Lock()

    def begin(self) -> None:
        """Look through the folder, and take in uploads that came just before a crash."""
        self.rescan()
        known = {row.stored for row in self._project.images(limit=None).rows}
        for stored in self._library.stored_uploads():
            if stored not in known:
                self._project.add_upload(_shown(stored), stored)

    def rescan(self) -> Rescan:
        """Look through the folder again; annotations go along with files that were renamed or moved."""
        # One after the other: an older list of names would undo what a newer one told.
        with self._looking:
            names = self._library.scan()
            # Files are read before the transaction, which nobody is to wait for.
            found = self._project.sync_folder(names, find_moves(self._project, self._library, names))
        if found.moved:
            log.info("%d image(s) were renamed or moved; their annotations went along.", found.moved)
        return Rescan(added=found.added, moved=found.moved, missing=found.missing, total=found.total)

    def listed(self, *, search: str, state: State | None, offset: int, limit: int) -> ImageList:
        """A part of the list."""
        page = self._project.images(search=search, state=state, offset=offset, limit=limit)
        return ImageList(total=page.total, counts=page.counts, images=[_summary(row) for row in page.rows])

    def place(self, image_id: str) -> Place:
        """Where an image lies.

        Raises:
            Missing: there is no such image.
            Gone: its file is not there any more.
            Forbidden: a link leads out of the folder.
        """
        return self._place_of(self._project.image(image_id))

    def facts(self, image_id: str) -> FileFacts:
        """What the file of an image says; of one that is gone or can no longer be read, what it said."""
        row = self._project.image(image_id)
        try:
            facts, _ = self._facts_of(row)
        except (Gone, Forbidden, ImageError):
            # Work on an image must be saved, even if its file is taken away or damaged meanwhile.
            noted = _noted(row)
            if noted is None:
                raise
            return noted
        return facts

    def detail(self, image_id: str) -> ImageDetail:
        """All about one image."""
        annotation = self._project.annotation(image_id)
        row = annotation.image
        facts, is_changed = self._facts_of(row)
        return ImageDetail(
            **_summary(row).model_dump(),
            format=facts.format,
            frames=facts.frames,
            size_hw=facts.size_hw,
            is_colour=facts.is_colour,
            calibration=facts.calibration,
            regions=[
                Region(box_xyxy=region.box_xyxy, spacing_mm=region.spacing_mm, kind=region.kind)
                for region in facts.regions
            ],
            frame_times_s=None if facts.frame_times_s is None else list(facts.frame_times_s),
            details=facts.details,
            burned_in=BurnedIn(warn=facts.burned_in.warn, reason=facts.burned_in.reason),
            items=[read_item(item) for item in annotation.items],
            changed_on_disk=is_changed,
            file=str(facts.stamp),
        )

    async def uploaded(self, name: str, chunks: AsyncIterator[bytes], expected_bytes: int | None) -> ImageSummary:
        """Take an upload."""
        stored = await self._library.store_upload(name, chunks, expected_bytes=expected_bytes)
        try:
            row = await anyio.to_thread.run_sync(self._project.add_upload, _shown(stored), stored)
        except BaseException:
            self._library.remove_upload(stored)
            raise
        return _summary(row)

    def remove(self, image_id: str) -> None:
        """Remove an upload without annotation."""
        row = self._project.remove_image(image_id)
        if row.stored is not None:
            with contextlib.suppress(Missing):
                self._library.remove_upload(row.stored)

    def _place_of(self, row: ImageRow) -> Place:
        path = self._library.path_of(row.stored or row.name, row.is_upload)
        return Place(row.id, path, self._library.stamp(path))

    def _facts_of(self, row: ImageRow) -> tuple[FileFacts, bool]:
        """What the file says, and whether it is another than the one that was annotated."""
        noted = row.facts or {}
        facts, fingerprint = _noted(row), noted.get("fingerprint")
        place = self._place_of(row)
        is_known = facts is not None and facts.stamp == place.stamp and fingerprint is not None
        if facts is None or not is_known:
            facts, fingerprint = self._library.facts(place.path), fingerprint_of(place.path)
        annotated = fingerprint if row.revision == 0 else noted.get("annotated", fingerprint)
        if not is_known or annotated != noted.get("annotated"):
            # Looking at an image needs no room on the disk; what is not noted is asked for again.
            with contextlib.suppress(Full):
                note = {"file": facts.to_dict(), "fingerprint": fingerprint, "annotated": annotated}
                self._project.note_facts(row.id, note)
        return facts, annotated != fingerprint


def _noted(row: ImageRow) -> FileFacts | None:
    return FileFacts.from_dict((row.facts or {}).get("file") or {})


def _shown(stored: str) -> str:
    """The name that an upload came with."""
    return stored.partition("/")[2] or stored


def _summary(row: ImageRow) -> ImageSummary:
    return ImageSummary(
        id=row.id,
        name=row.name,
        state=row.state,
        objects=row.objects,
        is_upload=row.is_upload,
        is_missing=row.is_missing,
        revision=row.revision,
    )
