"""From the values that masks hold, and what a user says about them, to one legend for all masks of a data set."""

from __future__ import annotations

from collections.abc import Mapping

from ultrasam.corpus.reading.legend import Colour, Legend
from ultrasam.downstream.data.masks.classes import Named
from ultrasam.downstream.data.masks.values import MaskValues
from ultrasam.errors import InputError

#: The class of masks that know but one.
OBJECT = "object"
#: Numbers up to this one count classes; larger ones are grey levels that somebody chose.
_MOST_CLASSES = 64
_HINT = (
    'write a file classes.json beside the masks, such as {"85": "cyst", "170": "nodule", "255": null} or '
    '{"cyst": "#ff0000"}; null is background'
)


def legend_of(values: MaskValues, named: Named, *, each_value_an_object: bool, where: str) -> Legend:
    """The legend of a data set's masks.

    Args:
        values: of all of them.
        named: what the user says.
        each_value_an_object: whether, with one class alone, each number is an object of its own.
        where: of the masks, for errors.

    Raises:
        InputError: nobody can say what the values mean, or all masks are empty.
    """
    if not values.pixels:
        raise InputError(f"Expected masks with objects in {where}, but all pixels of all masks are 0.")
    if isinstance(named, Mapping):
        return _explicit(named, values, where)
    names = named or (OBJECT,)
    if len(names) == 1 and values.is_black_and_white:
        return Legend.binary(names[0])
    if len(names) == 1 and len(values.pixels) == 1:
        return _legend({next(iter(values.pixels)): names[0]}, 0)
    counts_up = not values.colours and values.numbers[0] > 0 and values.numbers[-1] <= _MOST_CLASSES
    if counts_up and len(names) == 1 and each_value_an_object:
        return Legend.index(dict.fromkeys(values.numbers, names[0]), apart=True)
    if counts_up and not named:
        return Legend.index({number: f"class {number}" for number in values.numbers})
    if counts_up and len(names) > 1 and values.numbers[-1] <= len(names):
        return Legend.index(dict(enumerate(names, 1)))
    given = f"the {len(names)} names {', '.join(names)}" if named else "no names"
    raise InputError(
        f"Expected masks in {where} of 0 and 255, or of 0, 1, 2, … with a name for each, but their values are "
        f"{values.text}, with {given}: {_HINT}."
    )


def _explicit(named: Mapping[int | Colour, str | None], values: MaskValues, where: str) -> Legend:
    coloured = {isinstance(value, tuple) for value in named}
    if len(coloured) > 1 or (bool(values.colours) and not coloured.pop()):
        raise InputError(
            f"Expected numbers for grey masks and colours for coloured ones in {where}, but the names are of "
            f"{', '.join(str(value) for value in named)}, and the masks hold {values.text}."
        )
    if not any(named.values()):
        raise InputError(f"Expected a class that is not background in {where}, but all names are of background.")
    return _legend(named, _tolerance(named) if values.is_lossy else 0)


def _legend(named: Mapping[int | Colour, str | None], tolerance: float) -> Legend:
    background: int | Colour = (0, 0, 0) if any(isinstance(value, tuple) for value in named) else 0
    entries = {background: None, **named}
    return Legend(tuple(entries.items()), tolerance)


def _tolerance(named: Mapping[int | Colour, str | None]) -> float:
    """Half of the way between the two entries that are closest, as far as that is clear."""
    values = [value if isinstance(value, tuple) else (value,) * 3 for value in {0: None, **named}]
    distances = [
        sum((a - b) ** 2 for a, b in zip(one, other, strict=True)) ** 0.5
        for place, one in enumerate(values)
        for other in values[:place]
        if one != other
    ]
    # A grey level is compared by itself, a colour by all three of its parts.
    scale = 1.0 if any(isinstance(value, tuple) for value in named) else 3**0.5
    return float(min(distances)) / scale / 2.001
