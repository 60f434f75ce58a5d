"""Images, prompts and true masks of one step, as tensors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from ultrasam.inference.coordinates import ModelFrame
from ultrasam.modeling.prompts import ObjectPrompt, PromptTokens


@dataclass(frozen=True, eq=False)
class Item:
    """One image, ready to be asked about K objects.

    Attributes:
        image: ``(3, h, w)`` uint8 RGB in the model's frame, without padding.
        embedding: ``(256, S/16, S/16)`` float32, or None.
        frame: how the image lies in the network's input.
        prompts: one for each object, in the model's frame.
        truths: ``(K, S/stride, S/stride)`` uint8 cover of the true masks, 0 to 255.
        name: data set and file, for messages.
        group: number of its data set.
        kinds: ``(K,)`` int64, the kind of prompt of each object where that matters (validation), else zeros.
        draws: ``(K, rounds - 1)`` uniform from 0 to 1, for what the user says later.
        position: in the order of the run.
    """

    image: Tensor
    embedding: Tensor | None
    frame: ModelFrame
    prompts: Sequence[ObjectPrompt]
    truths: Tensor
    name: str
    group: int
    kinds: Tensor
    draws: Tensor
    position: int


@dataclass(frozen=True, eq=False)
class Batch:
    """B images with N objects in all.

    Attributes:
        images: B tensors ``(3, h, w)`` uint8, which differ in size.
        embeddings: ``(B, 256, S/16, S/16)`` float32, or None.
        frames: one for each image.
        prompts: N objects, each with the index of its image.
        truths: ``(N, S/stride, S/stride)`` uint8 cover of the true masks, 0 to 255.
        names: of the images.
        groups: ``(N,)`` int64, number of each object's data set.
        kinds: ``(N,)`` int64, see :class:`Item`.
        draws: ``(N, rounds - 1)``, see :class:`Item`.
        position: of the first image in the order of the run.
    """

    images: tuple[Tensor, ...]
    embeddings: Tensor | None
    frames: tuple[ModelFrame, ...]
    prompts: PromptTokens
    truths: Tensor
    names: tuple[str, ...]
    groups: Tensor
    kinds: Tensor
    draws: Tensor
    position: int

    def __len__(self) -> int:
        return len(self.frames)

    @classmethod
    def collate(cls, items: Sequence[Item]) -> Batch:
        """Put images together."""
        prompts = [replace(prompt, image_index=i) for i, item in enumerate(items) for prompt in item.prompts]
        embeddings = [item.embedding for item in items if item.embedding is not None]
        return cls(
            images=tuple(item.image for item in items),
            embeddings=torch.stack(embeddings) if embeddings else None,
            frames=tuple(item.frame for item in items),
            prompts=PromptTokens.pad(prompts),
            truths=torch.cat([item.truths for item in items]),
            names=tuple(item.name for item in items),
            groups=torch.tensor([item.group for item in items for _ in item.prompts]),
            kinds=torch.cat([item.kinds for item in items]),
            draws=torch.cat([item.draws for item in items]),
            position=items[0].position,
        )

    def pin_memory(self) -> Batch:
        """The same batch in memory that a GPU fetches from by itself; for data loaders."""
        return replace(
            self,
            images=tuple(image.pin_memory() for image in self.images),
            embeddings=None if self.embeddings is None else self.embeddings.pin_memory(),
            truths=self.truths.pin_memory(),
        )

    def to(self, device: torch.device | str) -> Batch:
        """The same batch on another device."""
        return replace(
            self,
            images=tuple(image.to(device, non_blocking=True) for image in self.images),
            embeddings=None if self.embeddings is None else self.embeddings.to(device, non_blocking=True),
            prompts=self.prompts.to(device),
            truths=self.truths.to(device, non_blocking=True),
            groups=self.groups.to(device),
            kinds=self.kinds.to(device),
        )
