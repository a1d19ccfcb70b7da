"""Group `monitor`: when the newest runs count as drifted."""

from typing import Literal

from pydantic import Field, model_validator

from tasks.params.model import Model

_QUANTITIES = (
    "classes", "confidence", "brightness", "blur", "size", "abstention", "reasons", "quality", "detection", "frames",
    "failures",
)  # fmt: skip


class Monitor(Model):
    """What the newest runs are held against, and how far they may be from it."""

    reference: Literal["auto", "model", "runs"] = (
        "auto"  # auto: the first runs; until there are enough, the model's evaluation
    )
    baseline: int = Field(7, ge=1)  # first runs that serve as reference
    window: int = Field(7, ge=1)  # newest runs
    least: int = Field(100, ge=2)  # people, media or files on either side; of fewer nothing is said
    psi: float = Field(0.2, gt=0)  # population stability index from which a distribution has drifted
    rate: float = Field(0.1, gt=0, le=1)  # of abstention, detection and failures: share that has to change sides
    alpha: float = Field(0.001, gt=0, lt=1)  # chance of a false alarm by sampling alone, over all quantities
    thresholds: dict[str, float] = {}  # of single quantities, in place of psi or rate
    log: bool = True  # into an MLflow run

    @model_validator(mode="after")
    def _known(self) -> "Monitor":
        if wrong := [name for name in self.thresholds if name not in _QUANTITIES]:
            raise ValueError(f"monitor.thresholds: no quantity {wrong[0]!r}. There are: {', '.join(_QUANTITIES)}")
        if bad := [name for name, value in self.thresholds.items() if value <= 0]:
            raise ValueError(f"monitor.thresholds.{bad[0]} must be over 0. Received: {self.thresholds[bad[0]]}")
        return self
