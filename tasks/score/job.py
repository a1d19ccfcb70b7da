"""What a scoring run does to every unit, and the units themselves."""

import hashlib
import json
from dataclasses import asdict, dataclass

from tasks.media.entry import Entry
from tasks.media.sampling import Mode, Sampling
from tasks.media.segments import WHOLE, Segment
from tasks.params import Detector, Limits, Normalise
from tasks.score.abstain import Rule


@dataclass(frozen=True)
class Job:
    """All that a worker needs to score a unit; the same for a whole run."""

    model: str  # folder of the bundle
    model_digest: str
    engine: str  # litert or keras
    normalise: Normalise  # what every face is made into, as in the model's card
    model_version: str  # such as `emotion v3`
    run_id: str
    detector: str  # yunet or haar
    weights: str
    weights_sha256: str
    detection: Detector
    every: int  # every n-th frame; 0: by fps
    fps: float
    rule: Rule
    limits: Limits
    images_per_unit: int
    sampling: Mode = "fps"
    most_fps: float = 10.0
    keep_crops: bool = False  # whether what the model saw is kept
    shares: tuple[float, ...] | None = None  # the prior; None: the model's own
    prior: str = "trained"  # its name, or `given`; with estimate the labels of units are under another one

    @property
    def picks(self) -> Sampling:
        """Which frames of a video are looked at."""
        return Sampling(self.every, self.fps, self.sampling, self.most_fps)

    @property
    def least_side(self) -> int:
        """Pixels, side of a face from which more tell the model nothing that counts.

        Twice what it takes, as boxes are cut at whole pixels: at 96 for 48 the probabilities of 17 faces in photographs
        were 0.02 from those of the whole picture on average and 0.09 at most, all labels the same; half such a pixel
        beside it the whole picture's own are 0.03 and 0.14 away. Aligned faces are looked for again in a view of 192
        (`refine.SIDE`).
        """
        return max(2 * self.normalise.size, 192 if self.aligned else 96)

    @property
    def aligned(self) -> bool:
        """Whether the model takes faces turned upright."""
        return self.normalise.align != "none"

    def fingerprint(self) -> str:
        """Hex digest of all that decides about the results: a resumed run must have the same."""
        decisive = asdict(self) | {"detection": self.detection.model_dump()}
        decisive["normalise"] = self.normalise.model_dump()
        # Limits decide what fails, not what comes of the rest; `--retry` repeats what failed, with others if asked to.
        for place in ("model", "run_id", "weights", "model_version", "limits", "images_per_unit"):
            del decisive[place]
        if not self.keep_crops:  # crops of some faces only would be of no use
            del decisive["keep_crops"]
        del decisive["detection"]["weights"], decisive["detection"]["name"]
        return hashlib.sha256(json.dumps(decisive, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True)
class Unit:
    """A piece of work: a part of one video, or some images. Kept whole or not at all."""

    id: str
    entries: tuple[Entry, ...]
    part: Segment = WHOLE
