"""One look at everything in a data set."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from itertools import islice

from ultrasam.corpus.coco.folder import CocoFolder
from ultrasam.corpus.processes import in_order
from ultrasam.corpus.verifying.one_image import Task, check_images
from ultrasam.corpus.verifying.stated import Stated
from ultrasam.corpus.verifying.verification import KINDS, WARNINGS, Finding, Verification
from ultrasam.corpus.verifying.whole_set import check_set

#: Images that go to a process at once.
_PORTION = 32


def verify(
    path: str | os.PathLike[str], *, workers: int = 1, on_progress: Callable[[int, int], None] | None = None
) -> Verification:
    """Check a data set: each image decodes and has its size, each mask is that of an object, and all fits together.

    The findings are the same, in the same order, with any number of workers.

    Args:
        path: a COCO file, or a folder with one.
        workers: processes that decode; with 1 all is done in this one.
        on_progress: called with the number of images that are done, and of all.

    Raises:
        InputError: nothing is found, it is no COCO file, or ``path`` means several data sets.
        MissingExtraError: an image or a mask needs a package that is not installed.
    """
    folder = CocoFolder.read(path)
    stated = Stated.read(folder.annotation_file)
    findings = list(check_set(folder, stated))
    done = 0
    # Both walk the images in portions, so that the answers tell how far the work is.
    for size, found in zip(_sizes(len(folder.images)), _check_all(folder, stated, workers), strict=True):
        findings += found
        done += size
        if on_progress is not None:
            on_progress(done, len(folder.images))
    order = {kind: place for place, kind in enumerate(KINDS)}
    findings.sort(key=lambda finding: order[finding.kind])
    return Verification(
        name=folder.name,
        images=len(folder.images),
        instances=sum(len(image.instances) for image in folder.images),
        problems=tuple(finding for finding in findings if finding.kind not in WARNINGS),
        warnings=tuple(finding for finding in findings if finding.kind in WARNINGS),
    )


def _check_all(folder: CocoFolder, stated: Stated, workers: int) -> Iterator[list[Finding]]:
    tasks = (
        Task(image, tuple(stated.extents[instance.annotation_id] for instance in image.instances))
        for image in folder.images
    )
    return in_order(check_images, iter(lambda: list(islice(tasks, _PORTION)), []), workers)


def _sizes(images: int) -> Iterator[int]:
    """The numbers of images in the portions."""
    return (min(_PORTION, images - start) for start in range(0, images, _PORTION))
