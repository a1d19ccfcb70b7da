"""Fit a bundle's confidence: its temperature, and how that and the worth of a label depend on the picture's quality.

The faces are those of a labelled split as they are, made smaller, blurred and noisy (`images.degrade`), each with what
its detector says of it: a temperature of good pictures alone is far too low for bad ones.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from tasks import bundle, prior, quality, trained_on
from tasks.calibrate import fit_temperature
from tasks.classify import Classifier
from tasks.dataset import Split
from tasks.errors import UsageError
from tasks.evaluation import truth
from tasks.faces import pose
from tasks.faces.subject import enlarged, main_face
from tasks.images import degrade
from tasks.images.measure import measure
from tasks.images.normalise import grey
from tasks.params import Detector
from tasks.schema import IMAGE_SIZE

SIDES: Final = (40, 32, 24, 20, 16, 12)  # pixels to which faces are reduced
STRENGTHS: Final = tuple(round(0.6 + 0.05 * step, 2) for step in range(17))  # 0.6 .. 1.4
DAMAGES: Final = 2  # damaged copies of each face
SEED: Final = 1

Faces = npt.NDArray[np.uint8]
Evidence = npt.NDArray[np.float64]
Looks = dict[str, npt.NDArray[np.float64]]  # yaw, pitch and detection of each face; NaN where none was found
Look = Callable[[Faces], Looks]


def look(params: Detector, name: str, weights: str) -> Look:
    """What a detector says of (n, side, side[, 3]) tight crops, which are enlarged for it."""

    def looked(faces: Faces) -> Looks:
        found = {key: np.full(len(faces), np.nan) for key in ("yaw", "pitch", "detection")}
        for number, image in enumerate(faces):
            face = main_face(enlarged(image), params, name, weights)
            if face is None:
                continue
            found["detection"][number] = face.score
            angles = None if face.landmarks is None else pose.estimate(face.landmarks)
            if angles is not None:
                found["yaw"][number], found["pitch"][number] = angles[:2]
        return found

    return looked


def fit(folder: Path, split: Split, wanted: prior.Prior = "everyday", looks: Look | None = None) -> bundle.Card:
    """Fit temperature and quality of the bundle in ``folder`` on ``split``, and write its card.

    The truth is what most people voted for where the network learnt votes and the split has them, else the labels.

    Args:
        wanted: the prior under which confidence is to mean what it says; `estimate` stands for `everyday`.
        looks: what a detector says of faces; None: pose and detection count as usual.

    Raises:
        UsageError: a model that doesn't say its prior, or too few faces.
        SourceError: the faces were normalised otherwise than the model takes them.
    """
    card = bundle.read_card(folder)
    bundle.check_data(card, split.normalise)
    if card.prior is None:
        raise UsageError(f"model: '{folder}' doesn't say under which class shares it was trained. Train it again")
    votes = card.truth == "votes" and bool(split.votes.any())
    labels = truth.by_votes(split.votes).labels if votes else split.labels
    known = np.flatnonzero(labels >= 0)
    if len(known) < 500:
        raise UsageError(f"split: {len(known)} faces are too few to fit confidence on, at least 500 are needed")
    faces, labels = split.images[known], labels[known]
    shares = prior.known(wanted, card.prior)
    network = Classifier(folder)
    own = np.log(prior.vector(card.prior))
    evidence = _evidence(network, faces, own)
    base = strength(evidence, labels, shares)
    temperature = fit_temperature(posterior(evidence / base, shares), labels)
    copies = [(faces, np.full(len(faces), float(IMAGE_SIZE)))]
    copies += [(_reduced(faces, side), np.full(len(faces), float(side))) for side in SIDES]
    copies += [(_damaged(faces, copy), np.full(len(faces), float(IMAGE_SIZE))) for copy in range(DAMAGES)]
    found, logits = [], []
    for made, sides in copies:
        seen = looks(made) if looks else {}
        sharpness = measure(np.stack([grey(face) for face in made])).sharpness
        found.append(quality.features(sides, sharpness, seen.get("yaw"), seen.get("pitch"), seen.get("detection")))
        logits.append(_evidence(network, made, own))
    good = np.arange(len(found) * len(faces)) < len(faces)
    fitted = quality.fit(
        np.concatenate(logits), np.tile(labels, len(copies)), shares, np.concatenate(found), good, temperature, base
    )
    card = replace(card, temperature=temperature, quality=fitted.told())
    card = trained_on.carry(folder, folder, card, split.images)
    bundle.write_card(folder, card)
    return card


def strength(logits: Evidence, labels: npt.NDArray[np.int64], shares: prior.Shares) -> float:
    """The temperature of the evidence that is best for the accuracy, counted twice, and the mean recall together.

    Under a prior of everyday pictures the most likely answer hardly ever is a rare emotion. A lower temperature lets
    what is seen count more against the prior: more rare emotions are found, and some neutral faces are lost.

    Args:
        logits: (n, 7) of the evidence.
        labels: (n,) the truth.
        shares: (7,) the prior.
    """
    present = np.unique(labels)

    def worth(temperature: float) -> float:
        right = (logits / temperature + np.log(shares)).argmax(axis=1) == labels
        return float(2 * right.mean() + np.mean([right[labels == one].mean() for one in present]))

    return max(STRENGTHS, key=worth)


def posterior(logits: Evidence, shares: prior.Shares) -> npt.NDArray[np.float32]:
    """(n, 7) probabilities of (n, 7) logits of the evidence under a prior."""
    joint = logits + np.log(shares)
    exponents = np.exp(joint - joint.max(axis=1, keepdims=True))
    return np.asarray(exponents / exponents.sum(axis=1, keepdims=True), np.float32)


def _evidence(network: Classifier, faces: Faces, own: prior.Shares) -> Evidence:
    """(n, 7) logits of the evidence in faces; ``own``: logarithms of the shares that the answers are under."""
    raw = network.raw(faces)[:, : len(own)].astype(np.float64)
    return np.asarray(np.log(np.maximum(raw, prior.TINY)) - own)


def _reduced(faces: Faces, side: int) -> Faces:
    """Faces of which ``side`` pixels are left, as scoring enlarges them."""
    wanted = faces.shape[1]
    small = [cv2.resize(face, (side, side), interpolation=cv2.INTER_AREA) for face in faces]
    return np.stack([np.asarray(cv2.resize(one, (wanted, wanted), interpolation=cv2.INTER_LINEAR)) for one in small])


def _damaged(faces: Faces, copy: int) -> Faces:
    """Faces that are blurred, noisy, dark or compressed, at their full size."""
    drawn = (degrade.draw(np.random.default_rng((SEED, copy, number))) for number in range(len(faces)))
    return np.stack([degrade.apply(face, replace(done, side=0)) for face, done in zip(faces, drawn, strict=True)])
