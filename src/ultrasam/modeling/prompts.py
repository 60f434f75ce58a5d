"""Prompts as the network takes them: token slots in the model's frame, one row per object."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from ultrasam.errors import InputError

if TYPE_CHECKING:
    from typing_extensions import Self


class PromptLabel(IntEnum):
    """What a token slot holds."""

    PADDING = -2
    NOT_A_POINT = -1
    NEGATIVE_POINT = 0
    POSITIVE_POINT = 1
    BOX_LEFT_TOP = 2
    BOX_RIGHT_BOTTOM = 3


@dataclass(frozen=True, eq=False)
class ObjectPrompt:
    """What is said about one object, in pixels of the model's frame without the half pixel.

    Attributes:
        points_xy: ``(k, 2)`` float32: the points, then, where there is a box, its two corners; k may be 0.
        labels: ``(k,)`` int64, values of :class:`PromptLabel`.
        mask_logits: ``(S/4, S/4)`` float32 low-resolution logits, or None.
        image_index: which image of the batch the object lies in.
    """

    points_xy: Tensor
    labels: Tensor
    mask_logits: Tensor | None = None
    image_index: int = 0

    def __post_init__(self) -> None:
        """Check shapes and labels.

        Raises:
            InputError: one of them is wrong.
        """
        points, labels = self.points_xy, self.labels
        if points.ndim != 2 or points.shape[1] != 2 or labels.shape != points.shape[:1]:
            raise InputError(
                "Expected points_xy of shape (k, 2) and labels of shape (k,), "
                f"but got {tuple(points.shape)} and {tuple(labels.shape)}."
            )
        allowed = [label.value for label in PromptLabel]
        if not set(labels.tolist()) <= set(allowed):
            raise InputError(f"Expected labels among {allowed}, but got {labels.tolist()}.")
        if self.mask_logits is not None and self.mask_logits.ndim != 2:
            raise InputError(f"Expected mask_logits of shape (S/4, S/4), but got {tuple(self.mask_logits.shape)}.")

    def tokens(self) -> tuple[Tensor, Tensor]:
        """Coordinates ``(k, 2)`` float32 and labels ``(k,)`` int64, complete.

        Points without a box are followed by a token that is not a point, as in training.
        """
        points, labels = self.points_xy.float(), self.labels.long()
        if len(labels) and not bool((labels >= PromptLabel.BOX_LEFT_TOP).any()):
            points = torch.cat([points, points.new_zeros(1, 2)])
            labels = torch.cat([labels, labels.new_tensor([PromptLabel.NOT_A_POINT.value])])
        return points, labels


@dataclass(frozen=True, eq=False)
class PromptTokens:
    """Prompts of N objects with K token slots each, in pixels of the model's frame without the half pixel.

    Attributes:
        points_xy: ``(N, K, 2)`` float32.
        labels: ``(N, K)`` int64, values of :class:`PromptLabel`; padding never changes a result.
        mask_logits: ``(N, 1, S/4, S/4)`` float32 low-resolution logits, or None.
        has_mask: ``(N,)`` bool, which rows of mask_logits count; None: all of them.
        image_index: ``(N,)`` int64, the image that each object lies in; None: the only one, or, with several,
            object i in image i.
    """

    points_xy: Tensor
    labels: Tensor
    mask_logits: Tensor | None = None
    has_mask: Tensor | None = None
    image_index: Tensor | None = None

    def __post_init__(self) -> None:
        """Check that the shapes agree.

        Raises:
            InputError: they do not.
        """
        points, labels = self.points_xy, self.labels
        if points.ndim != 3 or points.shape[2] != 2 or labels.shape != points.shape[:2]:
            raise InputError(
                "Expected points_xy of shape (N, K, 2) and labels of shape (N, K), "
                f"but got {tuple(points.shape)} and {tuple(labels.shape)}."
            )
        count = labels.shape[0]
        masks = self.mask_logits
        if masks is not None and (masks.ndim != 4 or masks.shape[:2] != (count, 1)):
            raise InputError(f"Expected mask_logits of shape ({count}, 1, S/4, S/4), but got {tuple(masks.shape)}.")
        for name in ("has_mask", "image_index"):
            value = getattr(self, name)
            if value is not None and value.shape != (count,):
                raise InputError(f"Expected {name} of shape ({count},), but got {tuple(value.shape)}.")

    @classmethod
    def pad(cls, prompts: Sequence[ObjectPrompt]) -> Self:
        """Bring the prompts of several objects to one number of token slots.

        Raises:
            InputError: there is no object, or the masks differ in size.
        """
        if not prompts:
            raise InputError("Expected the prompt of at least one object, but got none.")
        tokens = [prompt.tokens() for prompt in prompts]
        points_xy = pad_sequence([points for points, _ in tokens], batch_first=True)
        labels = pad_sequence([labels for _, labels in tokens], batch_first=True, padding_value=PromptLabel.PADDING)
        masks = [prompt.mask_logits for prompt in prompts]
        sizes = {tuple(mask.shape) for mask in masks if mask is not None}
        if len(sizes) > 1:
            raise InputError(f"Expected mask_logits of one size for all objects, but got {sorted(sizes)}.")
        mask_logits = has_mask = None
        if sizes:
            unused = points_xy.new_zeros(sizes.pop())
            mask_logits = torch.stack([unused if mask is None else mask.float() for mask in masks])[:, None]
            has_mask = torch.tensor([mask is not None for mask in masks], device=labels.device)
        image_index = torch.tensor([prompt.image_index for prompt in prompts], device=labels.device)
        return cls(points_xy, labels, mask_logits, has_mask, image_index)

    def to(self, device: torch.device | str) -> Self:
        """The same prompts on another device."""
        return type(self)(
            self.points_xy.to(device),
            self.labels.to(device),
            None if self.mask_logits is None else self.mask_logits.to(device),
            None if self.has_mask is None else self.has_mask.to(device),
            None if self.image_index is None else self.image_index.to(device),
        )
