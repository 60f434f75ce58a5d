"""What runs a network, in which precision and where; it makes a network ready to run so."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from ultrasam.backends.compiling import compile_parts
from ultrasam.backends.int8 import int8_graph
from ultrasam.backends.names import BackendName, Precision
from ultrasam.backends.swapping import run_by_graphs
from ultrasam.modeling.sam import Sam
from ultrasam.weights import Checkpoint
from ultrasam.weights.hashing import sha256_of

#: Number format of a network that PyTorch runs.
_DTYPES: dict[Precision, torch.dtype] = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}


@dataclass(frozen=True)
class Engine:
    """A backend with a precision on a device; :func:`~ultrasam.backends.choosing.choose` gives those that can be.

    Attributes:
        backend: the program that computes.
        precision: of its numbers. ``"int8"`` is of the image encoder; the decoder has more.
        device: where the network's parameters lie, images are given and answers come from.
        compiled: whether PyTorch compiles the network.
    """

    backend: BackendName
    precision: Precision
    device: torch.device
    compiled: bool = False

    @classmethod
    def of(cls, network: Sam) -> Engine:
        """What runs a network that is used as it is."""
        parameter = next(network.parameters())
        named = {dtype: precision for precision, dtype in _DTYPES.items()}
        return cls("torch", named.get(parameter.dtype, "fp32"), parameter.device)

    def prepared(self, network: Sam, checkpoint: Checkpoint, input_size: int) -> Sam:
        """A network that runs so.

        Args:
            network: float32 on the CPU, in evaluation mode. It is changed in place: moved and compiled, or its image
                encoder and the way through its decoder replaced by graphs.
            checkpoint: that it was filled from.
            input_size: side of its input in pixels, which graphs are made for.

        Raises:
            InputError: there is no graph of these weights in this precision.
            MissingExtraError: the packages that make graphs, or run them, are not installed.
        """
        if self.backend != "torch":
            return run_by_graphs(network, checkpoint, input_size, self.backend, self.precision)
        network = network.to(self.device, _DTYPES[self.precision])
        if self.compiled:
            compile_parts(network)
        return network

    def number_format(self, checkpoint: Checkpoint, input_size: int) -> str:
        """What tells embeddings of different numbers apart; in fp32 those of all backends are the same.

        Raises:
            InputError: there is no graph of these weights in this precision.
        """
        if self.backend == "torch" or self.precision == "fp32":
            return str(_DTYPES[self.precision])
        quantised = f" {sha256_of(int8_graph(checkpoint, input_size))}" if self.precision == "int8" else ""
        return f"{self.backend} {self.precision}{quantised}"
