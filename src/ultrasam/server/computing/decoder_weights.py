"""What decodes, without the image encoder, as something that can be sent to another process."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from ultrasam.graphs.parts import plain
from ultrasam.modeling.config import SamConfig
from ultrasam.modeling.mask_decoder import MaskDecoder
from ultrasam.modeling.prompt_encoder import PromptEncoder
from ultrasam.modeling.sam import Sam


@dataclass(frozen=True, eq=False)
class DecoderWeights:
    """Prompt encoder and mask decoder of a network.

    Tensors are NumPy arrays here: PyTorch would move those that are in use into memory that processes share.

    Attributes:
        config: of the network.
        stride: of its image encoder.
        prompt_encoder: its tensors by name, float32.
        mask_decoder: as well.
    """

    config: SamConfig
    stride: int
    prompt_encoder: dict[str, npt.NDArray[np.float32]]
    mask_decoder: dict[str, npt.NDArray[np.float32]]

    @classmethod
    def of(cls, network: Sam) -> DecoderWeights:
        """Those of a network, which stays as it is.

        Raises:
            InputError: it was compiled.
        """
        parts = (_arrays(plain(part)) for part in (network.prompt_encoder, network.mask_decoder))
        return cls(network.config, network.image_encoder.stride, *parts)

    def network(self) -> Sam:
        """A network that has these, and no image encoder."""
        network = Sam.__new__(Sam)
        nn.Module.__init__(network)
        network.config = self.config
        network.decoder_graph = None
        network.prompt_encoder = PromptEncoder(self.config.embed_dim)
        doubled = self.config.token_mlp_residual == "doubled"
        network.mask_decoder = MaskDecoder(self.config.embed_dim, doubled_residual=doubled)
        _fill(network.prompt_encoder, self.prompt_encoder)
        _fill(network.mask_decoder, self.mask_decoder)
        instead: Any = _NoEncoder(self.stride)
        network.image_encoder = instead
        return network.eval()


class _NoEncoder(nn.Module):
    """Stands where an image encoder was."""

    def __init__(self, stride: int) -> None:
        super().__init__()
        self.stride = stride


def _arrays(part: nn.Module) -> dict[str, npt.NDArray[np.float32]]:
    return {name: tensor.detach().numpy() for name, tensor in part.state_dict().items()}


def _fill(part: nn.Module, arrays: dict[str, npt.NDArray[np.float32]]) -> None:
    part.load_state_dict({name: torch.from_numpy(array) for name, array in arrays.items()})
