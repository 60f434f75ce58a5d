"""The words of a command about files and prompts to what is to be done with each file."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from ultrasam.cli.terminal import err
from ultrasam.cli.words import parse_prompts
from ultrasam.errors import InputError, PromptError

if TYPE_CHECKING:
    from ultrasam.inference.batch import FileTask

NO_PROMPT = "Expected a prompt: give --box X0,Y0,X1,Y1, --point X,Y, --mask FILE or --prompts FILE."


def file_tasks(
    files: list[str],
    boxes: list[str],
    points: list[str],
    mask: Path | None,
    prompts: Path | None,
    output: Path | None,
    *,
    needs_prompts: bool,
) -> list[FileTask]:
    """What to do with each file; everything that can be wrong with the prompts is found here, at once.

    Args:
        files: names, folders and patterns.
        boxes: of ``--box``.
        points: of ``--point``.
        mask: of ``--mask``.
        prompts: of ``--prompts``.
        output: folder of the results, which is no input even where it lies in a folder that is searched.
        needs_prompts: whether nothing can be done without a prompt.

    Returns:
        Tasks with prompts, or where none is given at all, without.

    Raises:
        PromptError: there is no prompt where one is needed, or one makes no sense.
        InputError: there are no files.
    """
    from ultrasam.imaging import expand_paths
    from ultrasam.inference.batch import FileTask
    from ultrasam.inference.prompt_file import PromptFile

    shared = parse_prompts(boxes, points, mask)
    by_file = None if prompts is None else PromptFile.read(prompts)
    if needs_prompts and not shared and by_file is None:
        raise PromptError(NO_PROMPT)
    names = files or (by_file.files() if by_file else [])
    if not names:
        raise InputError("Expected files: name images, folders or globs.")
    paths = expand_paths(names)
    if output is not None:
        paths = _without_former_results(paths, names, output)
    if not paths:
        raise InputError(f"Expected files beside the results of a former run in {output}, but there are none.")
    tasks = [FileTask(path, (*shared, *(by_file.for_file(path) if by_file else ()))) for path in paths]
    if by_file is None:
        return tasks
    for key in by_file.keys_without(paths):
        err.print(f"No file fits the key {key!r} in {prompts}.", style="yellow", markup=False)
    wanted = [task for task in tasks if task.prompts]
    if not wanted:
        raise PromptError(f"Expected prompts for these files in {prompts}, but no key fits any of them.")
    if len(wanted) < len(tasks):
        count = len(tasks) - len(wanted)
        err.print(f"Left out, as {prompts} has no prompt for them: {count} of {len(tasks)} files.", markup=False)
    return wanted


def _without_former_results(paths: list[Path], names: list[str], output: Path) -> list[Path]:
    """All files but those that were only found because the output folder lies in a folder that is searched."""
    folder, named = os.path.abspath(output), {os.path.abspath(name) for name in names}  # noqa: PTH100
    # Of a pattern, the folder that it searches: what stands before its first sign.
    searched = {re.sub(r"[\\/][^\\/]*[*?[].*", "", name) for name in named}
    if not any(_is_below(folder, root) for root in searched):
        return paths
    absolute = {path: os.path.abspath(path) for path in paths}  # noqa: PTH100
    return [path for path, file in absolute.items() if file in named or not _is_below(file, folder)]


def _is_below(path: str, folder: str) -> bool:
    return Path(folder) in Path(path).parents
