"""What users write: changes of annotations, labels, and who may."""

from __future__ import annotations

from ultrasam.errors import UltraSamError
from ultrasam.server.images import Images
from ultrasam.server.project import LabelList, Leases, Project
from ultrasam.server.schemas.fitting import check_inside
from ultrasam.server.schemas.history import ChangeAnswer, History, HistoryEntry
from ultrasam.server.schemas.items import Change, read_item
from ultrasam.server.schemas.labels import CountedLabel, LabelsAnswer, LabelsRequest
from ultrasam.server.schemas.leases import LeaseAnswer, LeaseRequest, ReleaseRequest


class Annotating:
    """What users write.

    Args:
        project: the data base.
        images: what the files say.
        leases: who may write.
    """

    def __init__(self, project: Project, images: Images, leases: Leases) -> None:
        self._project = project
        self._images = images
        self._leases = leases

    def change(self, image_id: str, change: Change) -> ChangeAnswer:
        """Keep a change."""
        if change.put:
            facts = self._images.facts(image_id)
            check_inside(change.put, size_hw=facts.size_hw, frames=facts.frames)
        return ChangeAnswer(revision=self._project.apply(image_id, change, leases=self._leases))

    def history(self, image_id: str, before: int | None, limit: int) -> History:
        """What was changed."""
        return History(
            entries=[
                HistoryEntry(
                    revision=entry.revision,
                    client=entry.client,
                    at=entry.at,
                    before=[read_item(item) for item in entry.before],
                    after=[read_item(item) for item in entry.after],
                )
                for entry in self._project.history(image_id, before, limit)
            ]
        )

    def lease(self, image_id: str, request: LeaseRequest) -> LeaseAnswer:
        """Let a client write an image, where no other does."""
        self._project.image(image_id)
        held = self._leases.lease(image_id, request.client, request.take)
        # Read once nobody else can make a new one.
        revision = self._project.image(image_id).revision
        return LeaseAnswer(held=held, by_other=not held, revision=revision, file=self._file(image_id))

    def _file(self, image_id: str) -> str | None:
        try:
            return str(self._images.place(image_id).stamp)
        except UltraSamError:
            # Its annotation is written all the same.
            return None

    def release(self, image_id: str, request: ReleaseRequest) -> None:
        """Let others write an image; of one that was deleted meanwhile there is nothing to let go."""
        self._leases.release(image_id, request.client)

    def labels(self) -> LabelsAnswer:
        """All labels."""
        return _answer(self._project.labels())

    def put_labels(self, request: LabelsRequest) -> LabelsAnswer:
        """Put another list in the place of the labels; gives what was put, whoever alters it in the next moment."""
        return _answer(self._project.put_labels(request.base_revision, request.labels))


def _answer(found: LabelList) -> LabelsAnswer:
    counted = [
        CountedLabel(id=label.id, name=label.name, colour=label.colour, objects=label.objects) for label in found.labels
    ]
    return LabelsAnswer(revision=found.revision, labels=counted)
