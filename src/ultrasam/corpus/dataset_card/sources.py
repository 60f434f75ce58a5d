"""What a dataset card says about the data sets that the images come from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ultrasam.corpus.cards.card import Card
from ultrasam.corpus.cards.described import Described
from ultrasam.corpus.markdown import bullets, escape, table

#: How the programs that write after the catalogue call themselves.
OWN_GENERATOR = "ultrasam "


def sharing_warnings(sources: Sequence[Described]) -> list[str]:
    """Whose images may not be passed on, for the top of the card."""
    warnings = []
    if forbidden := [source.name for source in sources if source.sharing == "forbidden"]:
        warnings.append(f"> **Not to be given to others**, as these do not allow it: {escape(', '.join(forbidden))}.")
    if unclear := [source.name for source in sources if source.sharing == "unclear"]:
        warnings.append(
            f"> Whether it may be given to others is not stated by: {escape(', '.join(unclear))}. Ask first."
        )
    return warnings


def cited(sources: Sequence[Described], images: Mapping[str, int], instances: Mapping[str, int]) -> list[str]:
    """A table of the data sets, and what to cite for each.

    Args:
        sources: the data sets.
        images: how many are of each.
        instances: how many are of each.
    """
    rows = [(s.name, s.title, images.get(s.name, 0), instances.get(s.name, 0), s.licence, s.sharing) for s in sources]
    return [
        table(("data set", "what", "images", "objects", "licence", "passing copies on"), rows),
        "Please cite:",
        bullets(_citation(source) for source in sources),
    ]


def flaws(sources: Sequence[Described], generators: Mapping[str, str]) -> list[str]:
    """The flaws of each data set as the catalogue has them, under its name where there are several.

    Args:
        sources: the data sets.
        generators: what wrote each of them. Only our converters do about a flaw what the catalogue says.
    """
    parts: list[str] = []
    for source in sources:
        parts += [f"### {escape(source.name)}"] if len(sources) > 1 else []
        if source.card is None:
            parts.append("Not known: the data set is not in the catalogue.")
        elif generators.get(source.name, "").startswith(OWN_GENERATOR):
            parts.append(bullets([*_answered(source.card), *_uncertain(source.card)]) or "None known.")
        else:
            lines = [escape(flaw.what) for flaw in source.card.flaws]
            parts.append(bullets([*lines, "What was done about them is not known: another program converted it."]))
    return parts


def _citation(source: Described) -> str:
    links = " ".join(f"<{link}>" for link in source.links)
    return f"**{escape(source.name)}**: {escape(source.citation) or 'citation not known'}{' ' if links else ''}{links}"


def _answered(card: Card) -> list[str]:
    return [
        f"{'Mended' if flaw.is_fixed else '**Not mended**'}: {escape(flaw.what)} {escape(flaw.answer)}"
        for flaw in card.flaws
    ]


def _uncertain(card: Card) -> list[str]:
    lines = []
    if not card.is_layout_confirmed:
        lines.append("The layout of its files was known only by description when its converter was written.")
    if card.unknown:
        lines.append(f"No source gives: {escape(', '.join(card.unknown))}.")
    if card.secondary:
        lines.append(f"From one secondary source, not confirmed by the publisher: {escape(', '.join(card.secondary))}.")
    return lines
