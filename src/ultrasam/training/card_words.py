"""What a model card says of weights by what they answer: prompts, or a task of their own."""

from __future__ import annotations

from dataclasses import dataclass

from ultrasam.corpus.markdown import escape
from ultrasam.modeling.heads.config import Task

_NOT_A_DEVICE = (
    "**Not a medical device.** It is not approved or validated for diagnosis, treatment or any other decision about a\n"
    "patient. "
)


_OF_OUTLINES = (
    "Masks are decided on a grid of a quarter of the input's side: thin structures and fine borders are lost.",
    "The outlines follow the annotators of the data sets, who differ among each other and drew what their project "
    "needed.",
    "Each image stands for itself: in a cine, outlines may jump from frame to frame.",
)


@dataclass(frozen=True)
class CardWords:
    """The parts of a card that hang on what weights answer.

    Attributes:
        pipeline_tag: the hub's.
        tags: the hub's.
        what: begins ``A network that …``.
        use: what it is meant for, and what not.
        python: lines after ``model = ultrasam.load(…)``.
        command: what to type, with ``{file}`` for the weights.
        limits: sentences beside the general ones.
    """

    pipeline_tag: str
    tags: tuple[str, ...]
    what: str
    use: str
    python: str
    command: str
    limits: tuple[str, ...]


_PROMPTED = CardWords(
    pipeline_tag="mask-generation",
    tags=("segmentation", "promptable", "segment-anything"),
    what="outlines a structure in an ultrasound image from points, a box or a rough mask",
    use="For research and for annotating images: a person prompts, looks at the outline, and corrects it.\n\n"
    + _NOT_A_DEVICE
    + "It finds nothing by itself and names nothing: it outlines what it is pointed at, also where there is nothing\n"
    "to outline. Measurements that rest on its outlines need a person who has checked them.",
    python='session = model.embed(ultrasam.read("scan.png").frame(0))\n'
    "mask = session.segment(box_xyxy=(312, 140, 640, 420)).mask",
    command="ultrasam segment scan.png --box 312,140,640,420 --model {file}",
    limits=(
        *_OF_OUTLINES,
        "The predicted IoU is an estimate by the network, not a measure of certainty about a patient.",
    ),
)


def card_words(task: Task | None) -> CardWords:
    """The words for a task; None: for weights that answer prompts."""
    if task is None:
        return _PROMPTED
    names = escape(", ".join(task.classes))
    if task.kind in ("semantic", "instance"):
        return _of_masks(task, names)
    box = ", box_xyxy=(312, 140, 640, 420)" if task.head.kind == "prompted" else ""
    option = " --box 312,140,640,420" if box else ""
    shown = "a structure, shown by a prompt, in an ultrasound image" if box else "an ultrasound image"
    if task.kind == "regression":
        tag, what = "image-feature-extraction", f"reads {names} off {shown}"
        limits: tuple[str, ...] = ("An image of anything else gets values all the same.",)
    else:
        tag, many = "image-classification", "any number" if task.several else "one"
        what = f"says of {shown} which of these it is, {many} of them: {names}"
        limits = (
            "An image of anything else gets one of the same answers, often with a high probability.",
            "How frequent each class is in the training data shapes the probabilities; elsewhere it is otherwise.",
        )
    return CardWords(
        pipeline_tag=tag,
        tags=(task.kind,),
        what=what,
        use="For research: on images like those that it was trained on.\n\n"
        + _NOT_A_DEVICE
        + "It always answers, also where an image shows nothing that it knows.",
        python=f'answer = model.predict(ultrasam.read("scan.png").frame(0){box})\nprint(answer)',
        command=f"ultrasam classify scan.png{option} --model {{file}}",
        limits=limits,
    )


def _of_masks(task: Task, names: str) -> CardWords:
    what = "finds and outlines objects" if task.kind == "instance" else "gives every pixel its class"
    return CardWords(
        pipeline_tag="image-segmentation",
        tags=("segmentation", task.kind),
        what=f"{what} in an ultrasound image without being asked: {names}",
        use="For research and for annotating images: a person looks at the outlines, and corrects them.\n\n"
        + _NOT_A_DEVICE
        + "It may find what is not there, and miss what is. Measurements that rest on its outlines need a person who\n"
        "has checked them.",
        python='for found in model.predict(ultrasam.read("scan.png").frame(0)):\n'
        "    print(found.name, found.score, found.measurements.area_px)",
        command="ultrasam segment scan.png --model {file}",
        limits=(*_OF_OUTLINES, "What it was not trained to find is background to it, or is taken for what it knows."),
    )
