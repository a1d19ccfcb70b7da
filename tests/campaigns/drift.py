"""Archives of drawn faces that change, and such that don't: `fermata monitor` notices the former, and not the latter.

Faces are drawn, changed as pictures, measured as scoring measures them, and labelled by the model that comes with
Fermata. Nights differ as nights do: in how many faces they have, in their mix of emotions, in light, in failures.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from pathlib import Path
from typing import Final, Literal

import cv2
import numpy as np
import numpy.typing as npt

from campaigns.budget import Budget
from campaigns.report import Report
from tasks import bundle
from tasks.classify import Classifier
from tasks.faces.crop import blur, brightness
from tasks.images.normalise import normalise
from tasks.locate import REFERENCE
from tasks.monitor.outcome import outcome
from tasks.monitor.profile import Profile
from tasks.monitor.quantities import QUANTITIES
from tasks.params import Monitor, Normalise
from tasks.schema import EMOTIONS
from tasks.synthetic.crops import crop

Face = npt.NDArray[np.uint8]
NIGHTS: Final = 14  # seven of them before the change
FILES: Final = (100, 80)  # of a night, more or less; and of a slice's
PEOPLE: Final = 200
ABSTAIN_BELOW: Final = 0.4
MIX: Final = (0.1, 0.05, 0.1, 0.3, 0.25, 0.1, 0.1)
JUDGED: Final = (700, 400)  # faces of the model's evaluation; and of a slice's
MEASURED: Final = Normalise()
_AGAINST: Final[tuple[Literal["model", "runs"], ...]] = ("model", "runs")


@dataclass(frozen=True)
class Archive:
    """What an archive is like.

    Attributes:
        mix: shares of EMOTIONS.
        size: median side of a face, pixels.
        seen: share of pictures with a face.
        failed: share of files that cannot be read.
        gain: of the light.
        soft: standard deviation of the blur, pixels.
    """

    mix: tuple[float, ...] = MIX
    size: float = 70.0
    seen: float = 0.7
    failed: float = 0.02
    gain: float = 1.0
    soft: float = 0.0


STEADY: Final = Archive()
# What changes, and the quantity that has to tell of it.
CHANGES: Final[Mapping[str, tuple[Archive, str]]] = {
    "darker": (replace(STEADY, gain=0.55), "brightness"),
    "blurrier": (replace(STEADY, soft=1.5), "blur"),
    "other emotions": (replace(STEADY, mix=(0.03, 0.02, 0.15, 0.62, 0.05, 0.03, 0.1)), "classes"),
    "smaller faces": (replace(STEADY, size=28.0), "size"),
    "failures": (replace(STEADY, failed=0.2), "failures"),
    "fewer faces found": (replace(STEADY, seen=0.45), "detection"),
}


def run(report: Report, home: Path, values: Mapping[str, str], budget: Budget) -> None:
    """``budget.rounds`` (20) archives that stay as they are, and as many of each change."""
    caught, changed, quiet, seeds = dict.fromkeys(CHANGES, 0), dict.fromkeys(CHANGES, 0), 0, 0
    for number in budget.turns(1 if budget.slice else 20):
        seed, seeds = report.seed * 1000 + number, seeds + 1
        _KNOWN.clear()
        model = _evaluation(seed, JUDGED[budget.slice])
        before = [_night(seed, night, STEADY, FILES[budget.slice]) for night in range(NIGHTS // 2)]
        for name, (archive, quantity) in {"": (STEADY, ""), **CHANGES}.items():
            after = [_night(seed, night, archive, FILES[budget.slice]) for night in range(NIGHTS // 2, NIGHTS)]
            for against in _AGAINST:
                if against == "model" and name and quantity not in model.counts:
                    continue  # no evaluation tells of it
                drifted = outcome("drawn", [*before, *after], model, Monitor(reference=against)).drifted
                told = (
                    f"seed {seed}, {name or 'undrifted'}, against {against}: {', '.join(drifted) or 'nothing'} drifted"
                )
                if name:
                    report.check(quantity in drifted, told)
                    caught[name] += quantity in drifted
                    changed[name] += 1
                else:
                    report.check(not drifted, told)
                    quiet += not drifted
    for name, count in caught.items():
        report.say(f"{name}: {count} of {changed[name]} caught")
    report.say(
        f"undrifted: {quiet} of {2 * seeds} quiet; {seeds} seeds, each against the evaluation and the first runs"
    )


def _evaluation(seed: int, count: int) -> Profile:
    """The profile of the model's evaluation on faces of other people, in the archive's mix."""
    rng = np.random.default_rng((seed, 99))
    sizes = _sizes(rng, STEADY, count)  # smaller faces are less sharp: other sizes would be another look
    found = _profile([_face(rng, PEOPLE, STEADY, MIX, 1.0, size) for size in sizes], sizes)
    kept = {name: found.counts[name] for name in ("classes", "confidence", "brightness", "blur")}
    return replace(found, kind="evaluation", run_id="drawn", time="", counts=kept)


def _night(seed: int, number: int, archive: Archive, most: int) -> Profile:
    # Each has its numbers: whatever else changes, a night has the same people in the same light.
    rng, people, sides = (np.random.default_rng((seed, number, of)) for of in range(3))
    mix, light = rng.dirichlet(np.array(archive.mix) * 300), rng.normal(1.0, 0.03)
    files = int(rng.integers(most * 7 // 10, most * 13 // 10))
    failed = int(rng.binomial(files, _around(rng, archive.failed)))
    seen = int(rng.binomial(files - failed, _around(rng, archive.seen)))
    sizes = _sizes(sides, archive, seen)
    faces = [_face(people, 0, archive, mix, light, size) for size in sizes]
    found = _profile(faces, sizes)
    counts = {
        **found.counts,
        "detection": (seen, files - failed - seen),
        "frames": (files - failed, 0),
        "failures": (files - failed, failed, 0, 0, 0, 0),
    }
    return replace(
        found, run_id=f"{number:032x}", time=f"2026-01-{number + 1:02}", files=files, frames=files - failed,
        media=files - failed, counts=counts,
    )  # fmt: skip


def _sizes(rng: np.random.Generator, archive: Archive, count: int) -> list[float]:
    found: list[float] = (archive.size * rng.lognormal(0.0, 0.4, count)).tolist()
    return found


def _around(rng: np.random.Generator, rate: float) -> float:
    """A rate as one night has it."""
    return float(rng.beta(rate * 200, (1 - rate) * 200))


def _face(
    rng: np.random.Generator, first: int, archive: Archive, mix: npt.ArrayLike, light: float, size: float
) -> Face:
    """A face of one of PEOPLE, as it is cut out of a picture."""
    who, emotion = first + int(rng.integers(PEOPLE)), EMOTIONS[rng.choice(len(EMOTIONS), p=np.asarray(mix))]
    face = _drawn(who, emotion, int(rng.integers(1 << 20)))
    if size < len(face):
        small = cv2.resize(face, (round(size), round(size)), interpolation=cv2.INTER_AREA)
        face = cv2.resize(small, face.shape, interpolation=cv2.INTER_LINEAR)
    if archive.soft:
        face = cv2.GaussianBlur(face, (0, 0), archive.soft)
    lit: Face = np.clip(face * archive.gain * light, 0, 255).astype(np.uint8)
    return lit


@lru_cache(1 << 12)
def _drawn(who: int, emotion: str, index: int) -> Face:
    return crop(0, who, emotion, index)


def _profile(faces: list[Face], sizes: list[float]) -> Profile:
    """What scoring would count of ``faces``."""
    said = _answers(faces)
    confidence = said.max(axis=1)
    grey = [normalise(face, MEASURED) for face in faces]
    left = int((confidence < ABSTAIN_BELOW).sum())
    measured = {
        "confidence": confidence,
        "brightness": np.array([brightness(one) for one in grey]),
        "blur": np.array([blur(one) for one in grey]),
        "size": np.array(sizes),
    }
    counts = {name: QUANTITIES[name].count(values) for name, values in measured.items()}
    counts["classes"] = np.bincount(said.argmax(axis=1), minlength=len(EMOTIONS))
    counts["abstention"] = np.array([len(faces) - left, left])
    return Profile(
        "score", "", "", "reference", "d" * 64, faces=len(faces), people=len(faces),
        counts={name: tuple(row.tolist()) for name, row in counts.items()},
    )  # fmt: skip


def _answers(faces: list[Face]) -> npt.NDArray[np.float32]:
    """(n, 7) what the model says; of a face that it has seen it is known."""
    keys = [face.tobytes() for face in faces]
    if new := {key: face for key, face in zip(keys, faces, strict=True) if key not in _KNOWN}:
        network, spec = _network()
        said = network(np.stack([normalise(face, spec) for face in new.values()]))[:, : len(EMOTIONS)]
        _KNOWN.update(zip(new, said, strict=True))
    return np.stack([_KNOWN[key] for key in keys])


_KNOWN: Final[dict[bytes, npt.NDArray[np.float32]]] = {}


@cache
def _network() -> tuple[Callable[[Face], npt.NDArray[np.float32]], Normalise]:
    folder = Path(__file__).parents[2] / REFERENCE
    return Classifier(folder).predict, bundle.read_card(folder).spec
