"""As :mod:`~ultrasam.downstream.defaults`, for a model that goes on answering prompts.

========================  ============================================  ==========================================
value                     on a processor                                on a GPU
========================  ============================================  ==========================================
what is trained           the mask decoder and the prompt encoder;      the same up to 100 images, else everything
                          embeddings are computed once
side of the input         the weights' own, at most 512                 the weights' own
images in a batch         4, at most half of the images                 8, at most half of the images
passes over the images    20, in 100 to 1,000 steps                     30, in 200 to 5,000 steps
learning rate             1e-4; of an encoder 0.9 times of it per layer down
moving average            0.99
validation                10 times, at least 20 steps apart, on at most 50 images
number format             float32                                       bfloat16 where the GPU has it
========================  ============================================  ==========================================
"""

from __future__ import annotations

from collections.abc import Collection

from ultrasam.downstream.choices import Choice, Chooser
from ultrasam.downstream.defaults import MAX_SIDE_ON_CPU, MAX_WORKERS
from ultrasam.downstream.machine import Machine
from ultrasam.training import Recipe

#: All that :func:`choose_for_prompts` may choose.
CHOSEN_FOR_PROMPTS = (
    "trainable.what",
    "model.input_size",
    "data.images",
    "data.val_images",
    "data.workers",
    "run.steps",
    "run.validate_every",
    "run.ema",
    "run.precision",
    "optimiser.warmup_steps",
    "optimiser.lr",
    "optimiser.layer_decay",
)
#: Images from which the encoder is trained, too, where there is a GPU.
_IMAGES_FOR_ALL = 100
_PASSES = {"cpu": (20, 100, 1_000), "gpu": (30, 200, 5_000)}
#: Most validations, and fewest steps between two.
_VALIDATIONS, _STEPS_BETWEEN = 10, 20
#: Validation images that are asked about each time.
_VAL_IMAGES = 50


def choose_for_prompts(
    recipe: Recipe, given: Collection[str], *, images: int, input_size: int, machine: Machine
) -> tuple[Choice, ...]:
    """Choose what the user has not.

    Args:
        recipe: with the values that the user has chosen.
        given: their paths, which stay.
        images: that are trained on.
        input_size: that the first weights were trained at.
        machine: that the run is on.
    """
    chooser = Chooser(recipe, given)
    on_cpu = machine.device == "cpu"
    few = images < _IMAGES_FOR_ALL
    reason = "no GPU here: images are embedded once" if on_cpu else f"{images:,} images"
    what = chooser.pick("trainable.what", "decoder" if on_cpu or few else "all", reason)
    if on_cpu and (recipe.model.input_size or input_size) > MAX_SIDE_ON_CPU:
        chooser.pick("model.input_size", MAX_SIDE_ON_CPU, f"no GPU here; the weights have {input_size}")
    batch = chooser.pick("data.images", max(1, min(4 if on_cpu else 8, images // 2)), f"{images:,} images")
    chooser.pick("data.val_images", _VAL_IMAGES, "at most, each time")
    passes, fewest, most = _PASSES["cpu" if on_cpu else "gpu"]
    a_pass = -(-images // batch)
    wanted = min(most, max(fewest, passes * a_pass))
    steps = chooser.pick("run.steps", wanted, f"{wanted / a_pass:.0f} times each of {images:,} images")
    every = max(min(steps, _STEPS_BETWEEN), -(-steps // _VALIDATIONS))
    chooser.pick("run.validate_every", every, f"of {steps:,} steps")
    chooser.pick("run.ema", 0.99, "the average of the last hundred steps is steadier")
    chooser.pick("optimiser.lr", 1e-4, "from weights that answer prompts already")
    chooser.pick("optimiser.warmup_steps", min(100, steps // 20), f"of {steps:,} steps")
    if what != "decoder":
        chooser.pick("optimiser.layer_decay", 0.9, "an encoder's first layers change least")
        chooser.pick("data.workers", max(0, min(MAX_WORKERS, machine.cores - 1)), f"of {machine.cores} cores")
    if machine.half:
        chooser.pick("run.precision", "bf16-mixed", "quicker on this GPU")
    return chooser.choices
