"""Group `promote`: when a candidate becomes champion."""

from typing import Annotated, Literal

from pydantic import Field

from tasks.params.model import Model
from tasks.schema import EMOTIONS

Share = Annotated[float, Field(ge=0, le=1)]


class Floors(Model):
    """Least values that a model must reach, 0..1."""

    accuracy: float = Field(0.5, ge=0, le=1)
    macro_f1: float = Field(0.45, ge=0, le=1)
    recall: dict[Literal[EMOTIONS], Share] = {}  # type: ignore[valid-type]


class Ceilings(Model):
    """What a model must stay under."""

    ece: float = Field(0.2, ge=0, le=1)  # expected calibration error; 1: off
    parity: float = Field(0.05, ge=0, le=1)  # share of faces that model.tflite and model.keras name otherwise; 1: off
    latency_ms: float = Field(0.0, ge=0)  # for one face on one thread, on the machine that judges; 0: off
    seen: float = Field(0.0, ge=0, le=1)  # share of the judged images that it was trained or chosen on; 1: off


class Losses(Model):
    """How far a group of images may fall behind the champion."""

    margin: float = Field(0.05, ge=0, le=1)  # of accuracy; more, and not by chance, is refused; 1: off
    smallest: int = Field(50, ge=1)  # images; smaller groups are not compared


class Require(Model):
    """What has to be known of a model and of the data that it is judged on."""

    dvc: bool = False  # the judged data must be what dvc.lock names
    trained_on: bool = False  # the images that it was trained on: models from elsewhere don't say them


class Promote(Model):
    """When a candidate becomes champion."""

    floors: Floors = Floors()
    ceilings: Ceilings = Ceilings()
    min_gain: float = Field(0.0, ge=-1, le=1)  # accuracy over the champion's on the same images
    gain_by: Literal["mean", "lower"] = "mean"  # lower: the lower end of the gain's interval must reach min_gain
    confidence: float = Field(0.95, gt=0, lt=1)  # of the gain's interval
    resamples: int = Field(10_000, ge=100)  # of its paired bootstrap
    slices: Losses = Losses()
    require: Require = Require()
    approval: bool = False  # a deployment's promotion that passes the gate waits for a person's yes
