"""Published numbers, each with its source and its protocol, to stand beside measured ones.

They are not results of this software. Where images, prompts or averages differ from a run's, the note says so: the
same model on the same set differs by 5 points between sources.
"""

from __future__ import annotations

from dataclasses import dataclass

_ANATOMY_STUDY = "independent evaluation, GitHub MXHsj/us_multi_anatomy_seg"


@dataclass(frozen=True)
class PublishedResult:
    """One published mean Dice.

    Attributes:
        model: whose.
        dataset: the data set, by the name that the corpus gives it.
        prompt: what was asked, in words.
        protocol: the protocol of this software that is nearest to it.
        dice: mean, 0 to 1.
        hd95_px: mean 95 % Hausdorff distance in pixels, where it was given.
        images: which images.
        source: where it stands.
        seen: whether the model saw the set in training, where that is known.
    """

    model: str
    dataset: str
    prompt: str
    protocol: str
    dice: float
    images: str
    source: str
    hd95_px: float | None = None
    seen: bool | None = None


def _study(
    model: str,
    prompt: str,
    protocol: str,
    dice: dict[str, float],
    *,
    hd95_px: dict[str, float] | None = None,
    seen: frozenset[str] = frozenset(),
    seen_known: bool = False,
) -> list[PublishedResult]:
    return [
        PublishedResult(
            model,
            dataset,
            prompt,
            protocol,
            value,
            "all images of the set, training images included",
            _ANATOMY_STUDY,
            (hd95_px or {}).get(dataset),
            dataset in seen if seen_known else None,
        )
        for dataset, value in dice.items()
    ]


_ULTRASAM_SAW = frozenset({"BUS-BRA", "GIST514", "MMOTU_2d", "TNSCUI", "BUSI"})
_SHIFT = "box shifted by {} % of its side"
#: What the box costs when it is shifted by 5, 10 and 15 % of its side, against the exact box.
_SHIFT_LOSS = {"BUS-BRA": (0.009, 0.040, 0.099), "MMOTU_2d": (0.005, 0.044, 0.116), "BUSI": (0.008, 0.035, 0.089)}
_ULTRASAM_BOX = {
    "BUS-BRA": 0.939,
    "GIST514": 0.925,
    "MMOTU_2d": 0.943,
    "TNSCUI": 0.936,
    "Bones": 0.903,
    "UMUD": 0.752,
    "RobLUS": 0.573,
    "BUSI": 0.924,
}

PUBLISHED: tuple[PublishedResult, ...] = (
    *_study(
        "UltraSam",
        "exact box",
        "box",
        _ULTRASAM_BOX,
        hd95_px={"BUS-BRA": 7.3, "MMOTU_2d": 16.6, "BUSI": 14.8},
        seen=_ULTRASAM_SAW,
        seen_known=True,
    ),
    *_study(
        "UltraSam",
        "point at the centre of mass",
        "point-centre",
        {
            "BUS-BRA": 0.908,
            "GIST514": 0.869,
            "MMOTU_2d": 0.880,
            "TNSCUI": 0.887,
            "Bones": 0.696,
            "UMUD": 0.729,
            "RobLUS": 0.015,
            "BUSI": 0.860,
        },
        hd95_px={"BUS-BRA": 12.1, "MMOTU_2d": 34.2, "BUSI": 29.7},
        seen=_ULTRASAM_SAW,
        seen_known=True,
    ),
    *_study(
        "UltraSam",
        "point at the centre of mass and exact box",
        "point-box",
        {
            "BUS-BRA": 0.926,
            "GIST514": 0.894,
            "MMOTU_2d": 0.924,
            "TNSCUI": 0.919,
            "Bones": 0.831,
            "UMUD": 0.737,
            "RobLUS": 0.021,
        },
        seen=_ULTRASAM_SAW,
        seen_known=True,
    ),
    *(
        result
        for place, percent in enumerate((5, 10, 15))
        for result in _study(
            "UltraSam",
            _SHIFT.format(percent),
            f"box-shift-{percent}",
            {dataset: round(_ULTRASAM_BOX[dataset] - loss[place], 3) for dataset, loss in _SHIFT_LOSS.items()},
            seen=_ULTRASAM_SAW,
            seen_known=True,
        )
    ),
    *_study(
        "MedSAM",
        "exact box",
        "box",
        {
            "BUS-BRA": 0.921,
            "GIST514": 0.838,
            "MMOTU_2d": 0.903,
            "TNSCUI": 0.931,
            "Bones": 0.360,
            "UMUD": 0.537,
            "RobLUS": 0.602,
            "BUSI": 0.927,
        },
    ),
    *_study(
        "SAMUS",
        "exact box",
        "box",
        {
            "BUS-BRA": 0.776,
            "GIST514": 0.198,
            "MMOTU_2d": 0.728,
            "TNSCUI": 0.762,
            "Bones": 0.231,
            "UMUD": 0.105,
            "RobLUS": 0.037,
        },
    ),
)

_BOX_ON_CAMUS = "UltraSam", "CAMUS", "exact box", "box"
PUBLISHED += (
    PublishedResult(*_BOX_ON_CAMUS, 0.899, "not stated", f"{_ANATOMY_STUDY}, one run", seen=True),
    PublishedResult(*_BOX_ON_CAMUS, 0.952, "not stated", f"{_ANATOMY_STUDY}, another run", seen=True),
    PublishedResult(
        "UltraSam",
        "BUSI",
        "point at the centre of mass",
        "point-centre",
        0.853,
        "647 lesions",
        "a second source",
        seen=True,
    ),
)


def published_for(dataset: str) -> list[PublishedResult]:
    """What is published about a data set, by its name in any spelling of case, hyphens and underscores."""
    return [result for result in PUBLISHED if _plain(result.dataset) == _plain(dataset)]


def _plain(name: str) -> str:
    return "".join(sign for sign in name.lower() if sign.isalnum()).removesuffix("2d")
