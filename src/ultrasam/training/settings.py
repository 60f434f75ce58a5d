"""The base of all typed settings of a training run."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Settings(BaseModel):
    """Checked when made, unknown names refused, never changed: what a recipe says is what runs."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
