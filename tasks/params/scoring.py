"""Group `score`: how archives are labelled."""

from typing import Literal

from pydantic import Field, model_validator

from tasks.params.model import Model
from tasks.params.priors import Prior


class Limits(Model):
    """What scoring refuses to open."""

    file_bytes: int = Field(64 << 30, ge=1)
    member_bytes: int = Field(1 << 30, ge=1)  # unpacked, held in memory
    members: int = Field(1_000_000, ge=1)
    image_pixels: int = Field(200_000_000, ge=1)
    frame_pixels: int = Field(40_000_000, ge=1)
    unit_seconds: float = Field(3600.0, gt=0)  # that a part of a video, or a picture, may take
    unit_memory: int = Field(8 << 30, ge=1)  # bytes by which a worker may grow while it reads a unit


class Detector(Model):
    """How faces are found in pictures and frames."""

    name: Literal["auto", "yunet", "haar", "mtcnn", "none"] = (
        "auto"  # auto: yunet, and haar when its file cannot be had
    )
    weights: str = ""  # YuNet's file; empty: cache, then download
    threshold: float = Field(0.6, gt=0, le=1)
    min_size: int = Field(16, ge=1)  # pixels, shorter side of a face
    max_side: int = Field(1024, ge=64)  # larger pictures are reduced to this before detection
    margin: float = Field(0.0, ge=-0.4, le=2)  # of the box, added on each side before the crop


class Abstain(Model):
    """When a face gets no label, beside `score.abstain_below`."""

    unreadable: float = Field(0.3, ge=0, le=1)  # share of people who would name no emotion; over it; 1: off
    covered: float = Field(0.05, ge=0, le=1)  # score for a hidden mouth or hidden eyes; over it; 1: off
    not_a_face: float = Field(0.05, ge=0, le=1)  # score for no face; over it; 1: off
    quality: float = Field(0.78, ge=0, le=1)  # share of labels that are right for such pictures; under it; 0: off


class Score(Model):
    """How archives are labelled."""

    model: str = "models:/emotion@champion"
    sampling: Literal["fps", "every", "keyframes", "adaptive"] = "fps"
    every: int = Field(0, ge=0)  # every n-th frame, also with sampling fps; 0: use fps
    fps: float = Field(2.0, gt=0)  # with adaptive: where nothing happens
    most_fps: float = Field(10.0, gt=0)  # with adaptive: where much happens
    prior: Prior = "everyday"  # | uniform | trained | estimate | a share for each emotion
    engine: Literal["litert", "keras"] = "litert"  # keras: where there is a GPU
    abstain_below: float = Field(0.5, ge=0, le=1)
    abstain: Abstain = Abstain()
    images_per_unit: int = Field(64, ge=1)
    part_seconds: float = Field(60.0, ge=0)  # least length of the parts that long videos are cut into; 0: none are cut
    purpose: str = ""  # why, in words: stands in run.json and in the audit log; a deployment has to say it
    keep_crops: bool = False  # what the model sees of each face, for `fermata rescore`; faces are personal data
    limits: Limits = Limits()
    detector: Detector = Detector()

    @model_validator(mode="after")
    def _possible(self) -> "Score":
        if self.sampling == "every" and not self.every:
            raise ValueError("score.every must be at least 1 with score.sampling: every")
        if self.sampling in ("keyframes", "adaptive") and self.every:
            raise ValueError(f"score.every must be 0 with score.sampling: {self.sampling}. Received: {self.every}")
        if self.sampling == "adaptive" and self.most_fps < self.fps:
            raise ValueError(f"score.most_fps must be at least score.fps. Received: {self.most_fps} and {self.fps}")
        return self
