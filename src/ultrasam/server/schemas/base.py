"""What all requests and answers share."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel


class Wire(BaseModel):
    """A JSON object: camelCase outside, snake_case in Python; unknown keys, NaN and infinity are refused."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, extra="forbid", frozen=True, allow_inf_nan=False
    )


#: Who writes: the identifier that a tab or another client gave itself.
ClientId = Annotated[str, Field(min_length=1, max_length=100)]
