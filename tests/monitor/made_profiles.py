"""Profiles of runs that never were: what each night adds, drawn from what the archive is like."""

from dataclasses import dataclass

import numpy as np

from tasks.monitor.profile import Profile
from tasks.monitor.quantities import QUANTITIES

DIGEST = "d" * 64


@dataclass(frozen=True)
class Look:
    """What an archive is like: shares of the seven emotions, the rest mean and spread, or a share."""

    classes: tuple[float, ...] = (0.1, 0.05, 0.1, 0.3, 0.25, 0.1, 0.1)
    confidence: tuple[float, float] = (7.0, 2.0)  # of a beta distribution
    brightness: tuple[float, float] = (118.0, 30.0)
    blur: tuple[float, float] = (6.5, 0.7)  # of the logarithm
    size: tuple[float, float] = (4.2, 0.6)
    abstained: float = 0.1
    reasons: tuple[float, ...] = (0.1, 0.2, 0.2, 0.1, 0.1, 0.3)  # of those without a label
    quality: tuple[float, float] = (16.0, 4.0)  # of a beta distribution
    faces: float = 0.7  # share of frames
    undecoded: float = 0.01
    failed: float = 0.02


def night(number: int, seed: int, look: Look = Look(), files: int = 400) -> Profile:
    """The profile of a run of ``files`` pictures."""
    rng = np.random.default_rng((seed, number))
    failed, undecoded = rng.binomial(files, look.failed), rng.binomial(files, look.undecoded)
    frames = files - failed - undecoded
    faces = rng.binomial(frames, look.faces)
    left = rng.binomial(faces, look.abstained)
    measured = {
        "confidence": rng.beta(*look.confidence, faces),
        "brightness": rng.normal(*look.brightness, faces),
        "blur": rng.lognormal(*look.blur, faces),
        "size": rng.lognormal(*look.size, faces),
        "quality": rng.beta(*look.quality, faces),
    }
    counts = {name: QUANTITIES[name].count(values).tolist() for name, values in measured.items()}
    counts |= {
        "classes": rng.multinomial(faces, look.classes).tolist(),
        "abstention": [faces - left, left],
        "reasons": [faces - left, *rng.multinomial(left, look.reasons).tolist()],
        "detection": [faces, frames - faces],
        "frames": [frames, undecoded],
        "failures": [files - failed, failed, 0, 0, 0, 0],
    }
    return Profile(
        "score", f"{number:032x}", f"2026-01-{number + 1:02}T03:00:00+00:00", "emotion v1", DIGEST, files=files,
        frames=frames + undecoded, faces=faces, people=faces, media=frames + undecoded,
        counts={name: tuple(row) for name, row in counts.items()},
    )  # fmt: skip
