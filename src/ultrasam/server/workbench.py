"""One project with its images and the model: what stands behind the routes."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from typing import TYPE_CHECKING

from ultrasam import __version__
from ultrasam.errors import InputError
from ultrasam.files import alone
from ultrasam.imaging.image import spacing_for
from ultrasam.imaging.rle import rle_to_mask
from ultrasam.measure import measure
from ultrasam.server.annotating import Annotating
from ultrasam.server.archives import Archives
from ultrasam.server.asking import Asking
from ultrasam.server.calibrating import Calibration
from ultrasam.server.engine import Engine
from ultrasam.server.images import Images
from ultrasam.server.library import Library
from ultrasam.server.project import Leases, Project
from ultrasam.server.reading import Reading
from ultrasam.server.refusals import Missing
from ultrasam.server.schemas.fitting import check_mask_size
from ultrasam.server.schemas.measuring import MeasureAnswer, MeasureRequest, MeasuresOfMask
from ultrasam.server.schemas.status import Status
from ultrasam.server.settings import Settings

if TYPE_CHECKING:
    from ultrasam.inference.segmenter import Segmenter


class Workbench:
    """One project with its images and the model; holds the project's folder until it is closed.

    Args:
        settings: what was asked for.
        load: gives the model; called in a thread, once the workbench is there.

    Attributes:
        settings: what was asked for.
        library: files.
        project: the data base.
        images: the images of both.
        engine: the model.
        model: the model for routes.
        annotations: what users write.
        exports: what leaves it.
        reading: threads for what reads files.

    Raises:
        InputError: another process has the project, or it cannot be written or read.
    """

    def __init__(self, settings: Settings, load: Callable[[], Segmenter]) -> None:
        self.settings = settings
        with ExitStack() as stack:
            try:
                stack.enter_context(alone(settings.project))
            except OSError as error:
                raise InputError(
                    f"Expected to keep the project in {settings.project}, but it cannot be written "
                    f"({error.strerror}): give another folder with --project."
                ) from error
            self.project = Project.open(settings.project / "project.sqlite")
            stack.callback(self.project.close)
            self.library = Library(settings.folder, settings.project / "uploads", settings.max_upload_bytes)
            stack.callback(self.library.close)
            self.images = Images(self.project, self.library)
            self.images.begin()
            self.engine = Engine(load, embeddings_bytes=settings.embeddings_bytes, max_waiting=settings.max_waiting)
            stack.callback(self.engine.close)
            self.model = Asking(self.engine, self.images, self.library, settings.max_waiting)
            self.annotations = Annotating(self.project, self.images, Leases())
            self.reading = Reading()
            self.exports = Archives(settings, self.project, self.library, self.engine)
            self.engine.start()
            self._stack = stack.pop_all()

    def close(self) -> None:
        """Stop the model, close the data base, let others have the project."""
        self._stack.close()

    def status(self) -> Status:
        """How all of it is."""
        folder = self.settings.folder
        return Status(
            version=__version__,
            folder="" if folder is None else folder.resolve().name,
            model=self.engine.model(),
            loading=self.engine.loading_state(),
            decoder=self.engine.decoder_state(),
            queue=self.engine.queue_state(),
            max_upload_bytes=self.settings.max_upload_bytes,
            labels_revision=self.project.labels().revision,
        )

    def measured(self, image_id: str, index: int, request: MeasureRequest) -> MeasureAnswer:
        """Measure masks on a frame, in mm by the spacing that is given, else by the region in which each lies.

        Raises:
            InputError: a mask has another size than the image.
            Missing: there is no such frame.
        """
        facts = self.images.facts(image_id)
        if index >= facts.frames:
            raise Missing(f"Expected a frame from 0 to {facts.frames - 1}, but got {index}.")
        calibration = Calibration.of(facts, request.spacing_mm)
        measurements = []
        for rle in request.masks:
            check_mask_size(rle, facts.size_hw)
            mask = rle_to_mask(rle.model_dump())
            spacing = spacing_for(mask, calibration.regions)
            told = calibration.told(spacing)
            measurements.append(MeasuresOfMask(**measure(mask, spacing).to_dict(), calibration=told))
        return MeasureAnswer(measurements=measurements)
