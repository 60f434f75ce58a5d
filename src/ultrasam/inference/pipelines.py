"""What surrounds a network: how it wants its pixels and prompts, and how its logits become a mask.

The three families differ here although their networks are (nearly) the same; a checkpoint names its pipeline.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from ultrasam.errors import PromptError
from ultrasam.imaging.tight_box import tight_box
from ultrasam.inference import pixels as px
from ultrasam.inference.coordinates import LOGIT_STRIDE, Fit, ModelFrame
from ultrasam.modeling.mask_decoder import MaskPrediction
from ultrasam.modeling.prompts import ObjectPrompt, PromptLabel, PromptTokens
from ultrasam.modeling.sam import Sam
from ultrasam.types import BoxXYXY, LowResLogits, Mask, Pixels, Prompts
from ultrasam.weights import Checkpoint

#: Objects decoded at once: each takes about 30 MB at 1024 pixels input. A processor's caches hold few of them: on two
#: cores an object takes 48 ms alone, 34 by twos, 35 by fours, 43 by sixteens.
OBJECTS_AT_ONCE = 16
OBJECTS_AT_ONCE_ON_CPU = 2

#: How a box is told to the network: as two points of these kinds.
CORNERS = (int(PromptLabel.BOX_LEFT_TOP), int(PromptLabel.BOX_RIGHT_BOTTOM))


@dataclass(frozen=True)
class Choices:
    """The masks that a network found for one object, of which some are offered.

    Attributes:
        all_logits: ``(4, S/4, S/4)`` float32 low-resolution logits: the single mask, then the three of several.
        all_scores: ``(4,)`` float32 predicted IoU.
        offered: which of the four are offered: the single one, or the three.
    """

    all_logits: Tensor
    all_scores: Tensor
    offered: slice

    @property
    def logits(self) -> Tensor:
        """``(M, S/4, S/4)`` float32 low-resolution logits of what is offered; M is 1 or 3."""
        return self.all_logits[self.offered]

    @property
    def scores(self) -> Tensor:
        """``(M,)`` float32 predicted IoU of what is offered."""
        return self.all_scores[self.offered]


_SINGLE, _SEVERAL = slice(0, 1), slice(1, None)


class SamPipeline:
    """As segment-anything's predictor (Kirillov et al. 2023)."""

    fit: Fit = "round"

    def frame(self, original_hw: tuple[int, int], input_size: int) -> ModelFrame:
        """How an image of ``original_hw`` lies in the network's input."""
        return ModelFrame.fitted(original_hw, input_size, self.fit)

    def to_input(self, pixels: Pixels, frame: ModelFrame) -> Tensor:
        """``(H, W)`` or ``(H, W, 3)`` uint8 to the network's ``(3, S, S)`` float32."""
        return self.normalised(px.to_tensor(self.resized(pixels, frame)), frame)

    def resized(self, pixels: Pixels, frame: ModelFrame) -> Pixels:
        """``(H, W)`` or ``(H, W, 3)`` uint8 to RGB ``(h, w, 3)`` uint8 of the size that it has in the input."""
        return px.resize_antialiased(px.to_rgb(pixels), frame.resized_hw)

    def normalised(self, image: Tensor, frame: ModelFrame) -> Tensor:
        """Resized RGB ``(3, h, w)``, 0 to 255, to the network's ``(3, S, S)`` float32."""
        return px.pad(px.normalise(image.float()), frame)

    def decode(
        self,
        network: Sam,
        embedding: Tensor,
        prompts: Sequence[Prompts],
        frame: ModelFrame,
        multimask: bool | None = None,
        refine: bool | None = None,
    ) -> list[Choices]:
        """The masks offered for each prompt.

        Args:
            network: in evaluation mode.
            embedding: ``(1, 256, S/16, S/16)``.
            prompts: one per object, in pixels of the original image.
            frame: where the image lies in the network's input.
            multimask: three masks per object (True), one (False), or what serves best on ultrasound (None): one.
                SAM's authors advise three for a single point; on ultrasound the best rated of three is then often
                the whole fan (docs/segment.md has the figures).
            refine: give the first pass's single mask back as a mask prompt and decode again (True), do not (False),
                or do what these weights were trained for (None). A prompt that brings a mask has one pass.
        """
        objects = [to_object_prompt(p, frame) for p in prompts]
        first = [i for i, p in enumerate(prompts) if p.mask is None and self._refines(refine)]
        if first:
            single = _decode(network, embedding, [objects[i] for i in first]).logits[:, 0]
            for i, logits in zip(first, single, strict=True):
                objects[i] = self._refined(prompts[i], objects[i], logits, frame)
        return self.choices(_decode(network, embedding, objects), multimask, refine)

    def choices(
        self, prediction: MaskPrediction, multimask: bool | None = None, refine: bool | None = None
    ) -> list[Choices]:
        """What is offered of the masks of each object; the arguments are those of :meth:`decode`."""
        offered = self._offered(multimask, refine)
        both = zip(prediction.logits.float().cpu(), prediction.iou.float().cpu(), strict=True)
        return [Choices(logits, iou, offered) for logits, iou in both]

    def finish(self, logits: Tensor, frame: ModelFrame) -> Tensor:
        """Low-resolution logits ``(N, S/4, S/4)`` to masks ``(N, H, W)`` bool of the original image."""
        return frame.logits_to_original(logits) > 0

    def _refines(self, refine: bool | None) -> bool:
        return bool(refine)

    def _offered(self, multimask: bool | None, refine: bool | None) -> slice:
        del refine
        return _SEVERAL if multimask else _SINGLE

    def _refined(self, prompt: Prompts, tokens: ObjectPrompt, logits: Tensor, frame: ModelFrame) -> ObjectPrompt:
        """The second pass's prompt: what was asked, and the first mask."""
        del prompt, frame
        return replace(tokens, mask_logits=logits)


class MedSamPipeline(SamPipeline):
    """As MedSAM (Ma et al. 2024): squashed to a square, stretched to 0..1.

    MedSAM's own script resizes with scikit-image's antialiased cubic; Pillow's differs in the last grey level.
    """

    fit: Fit = "squash"

    def resized(self, pixels: Pixels, frame: ModelFrame) -> Pixels:
        """``(H, W)`` or ``(H, W, 3)`` uint8 to RGB ``(S, S, 3)`` uint8."""
        return px.resize_antialiased(px.to_rgb(pixels), frame.resized_hw, bicubic=True)

    def normalised(self, image: Tensor, frame: ModelFrame) -> Tensor:
        """Resized RGB ``(3, S, S)`` to the network's ``(3, S, S)`` float32 in 0..1."""
        del frame
        return px.scale_to_unit(image.float())

    def finish(self, logits: Tensor, frame: ModelFrame) -> Tensor:
        """Probabilities, not logits, are interpolated, and in one step."""
        probability = F.interpolate(logits[None].float().sigmoid(), frame.original_hw, mode="bilinear")[0]
        return probability > 0.5


class OfficialUltraSamPipeline(SamPipeline):
    """As the released UltraSam (Meyer et al. 2025): two passes, threshold before upsampling.

    The network was only ever shown one point or one box per object. Those follow the official test pipeline to the
    pixel: a first pass with one mask, which then prompts the second, with three. Anything else (several points,
    negative ones, a point with a box, a mask) is fed as SAM would. Weights that were trained without refinement know
    one pass only, with three masks.
    """

    fit: Fit = "floor"

    def __init__(self, *, refines: bool = True) -> None:
        self.refines = refines

    def resized(self, pixels: Pixels, frame: ModelFrame) -> Pixels:
        """``(H, W)`` or ``(H, W, 3)`` uint8 to RGB ``(h, w, 3)`` uint8 of the size that it has in the input."""
        return px.resize_opencv(px.to_rgb(pixels), frame.resized_hw)

    def finish(self, logits: Tensor, frame: ModelFrame) -> Tensor:
        """Threshold at low resolution; every pixel that a set cell reaches in two bilinear steps is set."""
        return frame.logits_to_original((logits > 0).float()) > 0

    def _refines(self, refine: bool | None) -> bool:
        return self.refines if refine is None else refine

    def _offered(self, multimask: bool | None, refine: bool | None) -> slice:
        if multimask is None:
            # The first of two passes was trained with the single mask.
            return _SINGLE if self.refines and refine is False else _SEVERAL
        return _SEVERAL if multimask else _SINGLE

    def _refined(self, prompt: Prompts, tokens: ObjectPrompt, logits: Tensor, frame: ModelFrame) -> ObjectPrompt:
        """The second pass's prompt: the first mask, and its tight box in place of a single point."""
        if len(prompt.points_xy) != 1 or prompt.box_xyxy is not None:
            return replace(tokens, mask_logits=logits)
        box = tight_box(self.finish(logits[None], frame)[0].numpy()) or (0, 0, 0, 0)
        corners = frame.to_model(np.reshape(box, (2, 2)))
        # The official code gives this box, unlike a user's, without the half pixel that the prompt encoder adds.
        return ObjectPrompt(torch.tensor(corners - 0.5, dtype=torch.float32), torch.tensor(CORNERS), logits)


def pipeline_of(checkpoint: Checkpoint) -> SamPipeline:
    """The pipeline that weights were trained for."""
    if checkpoint.pipeline == "ultrasam":
        return OfficialUltraSamPipeline(refines=checkpoint.takes_mask_prompts)
    return MedSamPipeline() if checkpoint.pipeline == "medsam" else SamPipeline()


def to_object_prompt(prompt: Prompts, frame: ModelFrame) -> ObjectPrompt:
    """A user's prompt in the model's frame: points, then the box's corners, and the mask.

    A mask alone is accompanied by its own box: networks of this family never learnt to follow a mask alone
    (Dice with the very mask that was given: 0.06 to 0.6 without the box, 0.94 to 0.99 with it). So is a mask with
    points outside the object only, which were never the first that these networks saw.

    Raises:
        PromptError: mask logits of another size than this network's.
    """
    box = prompt.box_xyxy
    if box is None and prompt.mask is not None and not prompt.labels.any():
        box = _box_of(prompt.mask, frame)
    corners = np.zeros((0, 2)) if box is None else np.reshape(box, (2, 2))
    points = frame.to_model(np.concatenate([prompt.points_xy, corners]))
    labels = [*prompt.labels.tolist(), *CORNERS[: len(corners)]]
    return ObjectPrompt(
        torch.tensor(points, dtype=torch.float32),
        torch.tensor(labels, dtype=torch.int64),
        None if prompt.mask is None else _mask_logits(prompt.mask, frame),
    )


def _box_of(mask: Mask | LowResLogits, frame: ModelFrame) -> BoxXYXY | None:
    """Tight box of a mask prompt in original coordinates; None where nothing is inside."""
    box = tight_box(mask > 0)
    if mask.dtype == bool or box is None:
        return box
    corners = frame.to_original(np.reshape(box, (2, 2)) * LOGIT_STRIDE)
    x0, y0, x1, y1 = corners.clip(0, frame.original_hw[::-1]).ravel().tolist()
    return x0, y0, x1, y1


def _mask_logits(mask: Mask | LowResLogits, frame: ModelFrame) -> Tensor:
    """``(S/4, S/4)`` float32 from a user's mask, or the logits of a former result as they are."""
    if mask.dtype == bool:
        return frame.mask_to_logits(mask.astype(bool, copy=False))
    if mask.shape != (frame.logits_size, frame.logits_size):
        raise PromptError(
            f"Expected low-resolution logits of {frame.logits_size} x {frame.logits_size} as mask prompt at "
            f"input size {frame.input_size}, but got {mask.shape[0]} x {mask.shape[1]}: give logits of a "
            "result at the same input size, or a bool mask of the image's size."
        )
    return torch.from_numpy(mask)


def _decode(network: Sam, embedding: Tensor, objects: Sequence[ObjectPrompt]) -> MaskPrediction:
    """The masks of N objects, float32 on the CPU."""
    logits, iou = [], []
    at_once = OBJECTS_AT_ONCE_ON_CPU if embedding.device.type == "cpu" else OBJECTS_AT_ONCE
    for start in range(0, len(objects), at_once):
        tokens = PromptTokens.pad(objects[start : start + at_once]).to(embedding.device)
        prediction = network.decode(embedding, tokens)
        logits.append(prediction.logits.float().cpu())
        iou.append(prediction.iou.float().cpu())
    return MaskPrediction(torch.cat(logits), torch.cat(iou))
