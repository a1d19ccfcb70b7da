"""Groups `model`, `train`, `evaluate` and `promote`."""

from typing import Literal

from pydantic import Field

from tasks.params.model import Model
from tasks.schema import EMOTIONS


class ModelParams(Model):
    """Which network."""

    architecture: Literal["cnn5"] = "cnn5"
    dropout: float = Field(0.1, ge=0, lt=1)


class Augment(Model):
    """Ranges of the random warp; borders are filled with the nearest pixel."""

    rotation: float = Field(10.0, ge=0, le=180)  # degrees
    shift: float = Field(0.05, ge=0, lt=1)  # share of the side
    shear: float = Field(0.05, ge=0, lt=1)  # tangent of the angle
    zoom: float = Field(0.05, ge=0, lt=1)  # factor 1 - zoom .. 1 + zoom
    flip: bool = True
    brightness: float = Field(0.0, ge=0, lt=1)  # factor 1 - brightness .. 1 + brightness
    erasing: float = Field(0.0, ge=0, le=1)  # chance that a rectangle is painted over


class Train(Model):
    """How it is trained."""

    split: str = "training"
    validation: str = "validation"
    epochs: int = Field(12, ge=1)
    batch_size: int = Field(32, ge=1)
    learning_rate: float = Field(0.002, gt=0)
    class_weights: bool = True
    schedule: Literal["cosine", "constant"] = "cosine"
    precision: Literal["auto", "float32", "bfloat16"] = (
        "auto"  # auto: bfloat16 where the processor computes it natively
    )
    seed: int = Field(1, ge=0)
    augment: Augment = Augment()


class Evaluate(Model):
    """What it is judged on."""

    split: str = "public"
    batch_size: int = Field(256, ge=1)


class Floors(Model):
    """Least values that a model must reach, 0..1."""

    accuracy: float = Field(0.5, ge=0, le=1)
    macro_f1: float = Field(0.45, ge=0, le=1)
    recall: dict[Literal[EMOTIONS], float] = {}  # type: ignore[valid-type]


class Promote(Model):
    """When a candidate becomes champion."""

    floors: Floors = Floors()
    min_gain: float = Field(0.0, ge=-1, le=1)  # accuracy over the champion's on the same images
