"""segment-anything's ``SamPredictor``, so that tools written for it work by changing an import.

Same methods, arguments, shapes and numbers (Kirillov et al. 2023, Apache-2.0), with two differences: bad input
raises this package's errors instead of failing an assertion, and networks with any image encoder can be given.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from ultrasam.errors import ImageError, InputError, PromptError
from ultrasam.inference.coordinates import ModelFrame
from ultrasam.inference.pipelines import CORNERS, SamPipeline
from ultrasam.inference.pixels import normalise, pad, resize_antialiased
from ultrasam.inference.segmenter import Segmenter, to_frame
from ultrasam.modeling.prompts import ObjectPrompt, PromptTokens
from ultrasam.modeling.sam import Sam
from ultrasam.types import Pixels
from ultrasam.weights.input_size import SAM_INPUT_SIZE


class ResizeLongestSide:
    """segment-anything's transform between the frames: ``predictor.transform.apply_boxes_torch(...)``.

    Args:
        target_length: the model's input size.
    """

    def __init__(self, target_length: int) -> None:
        self.target_length = target_length

    def apply_image(self, image: Pixels) -> Pixels:
        """``(H, W, 3)`` uint8, resized so that its longest side is ``target_length``."""
        return resize_antialiased(image, self._frame(image.shape[:2]).resized_hw)

    def apply_coords(self, coords: npt.NDArray[Any], original_size: tuple[int, ...]) -> npt.NDArray[np.float64]:
        """``(..., 2)`` original to model coordinates; ``original_size`` is (H, W)."""
        return self._frame(original_size).to_model(coords)

    def apply_boxes(self, boxes: npt.NDArray[Any], original_size: tuple[int, ...]) -> npt.NDArray[np.float64]:
        """``(B, 4)`` original to model coordinates."""
        return self.apply_coords(boxes.reshape(-1, 2, 2), original_size).reshape(-1, 4)

    def apply_coords_torch(self, coords: Tensor, original_size: tuple[int, ...]) -> Tensor:
        """As :meth:`apply_coords`, on tensors."""
        scale = self._frame(original_size).scale_xy
        return coords.float() * torch.tensor(scale, device=coords.device)

    def apply_boxes_torch(self, boxes: Tensor, original_size: tuple[int, ...]) -> Tensor:
        """As :meth:`apply_boxes`, on tensors."""
        return self.apply_coords_torch(boxes.reshape(-1, 2, 2), original_size).reshape(-1, 4)

    def _frame(self, original_size: tuple[int, ...]) -> ModelFrame:
        return ModelFrame.fitted((original_size[0], original_size[1]), self.target_length)


class SamPredictor:
    """Drop-in for ``segment_anything.SamPredictor``.

    Args:
        sam_model: what :func:`ultrasam.load` gives, or a bare network, which is used as SAM's whatever it is,
            with an input of 1024 pixels.

    Raises:
        InputError: weights that want pixels and masks prepared otherwise than SAM's (MedSAM, official UltraSam).

    Example:
        >>> import ultrasam
        >>> predictor = SamPredictor(ultrasam.load())
        >>> predictor.set_image(np.zeros((60, 80, 3), np.uint8))
        >>> masks, scores, logits = predictor.predict(box=np.array([10, 10, 40, 40]))
        >>> masks.shape, scores.shape, logits.shape
        ((3, 60, 80), (3,), (3, 128, 128))
    """

    mask_threshold = 0.0

    def __init__(self, sam_model: Segmenter | Sam) -> None:
        if isinstance(sam_model, Segmenter) and sam_model.checkpoint.pipeline != "sam":
            raise InputError(
                f"Expected weights of the pipeline sam for SamPredictor, but got {sam_model.checkpoint.pipeline}: "
                "its masks would be wrong; use model.embed(image).segment(...)."
            )
        self.model = sam_model.network if isinstance(sam_model, Segmenter) else sam_model
        self._input_size = sam_model.input_size if isinstance(sam_model, Segmenter) else SAM_INPUT_SIZE
        self.transform = ResizeLongestSide(self._input_size)
        self.reset_image()

    @property
    def device(self) -> torch.device:
        """Where the network runs."""
        return next(self.model.parameters()).device

    @property
    def is_image_set(self) -> bool:
        """Whether an image is there to be prompted."""
        return self._embedding is not None

    @property
    def features(self) -> Tensor | None:
        """The image embedding, or None before an image is set; segment-anything's name for it."""
        return self._embedding

    def reset_image(self) -> None:
        """Forget the image."""
        self._embedding: Tensor | None = None
        self._frame: ModelFrame | None = None
        self.original_size: tuple[int, int] | None = None
        self.input_size: tuple[int, int] | None = None

    def set_image(self, image: Pixels, image_format: str = "RGB") -> None:
        """Encode an image.

        Args:
            image: ``(H, W, 3)`` uint8.
            image_format: order of the channels, ``"RGB"`` or ``"BGR"``.
        """
        if image_format not in ("RGB", "BGR"):
            raise ImageError(f"Expected image_format to be RGB or BGR, but got {image_format!r}.")
        pixels = to_frame(image).pixels
        pipeline = SamPipeline()
        frame = pipeline.frame((pixels.shape[0], pixels.shape[1]), self._input_size)
        ordered = pixels[..., ::-1] if image_format == "BGR" and pixels.ndim == 3 else pixels
        self._set(pipeline.to_input(np.ascontiguousarray(ordered), frame)[None], frame)

    def set_torch_image(self, transformed_image: Tensor, original_image_size: tuple[int, ...]) -> None:
        """Encode an image that was resized by :attr:`transform`.

        Args:
            transformed_image: ``(1, 3, h, w)`` RGB, 0 to 255, its longest side being the input size.
            original_image_size: (H, W) before the transform.
        """
        shape = tuple(transformed_image.shape)
        if len(shape) != 4 or shape[:2] != (1, 3) or max(shape[2:]) != self._input_size:
            raise ImageError(
                f"Expected an image of shape (1, 3, h, w) with a longest side of {self._input_size}, but got {shape}."
            )
        original_hw = (int(original_image_size[0]), int(original_image_size[1]))
        frame = ModelFrame(original_hw, (shape[2], shape[3]), self._input_size)
        self._set(pad(normalise(transformed_image[0].float()), frame)[None], frame)

    def predict(
        self,
        point_coords: npt.NDArray[Any] | None = None,
        point_labels: npt.NDArray[Any] | None = None,
        box: npt.NDArray[Any] | None = None,
        mask_input: npt.NDArray[Any] | None = None,
        multimask_output: bool = True,
        return_logits: bool = False,
    ) -> tuple[npt.NDArray[Any], npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        """Masks of one object.

        Args:
            point_coords: ``(N, 2)`` pixels of the original image.
            point_labels: ``(N,)`` 1 inside, 0 outside.
            box: ``(4,)`` or ``(1, 4)`` x0, y0, x1, y1.
            mask_input: ``(1, S/4, S/4)`` low-resolution logits of a former call; S is the side of the network's input.
            multimask_output: three masks instead of one.
            return_logits: masks before the threshold.

        Returns:
            Masks ``(C, H, W)``, predicted IoU ``(C,)`` and low-resolution logits ``(C, S/4, S/4)``.
        """
        frame = self._ready()
        points = labels = boxes = logits = None
        if point_coords is not None:
            if point_labels is None or len(point_labels) != len(point_coords):
                raise PromptError("Expected one entry in point_labels for each point in point_coords.")
            coords = frame.to_model(np.reshape(point_coords, (-1, 2)))
            points, labels = (
                torch.tensor(coords, dtype=torch.float32)[None],
                torch.as_tensor(point_labels)[None],
            )
        if box is not None:
            boxes = torch.as_tensor(frame.to_model(np.reshape(box, (-1, 2))), dtype=torch.float32).reshape(-1, 4)
        if mask_input is not None:
            logits = torch.as_tensor(mask_input, dtype=torch.float32)[None]
        masks, iou, low = self.predict_torch(points, labels, boxes, logits, multimask_output, return_logits)
        return masks[0].cpu().numpy(), iou[0].float().cpu().numpy(), low[0].float().cpu().numpy()

    @torch.no_grad()
    def predict_torch(
        self,
        point_coords: Tensor | None,
        point_labels: Tensor | None,
        boxes: Tensor | None = None,
        mask_input: Tensor | None = None,
        multimask_output: bool = True,
        return_logits: bool = False,
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Masks of B objects, with prompts that :attr:`transform` has brought into the model's frame.

        Args:
            point_coords: ``(B, N, 2)``.
            point_labels: ``(B, N)`` 1 inside, 0 outside, -1 for padding.
            boxes: ``(B, 4)``.
            mask_input: ``(B, 1, S/4, S/4)``; S is the side of the network's input.
            multimask_output: three masks instead of one.
            return_logits: masks before the threshold.

        Returns:
            Masks ``(B, C, H, W)``, predicted IoU ``(B, C)``, low-resolution logits ``(B, C, S/4, S/4)``.
        """
        frame = self._ready()
        if (point_coords is None) != (point_labels is None):
            raise PromptError("Expected point_coords and point_labels together, but got one of them.")
        given = [part for part in (point_coords, boxes, mask_input) if part is not None]
        if len({len(part) for part in given}) > 1:
            raise PromptError(f"Expected as many objects in each prompt, but got {[len(g) for g in given]}.")
        objects = [
            _object(
                None if point_coords is None else point_coords[i],
                None if point_labels is None else point_labels[i],
                None if boxes is None else boxes[i],
                None if mask_input is None else mask_input[i, 0],
            )
            for i in range(len(given[0]) if given else 1)
        ]
        tokens = PromptTokens.pad(objects).to(self.device)
        prediction = self.model.decode(self.get_image_embedding(), tokens)
        kept = slice(1, None) if multimask_output else slice(0, 1)
        low, iou = prediction.logits[:, kept], prediction.iou[:, kept]
        masks = torch.stack([frame.logits_to_original(logits) for logits in low])
        return (masks if return_logits else masks > self.mask_threshold), iou, low

    def get_image_embedding(self) -> Tensor:
        """``(1, 256, S/16, S/16)``."""
        if self._embedding is None:
            raise ImageError("Expected an image before prompts: call set_image first.")
        return self._embedding

    def _ready(self) -> ModelFrame:
        if self._frame is None:
            raise ImageError("Expected an image before prompts: call set_image first.")
        return self._frame

    @torch.no_grad()
    def _set(self, image: Tensor, frame: ModelFrame) -> None:
        self.reset_image()
        weight = next(self.model.parameters())
        self._embedding = self.model.encode_image(image.to(weight.device, weight.dtype))
        self._frame = frame
        self.original_size, self.input_size = frame.original_hw, frame.resized_hw


def _object(points: Tensor | None, labels: Tensor | None, box: Tensor | None, logits: Tensor | None) -> ObjectPrompt:
    coords = [part.reshape(-1, 2).float() for part in (points, box) if part is not None]
    kinds = [] if labels is None else [labels.long()]
    if box is not None:
        kinds.append(torch.tensor(CORNERS, device=box.device))
    return ObjectPrompt(
        torch.cat(coords) if coords else torch.zeros(0, 2),
        torch.cat(kinds) if kinds else torch.zeros(0, dtype=torch.int64),
        logits,
    )
