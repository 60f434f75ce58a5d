"""One list of categories for several data sets."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Literal, TypeAlias, get_args

from ultrasam.corpus.cards.described import Described
from ultrasam.corpus.cards.taxonomy import taxonomy
from ultrasam.corpus.coco.file import Id
from ultrasam.errors import InputError

#: By what categories are told apart in a merged corpus.
Classes: TypeAlias = Literal["agnostic", "category", "structure", "organ", "application"]
CLASSES: tuple[Classes, ...] = get_args(Classes)
#: The only category of a corpus that knows no classes.
OBJECT = "object"


def merged_categories(
    sets: Sequence[tuple[Described, Sequence[dict[str, Any]]]], classes: Classes
) -> tuple[list[dict[str, Any]], list[dict[Id, int]]]:
    """The categories of the merged corpus, by name, and for each data set its old ids to new ones.

    Args:
        sets: each data set with its categories.
        classes: ``"agnostic"`` has one category ``object``; ``"category"`` keeps names, and tells equal names apart
            where they mean different structures; the others use the words of the taxonomy.

    Raises:
        InputError: a category or data set has no structure or application; names all of them.
    """
    if classes not in CLASSES:
        raise InputError(f"Expected classes as one of {', '.join(CLASSES)}, but got {classes!r}.")
    name_of = _by_name(sets) if classes == "category" else _TELL[classes]
    new: dict[str, dict[str, Any]] = {}
    problems: list[str] = []
    names: list[dict[Id, str]] = []
    for described, categories in sets:
        names.append({})
        for category in categories:
            name = name_of(described, category)
            if name is None:
                problems.append(
                    described.name if classes == "application" else f"{category['name']} of {described.name}"
                )
                continue
            names[-1][category["id"]] = name
            new.setdefault(name, _entry(name, described, category, classes))
    if problems:
        raise InputError(_explain(problems, classes))
    merged = [{"id": number, **new[name]} for number, name in enumerate(sorted(new), 1)]
    ids = {entry["name"]: entry["id"] for entry in merged}
    return merged, [{old: ids[name] for old, name in of_set.items()} for of_set in names]


def _structure(described: Described, category: dict[str, Any]) -> str | None:
    """None also for words that are not in the taxonomy."""
    structure = described.structure(category)
    return structure if structure in taxonomy().organ_of else None


def _organ(described: Described, category: dict[str, Any]) -> str | None:
    return taxonomy().organ_of.get(described.structure(category) or "")


def _application(described: Described, _category: dict[str, Any]) -> str | None:
    return described.application if described.application in taxonomy().applications else None


_Tell: TypeAlias = Callable[[Described, dict[str, Any]], str | None]
_TELL: dict[str, _Tell] = {
    "agnostic": lambda _described, _category: OBJECT,
    "structure": _structure,
    "organ": _organ,
    "application": _application,
}


def _by_name(sets: Iterable[tuple[Described, Sequence[dict[str, Any]]]]) -> _Tell:
    """Names as they are; with what they mean behind them where another data set means something else by them."""
    meanings: dict[str, set[str]] = {}
    for described, categories in sets:
        for category in categories:
            meanings.setdefault(category["name"], set()).add(_meaning(described, category))

    def name_of(described: Described, category: dict[str, Any]) -> str:
        name: str = category["name"]
        return name if len(meanings[name]) == 1 else f"{name} ({_meaning(described, category)})"

    return name_of


def _meaning(described: Described, category: dict[str, Any]) -> str:
    return described.structure(category) or str(category.get("supercategory") or described.name)


def _entry(name: str, described: Described, category: dict[str, Any], classes: Classes) -> dict[str, Any]:
    structure = described.structure(category)
    if classes in ("category", "structure"):
        above = taxonomy().organ_of.get(structure or "") or category.get("supercategory") or ""
        return {"name": name, "supercategory": above, **({"structure": structure} if structure else {})}
    return {"name": name, "supercategory": OBJECT if classes == "agnostic" else classes}


def _explain(problems: Sequence[str], classes: Classes) -> str:
    if classes == "application":
        wanted, where = "an application of the taxonomy for every data set", 'say "application" in dataset.json'
    else:
        wanted = "a structure of the taxonomy for every category"
        where = 'give the category a "structure" in the COCO file'
    return (
        f"Expected {wanted}, but there is none for {'; '.join(dict.fromkeys(problems))}: {where}, or merge with "
        "classes 'category' or 'agnostic'."
    )
