"""Group `prepare`: how faces are cleaned, normalised, split, augmented and cut into shards."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from tasks.params.model import Model
from tasks.params.scoring import Detector
from tasks.params.training import Warping
from tasks.schema import EMOTIONS


class Clean(Model):
    """What makes an image useless. Every threshold can be set so that its rule never fires."""

    min_side: int = Field(16, ge=1)  # pixels, shorter side of the original
    pixels: int = Field(100_000_000, ge=1)  # of an original; more is refused unopened
    blank_std: float = Field(1.0, ge=0)  # grey levels; flatter images are blank; 0: off
    two_tone: float = Field(0.8, ge=0, le=1)  # share of pixels of one of two tones; from there on; 1: off
    dark: float = Field(8.0, ge=0, le=255)  # mean grey level under which an image is too dark; 0: off
    bright: float = Field(230.0, ge=0, le=255)  # mean grey level over which it is too bright; 255: off
    sharpness: float = Field(0.42, ge=0)  # energy of the Laplacian by that of the gradient; lower is blurred; 0: off
    conflicts: Literal["drop", "majority", "keep"] = "majority"  # equal pixels with different labels
    duplicates: Literal["drop", "across", "keep"] = "drop"  # equal pixels; across: those of another official split
    near_duplicates: Literal["drop", "across", "keep"] = "drop"
    near_distance: int = Field(16, ge=0, le=64)  # of 252 bits of the perceptual hash; 0: off
    not_a_face: float = Field(0.5, gt=0, le=1)  # share of votes from which an image is rejected

    @model_validator(mode="after")
    def _possible(self) -> "Clean":
        strict = ("keep", "across", "drop")
        if strict.index(self.near_duplicates) > strict.index(self.duplicates):
            raise ValueError(
                f"near_duplicates: '{self.near_duplicates}' leaves out equal images too. "
                f"Set it to {self.duplicates} as well"
            )
        return self


class Normalise(Model):
    """From any picture to a model's input; kept with each model, and what scoring does to its crops."""

    size: int = Field(48, ge=16, le=512)  # pixels, side
    colour: bool = False  # else grey
    lighting: Literal["none", "equalise", "clahe", "gamma"] = "none"
    align: Literal["none", "photograph", "crop"] = "none"  # by five landmarks; crop: tight crops, enlarged first
    margin: float = Field(0.0, ge=-0.4, le=2)  # of the face's box, added on each side; with `align` only


class Fill(Model):
    """Warped copies in the training split, up to a number of images per class."""

    target: dict[Literal[EMOTIONS], Annotated[int, Field(ge=0)]] = {}  # type: ignore[valid-type]
    seed: int = Field(1, ge=0)
    warp: Warping = Warping(brightness=0.15, erasing=0.2)


class Split(Model):
    """Which image is trained on and which is judged on."""

    by: Literal["official", "stratified"] = "official"
    shares: dict[str, Annotated[float, Field(ge=0)]] = {"training": 0.8, "validation": 0.1, "public": 0.1}  # stratified
    validation: float = Field(0.1, ge=0, lt=1)  # for `official`: share of `training` moved to `validation`
    together: bool = True  # groups (subjects, duplicates) never cross; else each image goes where its own lot says
    folds: int = Field(0, ge=0, le=100)  # 0: none; else training and validation get a fold 0 .. folds-1
    seed: int = Field(1, ge=0)


class Prepare(Model):
    """How faces are cleaned and cut into shards."""

    shard_rows: int = Field(4096, ge=1)  # source images per shard
    row_group: int = Field(1024, ge=1)  # rows that a reader has to load at least
    clean: Clean = Clean()
    normalise: Normalise = Normalise()
    split: Split = Split()
    fill: Fill = Fill()
    detector: Detector = Detector()  # for `normalise.align`
