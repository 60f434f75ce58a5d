"""Images of one step with what shall be answered about them, as tensors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from ultrasam.inference.coordinates import ModelFrame
from ultrasam.modeling.prompts import ObjectPrompt, PromptTokens
from ultrasam.training.cover import inside_image

#: Side of an embedding's cell in pixels of the model's frame.
_EMBEDDING_STRIDE = 16
#: In class maps: no class is right or wrong here.
IGNORED = 255


@dataclass(frozen=True, eq=False)
class HeadItem:
    """One image, ready for the network, and the right answers.

    Attributes:
        image: ``(3, h, w)`` uint8 RGB in the model's frame, without padding; None where the features are there.
        features: what a frozen encoder found, each ``(C, h, w)`` float32; None where it has not looked yet.
        frame: how the image lies in the network's input.
        answers: what is right about its M objects, or about the image (M = 1): ``(M,)`` int64 numbers of classes;
            ``(M, K)`` float32 of each class 0 or 1, where there may be several; ``(M, T)`` float32 scaled values. None
            where class maps say it.
        covers: ``(M, S/4, S/4)`` uint8 cover of the objects' masks, 0 to 255, where masks are answered or prompts are
            asked.
        class_map: ``(S/2, S/2)`` uint8: 0 the background, then the classes; :data:`IGNORED` beyond the image.
        prompts: one for each object, where objects are asked about.
        name: of the image, for messages.
        position: in the order of the run.
    """

    image: Tensor | None
    features: tuple[Tensor, ...] | None
    frame: ModelFrame
    answers: Tensor | None
    covers: Tensor | None
    class_map: Tensor | None
    prompts: Sequence[ObjectPrompt]
    name: str
    position: int


@dataclass(frozen=True, eq=False)
class HeadBatch:
    """B images with N objects in all; or, where images are asked about, N = B.

    Attributes:
        images: B tensors ``(3, h, w)`` uint8, which differ in size; none where the features are there.
        features: each ``(B, C, h, w)`` float32, or None.
        frames: one for each image.
        inside: ``(B, 1, S/16, S/16)`` bool, the cells of the image.
        answers: ``(N, ...)``, see :class:`HeadItem`, or None.
        covers: ``(N, S/4, S/4)`` uint8, or None.
        counts: objects of each image.
        class_maps: ``(B, S/2, S/2)`` uint8, or None.
        prompts: N objects, each with the index of its image, or None.
        names: of the images.
        position: of the first image in the order of the run.
    """

    images: tuple[Tensor, ...]
    features: tuple[Tensor, ...] | None
    frames: tuple[ModelFrame, ...]
    inside: Tensor
    answers: Tensor | None
    covers: Tensor | None
    counts: tuple[int, ...]
    class_maps: Tensor | None
    prompts: PromptTokens | None
    names: tuple[str, ...]
    position: int

    def __len__(self) -> int:
        return len(self.frames)

    @classmethod
    def collate(cls, items: Sequence[HeadItem]) -> HeadBatch:
        """Put images together."""
        frames = tuple(item.frame for item in items)
        features = [item.features for item in items if item.features is not None]
        prompts = [replace(prompt, image_index=i) for i, item in enumerate(items) for prompt in item.prompts]
        return cls(
            images=tuple(item.image for item in items if item.image is not None),
            features=tuple(torch.stack(maps) for maps in zip(*features, strict=True)) if features else None,
            frames=frames,
            inside=inside_image(frames, None, frames[0].input_size // _EMBEDDING_STRIDE),
            answers=_joined([item.answers for item in items]),
            covers=_joined([item.covers for item in items]),
            counts=tuple(0 if item.answers is None else len(item.answers) for item in items),
            class_maps=_joined([None if item.class_map is None else item.class_map[None] for item in items]),
            prompts=PromptTokens.pad(prompts) if prompts else None,
            names=tuple(item.name for item in items),
            position=items[0].position,
        )

    def pin_memory(self) -> HeadBatch:
        """The same batch in memory that a GPU fetches from by itself; for data loaders."""
        return self._each(lambda tensor: tensor.pin_memory())

    def to(self, device: torch.device | str) -> HeadBatch:
        """The same batch on another device."""
        moved = self._each(lambda tensor: tensor.to(device, non_blocking=True))
        return replace(moved, prompts=None if self.prompts is None else self.prompts.to(device))

    def _each(self, change: Callable[[Tensor], Tensor]) -> HeadBatch:
        def optional(tensor: Tensor | None) -> Tensor | None:
            return None if tensor is None else change(tensor)

        return replace(
            self,
            images=tuple(change(image) for image in self.images),
            features=None if self.features is None else tuple(change(feature) for feature in self.features),
            inside=change(self.inside),
            answers=optional(self.answers),
            covers=optional(self.covers),
            class_maps=optional(self.class_maps),
        )


def _joined(parts: Sequence[Tensor | None]) -> Tensor | None:
    found = [part for part in parts if part is not None]
    return torch.cat(found) if found else None
