"""Group `search`."""

from typing import Any, Literal

from pydantic import Field, field_validator

from tasks.params.model import Model

_SHAPES = "[LOW, HIGH], [LOW, HIGH, log] or {choices: [...]}"
_SPACE: dict[str, Any] = {
    "train.optimiser.learning_rate": [0.0005, 0.02, "log"],
    "train.batch_size": {"choices": [32, 64, 128]},
    "model.dropout": [0.0, 0.5],
    "train.augment.rotation": [0.0, 20.0],
    "train.augment.shift": [0.0, 0.15],
}


class Search(Model):
    """Which parameters are tried, and how often; whether they exist is looked up by `tasks.search`."""

    trials: int = Field(20, ge=1)  # in all, those of earlier runs of the study among them
    epochs: int = Field(4, ge=1)  # of a trial, in place of train.epochs
    part: float = Field(0.2, gt=0, le=1)  # of the images that a trial learns from, in place of train.part
    study: str = Field("fermata", pattern=r"^[A-Za-z0-9._-]+$")  # its name; a stopped search of that name goes on
    space: dict[str, Any] = _SPACE  # parameter -> [LOW, HIGH], [LOW, HIGH, log] or {choices: [...]}
    pruner: Literal["median", "hyperband", "none"] = "median"  # ends trials that fall behind
    seed: int = Field(1, ge=0)

    @field_validator("space")
    @classmethod
    def _shaped(cls, space: dict[str, Any]) -> dict[str, Any]:
        for name, wanted in space.items():
            if isinstance(wanted, dict):
                good = set(wanted) == {"choices"} and isinstance(wanted["choices"], list) and bool(wanted["choices"])
            else:
                good = isinstance(wanted, list) and _is_range(wanted)
            if not good:
                raise ValueError(f"{name} is {wanted!r}: expected {_SHAPES}, LOW under HIGH, and over 0 with log")
        return space


def _is_range(wanted: list[Any]) -> bool:
    ends = wanted[:2]
    if len(ends) < 2 or not all(isinstance(end, int | float) and not isinstance(end, bool) for end in ends):
        return False
    return ends[0] < ends[1] and (wanted[2:] == [] or (wanted[2:] == ["log"] and ends[0] > 0))
