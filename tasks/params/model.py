"""The base of all parameter groups."""

from pydantic import BaseModel, ConfigDict


class Model(BaseModel):
    """Base of all parameter groups: unknown keys, silent conversions and changes are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)
