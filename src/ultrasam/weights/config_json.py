"""The network's configuration as JSON, for file headers."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from ultrasam.errors import WeightsError
from ultrasam.modeling.config import SamConfig, TinyViTConfig, ViTConfig

_ENCODERS: dict[str, type[ViTConfig] | type[TinyViTConfig]] = {"vit": ViTConfig, "tiny_vit": TinyViTConfig}


def config_to_json(config: SamConfig) -> str:
    """One line of JSON; the encoder's ``"kind"`` is ``"vit"`` or ``"tiny_vit"``.

    ``"adapter_dim"`` stands there where the network has adapters, so that versions without adapters read the rest.
    """
    values = asdict(config)
    if not config.adapter_dim:
        del values["adapter_dim"]
    kind = next(kind for kind, encoder in _ENCODERS.items() if isinstance(config.encoder, encoder))
    values["encoder"] = {"kind": kind, **values["encoder"]}
    return json.dumps(values)


def config_from_json(text: str) -> SamConfig:
    """The configuration that :func:`config_to_json` wrote.

    Raises:
        WeightsError: it is no such JSON, or names an option that this version does not know.
    """
    try:
        values = json.loads(text)
        encoder = values.pop("encoder")
        made = _ENCODERS[encoder.pop("kind")](**{name: _hashable(value) for name, value in encoder.items()})
        return SamConfig(**{**values, "encoder": made})
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise WeightsError(
            f"Expected the network's configuration as this version writes it, but got {text[:80]!r} "
            f"({error}): a newer ultrasam may have written the file."
        ) from error


def _hashable(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
