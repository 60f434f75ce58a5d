"""The base of all typed settings of a training run."""

from __future__ import annotations

import yaml
from pydantic import BaseModel, ConfigDict


class Settings(BaseModel):
    """Checked when made, unknown names refused, never changed: what a recipe says is what runs."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    def to_yaml(self) -> str:
        """All of it, defaults included."""
        text: str = yaml.safe_dump(self.model_dump(mode="json"), sort_keys=False, allow_unicode=True, width=100)
        return text
