"""What the licence of a data set means for the data themselves, and for passing them on."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal, TypeAlias

from ultrasam.corpus.cards.licences import OWN_LICENCE, combined_licence, hub_licence, read_terms, short_name

#: Whether a converted data set may be given to others.
Sharing: TypeAlias = Literal["allowed", "forbidden", "unclear"]

_FORBIDDEN = re.compile(
    r"\b(?:no|not|non|never|without|forbid\w*|prohibit\w*)\b[^.;]*\bre-?distribut|"
    r"\bdata use agreement\b|\bresearch use agreement\b|\bRUA\b|\bcompetition rules\b",
    re.IGNORECASE,
)


def sharing(licence: str, access: str = "") -> Sharing:
    """Whether a licence lets one pass a converted copy on.

    A conversion is an adaptation, which licences without derivatives forbid to share. What is only given on request,
    or under an agreement, is not ours to give.

    Args:
        licence: in the words of the source.
        access: as the data set's card has it.

    Example:
        >>> sharing("CC BY-NC-SA 4.0"), sharing("not stated"), sharing("own terms, no redistribution")
        ('allowed', 'unclear', 'forbidden')
    """
    terms = read_terms(licence)
    if _FORBIDDEN.search(licence) or "ND" in terms.restrictions or access == "on request":
        return "forbidden"
    return "allowed" if terms.is_known else "unclear"


def data_licence(licences: Mapping[str, str]) -> str:
    """The licence of one corpus made of several data sets, in one line.

    Args:
        licences: name of each data set to its licence, in any words.

    Returns:
        that of :func:`~ultrasam.corpus.cards.licences.combined_licence`, or the licences themselves where nothing
        restricts.
    """
    line = combined_licence(licences)
    return ", ".join(dict.fromkeys(licences.values())) if short_name(line) == OWN_LICENCE else line


def hub_licence_of_data(licences: Mapping[str, str]) -> tuple[str, str | None]:
    """The hub's identifier, and a name where the identifier is ``"other"``.

    Args:
        licences: as for :func:`data_licence`.
    """
    line = combined_licence(licences)
    if short_name(line) != OWN_LICENCE:
        return hub_licence(line)
    texts = set(licences.values())
    if len(texts) != 1:
        return "other", "several, see below"
    # The hub writes cc0-1.0 and apache-2.0 where people leave a space.
    return hub_licence(re.sub(r"^(CC0|Apache) (?=\d)", r"\1-", texts.pop(), flags=re.IGNORECASE))
