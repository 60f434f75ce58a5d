"""What an export wrote, and what its reader should know."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

#: The formats that models are exported to.
Format: TypeAlias = Literal["onnx", "openvino", "segment-anything", "huggingface"]
#: How an exported network's numbers are stored.
Precision: TypeAlias = Literal["fp32", "fp16", "int8"]


@dataclass(frozen=True)
class Exported:
    """Files that were written.

    Attributes:
        format: what they are.
        path: the folder, or the file where there is but one.
        files: name to size in bytes.
        input_size: side in pixels of the network's square input.
        precision: of the stored numbers.
        licence: of the weights.
        notes: what is not exported, or not as one might expect, in sentences.
        int8: how an int8 encoder was made and what it loses; None: there is none.
    """

    format: Format
    path: Path
    files: dict[str, int]
    input_size: int
    precision: Precision
    licence: str
    notes: tuple[str, ...] = ()
    int8: dict[str, Any] | None = None

    @property
    def size_bytes(self) -> int:
        """Of all files together."""
        return sum(self.files.values())

    def to_dict(self) -> dict[str, Any]:
        """The same for JSON."""
        return {
            "format": self.format,
            "path": str(self.path),
            "files": self.files,
            "bytes": self.size_bytes,
            "input_size": self.input_size,
            "precision": self.precision,
            "licence": self.licence,
            "notes": list(self.notes),
            **({"int8": self.int8} if self.int8 else {}),
        }
