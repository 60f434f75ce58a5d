"""What a run does where its user says nothing: chosen by the task, the images, the network and the machine.

========================  ============================================  ==========================================
value                     on a processor                                on a GPU
========================  ============================================  ==========================================
what is trained           the head; features are computed once          everything
side of the input         the weights' own, at most 512                 the weights' own
images in a batch         8 (masks 4), halved until a step fits into    16 (masks 8), halved likewise
                          60 % of the free memory
passes over the images    30, in 100 to 1,500 steps; masks 15, in       40, in 200 to 8,000 steps
                          100 to 600
width of an instance      128                                           256, as published
head
number format             float32                                       bfloat16 where the GPU has it
========================  ============================================  ==========================================

On both: at most half of the images in a batch; if not one image fits into the memory, the encoder's activations are
computed twice. Learning rates: 1e-3 of the head; of an encoder that is trained 2e-4, 0.9 times that per layer down; of
low-rank updates and adapters 5e-4. Warm-up over a twentieth of the steps, at most 100. The weights' moving average
with 0.99 from 300 steps on. 20 validations, at least a pass and 20 steps apart; 6 without a better one end the run. As
many processes read as there are cores but one, at most 12; none where features are kept.
"""

from __future__ import annotations

from collections.abc import Collection

from ultrasam.downstream.choices import Choice, Chooser
from ultrasam.downstream.machine import Machine
from ultrasam.downstream.recipe import FinetuneRecipe
from ultrasam.modeling.config import SamConfig, TinyViTConfig
from ultrasam.modeling.heads.config import TaskKind

#: All that :func:`choose` may choose.
CHOSEN = (
    "trainable.what",
    "model.input_size",
    "model.checkpoint_encoder",
    "head.width",
    "data.images",
    "data.workers",
    "run.steps",
    "run.validate_every",
    "run.patience",
    "run.ema",
    "run.precision",
    "optimiser.warmup_steps",
    "optimiser.lr",
    "optimiser.head_lr_factor",
    "optimiser.layer_decay",
)
MAX_SIDE_ON_CPU = 512
#: Share of the free memory that a step may take.
_USABLE = 0.6
#: Most validations, fewest steps between two, and how many without a better one end a run.
_VALIDATIONS, _STEPS_BETWEEN, _PATIENCE = 20, 20, 6
_EMA, _STEPS_FOR_EMA = 0.99, 300
MAX_WORKERS = 12
#: Passes over the images, fewest and most steps: of heads that read vectors on a processor, of heads that make masks
#: there, which take ten times as long, and of all on a GPU.
_PASSES = {"vectors": (30, 100, 1_500), "masks": (15, 100, 600), "gpu": (40, 200, 8_000)}
#: Of the head that finds objects, on a processor: half of what was published, and half of its time.
_INSTANCE_WIDTH_ON_CPU = 128
#: Learning rate of the encoder, the head's in times of it, the factor per layer down.
_RATES = {
    "all": (2e-4, 5.0, 0.9),
    "partial": (2e-4, 5.0, 0.9),
    "lora": (5e-4, 2.0, 1.0),
    "adapters": (5e-4, 2.0, 1.0),
    "head": (1e-3, 1.0, 1.0),
}
#: Memory that is taken at any batch, in GB: libraries, network, gradients and the optimiser's moments.
_FIXED_GB = {"tiny": 0.8, "vit": 2.8}
#: Memory per image of this side in float32, in GB, by encoder and by whether it is trained, and that of the heads:
#: measured by ``benchmarks/finetune_cost.py``.
_MEASURED_SIDE = 512
_IMAGE_GB = {("tiny", True): 0.65, ("tiny", False): 0.02, ("vit", True): 1.3, ("vit", False): 0.1}
_HEAD_GB: dict[TaskKind, float] = {"classification": 0.0, "regression": 0.0, "semantic": 0.1, "instance": 0.7}


def choose(
    recipe: FinetuneRecipe,
    given: Collection[str],
    *,
    images: int,
    network: SamConfig,
    input_size: int,
    machine: Machine,
) -> tuple[Choice, ...]:
    """Choose what the user has not.

    Args:
        recipe: with the values that the user has chosen.
        given: their paths, which stay.
        images: that are trained on.
        network: that is fine-tuned.
        input_size: that its weights were trained at.
        machine: that the run is on.
    """
    chooser = Chooser(recipe, given)
    on_cpu = machine.device == "cpu"
    what = chooser.pick(
        "trainable.what",
        "head" if on_cpu else "all",
        "no GPU here: features are computed once" if on_cpu else "there is a GPU",
    )
    side = recipe.model.input_size or input_size
    if on_cpu and side > MAX_SIDE_ON_CPU:
        side = chooser.pick("model.input_size", MAX_SIDE_ON_CPU, f"no GPU here; the weights have {input_size}")
    if recipe.task == "instance" and on_cpu:
        chooser.pick("head.width", _INSTANCE_WIDTH_ON_CPU, "no GPU here: half of the usual width")
    batch = _batch(chooser, what, images, network, side, machine)
    _schedule(chooser, what, images, batch, on_cpu=on_cpu)
    if machine.half:
        chooser.pick("run.precision", "bf16-mixed", "quicker on this GPU")
    workers = min(MAX_WORKERS, machine.cores - 1)
    if what == "head":
        chooser.pick("data.workers", 0, "features are kept")
    else:
        chooser.pick("data.workers", workers, f"of {machine.cores} cores")
    return chooser.choices


def _batch(
    chooser: Chooser[FinetuneRecipe], what: str, images: int, network: SamConfig, side: int, machine: Machine
) -> int:
    task, dense = chooser.recipe.task, _makes_masks(chooser.recipe)
    most = (4 if dense else 8) if machine.device == "cpu" else (8 if dense else 16)
    kind = "tiny" if isinstance(network.encoder, TinyViTConfig) else "vit"
    scale = (side / _MEASURED_SIDE) ** 2 / (2 if machine.half else 1)
    image_gb = (_IMAGE_GB[kind, what != "head"] + _HEAD_GB[task]) * scale
    room = _USABLE * machine.memory_gb - _FIXED_GB[kind]
    fitting = most
    while fitting > 1 and fitting * image_gb > room:
        fitting //= 2
    if image_gb > room and what != "head":
        chooser.pick("model.checkpoint_encoder", True, f"{machine.memory_gb:.0f} GB are free")
    batch = max(1, min(fitting, images // 2))
    reason = (
        "half of the images"
        if batch < fitting
        else f"{machine.memory_gb:.0f} GB are free"
        if fitting < most
        else "usual"
    )
    picked: int = chooser.pick("data.images", batch, reason)
    return picked


def _schedule(chooser: Chooser[FinetuneRecipe], what: str, images: int, batch: int, *, on_cpu: bool) -> None:
    on_what = "gpu" if not on_cpu else "masks" if _makes_masks(chooser.recipe) else "vectors"
    passes, fewest, most = _PASSES[on_what]
    a_pass = -(-images // batch)
    wanted = min(most, max(fewest, passes * a_pass))
    steps = chooser.pick("run.steps", wanted, f"{wanted / a_pass:.0f} times each of {images:,} images")
    every = max(min(steps, max(a_pass, _STEPS_BETWEEN)), -(-steps // _VALIDATIONS))
    chooser.pick("run.validate_every", every, f"of {steps:,} steps")
    chooser.pick("run.patience", _PATIENCE, "validations without a better one end the run")
    chooser.pick("optimiser.warmup_steps", min(100, steps // 20), f"of {steps:,} steps")
    chooser.pick("run.ema", _EMA if steps >= _STEPS_FOR_EMA else 0.0, f"{steps:,} steps")
    lr, factor, decay = _RATES[what]
    chooser.pick("optimiser.lr", lr, f"training {what}")
    chooser.pick("optimiser.head_lr_factor", factor, f"the head: {lr * factor:g}")
    if decay < 1:
        chooser.pick("optimiser.layer_decay", decay, "an encoder's first layers change least")


def _makes_masks(recipe: FinetuneRecipe) -> bool:
    return recipe.task in ("semantic", "instance")
