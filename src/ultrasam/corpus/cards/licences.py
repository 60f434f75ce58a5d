"""What the licences of training data leave for the weights that were trained on them.

Whether a licence of images binds weights is disputed; here the cautious answer is given: the strictest one does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

#: Of the code, and of weights whose data ask for nothing.
OWN_LICENCE = "Apache-2.0"

_ABBREVIATIONS = {
    r"creative commons": "CC",
    r"attribution(?=-|\s+\d)": "CC BY",
    r"(?:non[ -]?|not for |no )commercial(?:ly)?": "NC",
    r"no[ -]?deriv\w*": "ND",
    r"share[ -]?alike": "SA",
}
_CREATIVE_COMMONS = re.compile(r"\bCC[ _-]*BY((?:[ _-]+(?:NC|ND|SA))*)(?:[ _-]*v?(\d\.\d))?", re.IGNORECASE)
_PERMISSIVE = re.compile(
    r"\bCC[ _-]?0|\bpublic domain\b|\bapache\b|(?-i:\bMIT\b)|\bBSD\b|\bpermissive\b", re.IGNORECASE
)
_NOT_STATED = re.compile(r"\bnot (?:stated|given|known)\b|\bunknown\b|\bunclear\b|\bno licen[cs]e\b", re.IGNORECASE)
#: Restrictions that are told in other words than Creative Commons'.
_IN_WORDS = {
    "NC": re.compile(
        r"\bNC\b|\b(?:research|academic|educational)\b[^.;]*\bonly\b|\bonly for (?:research|academic)", re.I
    ),
    "ND": re.compile(r"\bND\b"),
    "SA": re.compile(r"\bSA\b|\b[AL]?GPL|\bODbL\b"),
}
_WORDS = {"NC": "non-commercial", "ND": "no derivatives", "SA": "share-alike"}

#: Licences that the Hugging Face hub knows by an identifier of its own.
_ON_THE_HUB = (
    *("apache-2.0", "cc0-1.0", "cc-by-4.0", "cc-by-sa-4.0", "cc-by-nd-4.0"),
    *("cc-by-nc-4.0", "cc-by-nc-sa-4.0", "cc-by-nc-nd-4.0"),
)


@dataclass(frozen=True)
class Terms:
    """What one licence text asks for.

    Attributes:
        name: SPDX where it has one, ``"non-commercial"`` and the like otherwise; empty where nothing restricts or
            nothing is known.
        restrictions: of ``"NC"`` (non-commercial), ``"ND"`` (no derivatives) and ``"SA"`` (share-alike).
        is_known: whether the text says what is allowed.
        is_certain: whether it names one licence and not several.
    """

    name: str
    restrictions: frozenset[str]
    is_known: bool
    is_certain: bool = True

    @property
    def strictness(self) -> tuple[bool, bool, bool, bool, str]:
        """Sorts terms: no derivatives, then non-commercial, then share-alike, then attribution."""
        no_derivatives, non_commercial, share_alike = (letters in self.restrictions for letters in ("ND", "NC", "SA"))
        return no_derivatives, non_commercial, share_alike, bool(self.name), self.name


def read_terms(text: str) -> Terms:
    """The terms of a licence as people write it; the strictest where it names several.

    Example:
        >>> read_terms("sources disagree: CC BY 4.0 or CC BY-NC 4.0").name
        'CC-BY-NC-4.0'
        >>> read_terms('not stated ("open access")').is_known
        False
    """
    for words, letters in _ABBREVIATIONS.items():
        text = re.sub(words, letters, text, flags=re.IGNORECASE)
    found = [_creative_commons(match) for match in _CREATIVE_COMMONS.finditer(text)]
    if found:
        strictest = max(found, key=lambda terms: terms.strictness)
        is_certain = len(set(found)) == 1 and not _NOT_STATED.search(text)
        is_known = bool(strictest.restrictions) or not _NOT_STATED.search(text)
        return Terms(strictest.name, strictest.restrictions, is_known, is_certain)
    restrictions = frozenset(letters for letters, words in _IN_WORDS.items() if words.search(text))
    name = ", ".join(_WORDS[letters] for letters in sorted(restrictions))
    is_known = bool(restrictions) or bool(_PERMISSIVE.search(text) and not _NOT_STATED.search(text))
    return Terms(name, restrictions, is_known)


def combined_licence(licences: Mapping[str, str]) -> str:
    """The licence of weights in one line: the strictest of what they were trained on, and what else to know.

    Args:
        licences: name of a data set (or of the initial weights) to its licence, in any words.

    Returns:
        an SPDX name where there is one, and why; then whatever else is restricted or unclear; then the rest.

    Example:
        >>> combined_licence({"A": "CC BY-NC-SA 4.0", "B": "CC BY 4.0", "C": "not stated"})
        'CC-BY-NC-SA-4.0 (because of A); licence unclear: C (not stated); other data: CC BY 4.0'
    """
    terms = {name: read_terms(text) for name, text in licences.items()}
    unclear = [name for name, its in terms.items() if not its.is_known]
    binding = {name: its for name, its in terms.items() if its.is_known and its.name}
    restricted = [name for name, its in binding.items() if its.restrictions]
    reasons: list[str] = []
    if unclear and not restricted:
        parts = [f"unclear (because of {_with_texts(unclear, licences)})"]
    elif binding:
        strictest = max(binding.values(), key=lambda its: its.strictness).name
        reasons = [name for name, its in binding.items() if its.name == strictest]
        doubtful = [name for name in reasons if not terms[name].is_certain]
        certain = [name for name in reasons if terms[name].is_certain]
        because = ", ".join(filter(None, (", ".join(certain), _with_texts(doubtful, licences))))
        parts = [f"{strictest} (because of {because})"]
    else:
        parts = [OWN_LICENCE]
    if also := [name for name in restricted if name not in reasons]:
        parts.append(f"also restricted: {_with_texts(also, licences)}")
    if unclear and restricted:
        parts.append(f"licence unclear: {_with_texts(unclear, licences)}")
    told = {*reasons, *also, *unclear}
    if others := list(dict.fromkeys(text for name, text in licences.items() if name not in told)):
        parts.append(f"other data: {', '.join(_quoted(text) for text in others)}")
    return "; ".join(parts)


def short_name(line: str) -> str:
    """The licence alone of a :func:`combined_licence`, without why."""
    return re.split(r" \(|;", line, maxsplit=1)[0].strip()


def hub_licence(line: str) -> tuple[str, str | None]:
    """The hub's identifier of a :func:`combined_licence`, and a name for it where the identifier is ``"other"``."""
    name = short_name(line)
    if name.lower() in _ON_THE_HUB:
        return name.lower(), None
    return ("unknown", None) if name in ("unclear", "") else ("other", name)


def _creative_commons(match: re.Match[str]) -> Terms:
    letters = re.findall("NC|ND|SA", match[1].upper())
    name = "-".join(["CC-BY", *letters, *([match[2]] if match[2] else [])])
    return Terms(name, frozenset(letters), is_known=True)


def _with_texts(names: Iterable[str], licences: Mapping[str, str]) -> str:
    return ", ".join(f"{name} ({licences[name]})" for name in names)


def _quoted(text: str) -> str:
    """In quotes where a list would fall apart at its commas."""
    return f"“{text}”" if "," in text else text
