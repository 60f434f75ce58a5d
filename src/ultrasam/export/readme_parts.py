"""What the README of every exported folder says: whose weights, how pixels become the input, and what it is not for."""

from __future__ import annotations

from ultrasam.corpus.markdown import bullets, escape
from ultrasam.export.metadata import origin_of
from ultrasam.export.preparation import image_preparation, mask_words, prompt_preparation
from ultrasam.export.source import Source
from ultrasam.weights.registry import BUNDLED_FOLDER, entry_with_sha256

_NAMES = {"licence": "Licence", "origin": "Origin", "training_data": "Training data", "citation": "Cite"}


def origin_section(source: Source) -> str:
    """Licence, origin, training data, citation, hash."""
    known = origin_of(source.checkpoint)
    lines = [f"**{words}.** {escape(known[name])}" for name, words in _NAMES.items() if name in known]
    return "\n\n".join(["## The weights", *lines, f"SHA-256 of their file: `{source.checkpoint.sha256}`"])


def notes_section(notes: tuple[str, ...]) -> list[str]:
    """What is not in the export; nothing where all is."""
    return ["## Note", bullets(escape(note) for note in notes)] if notes else []


def image_section(source: Source) -> str:
    """How to prepare an image, in words and numbers."""
    words = image_preparation(source.checkpoint.pipeline, source.input_size)
    lines = [f"**{name}**: {_in_words(value)}" for name, value in words.items() if value is not None]
    return "\n\n".join(["## From an image to the input", bullets(lines)])


def prompt_section(source: Source) -> str:
    """How to prepare prompts and what to take of the answers."""
    words, masks = prompt_preparation(), _mask_words(source)
    labels = [f"`{label}`: {escape(meaning)}" for label, meaning in words["labels"].items()]
    return "\n\n".join(
        [
            "## From prompts to masks",
            bullets(
                [
                    f"**point_coords** `(N, K, 2)`: {escape(words['coordinates'])}",
                    "**point_labels** `(N, K)`: " + "; ".join(labels),
                    f"**mask_input** `(N, 1, S/4, S/4)`: {escape(words['mask_input'])}",
                    f"**objects**: {escape(words['objects'])}",
                    f"**which mask**: {escape(masks['choice'])}",
                    f"**how masks reach the original size**, which the decoder does itself: {escape(masks['finish'])}",
                ]
            ),
        ]
    )


def limits_section() -> str:
    """What every reader must know."""
    return (
        "**Not a medical device.** It is not approved or validated for diagnosis, treatment or any other decision "
        "about a patient. It outlines what it is pointed at, also where there is nothing to outline."
    )


def licence_text(source: Source) -> str:
    """The licence of the weights for a file of its own."""
    known = origin_of(source.checkpoint)
    head = f"The weights in this folder are {source.title}.\nLicence: {known['licence']}\n"
    if "origin" in known:
        head += f"Origin: {known['origin']}\n"
    entry = entry_with_sha256(source.checkpoint.sha256)
    if entry is None or not entry.bundled:
        return head
    bundled = (BUNDLED_FOLDER / "LICENSE").read_text(encoding="utf-8")
    return f"{head}\nThey were exported from the file that this text speaks of:\n\n{bundled}"


def _in_words(value: str | list[float]) -> str:
    return escape(value) if isinstance(value, str) else ", ".join(map(str, value))


def _mask_words(source: Source) -> dict[str, str]:
    checkpoint = source.checkpoint
    return mask_words(checkpoint.pipeline, takes_mask_prompts=checkpoint.takes_mask_prompts)
