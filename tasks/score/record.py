"""run.json: what was asked of a run, with what, and how much there is to do."""

import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import numpy as np

from tasks import params, prior
from tasks.faces import WITHOUT_LANDMARKS, weights
from tasks.locate import Model
from tasks.media.entry import Entry
from tasks.provenance import versions
from tasks.score import reprior
from tasks.score.abstain import Rule
from tasks.score.job import Job
from tasks.score.units import Arrangement
from tasks.urls import masked

SYNTHETIC: Final = (
    "The model was trained on drawn faces. Its labels of real people mean nothing (--allow-synthetic was given)."
)
PACKAGES: Final = (
    "fermata", "opencv-python-headless", "av", "ai-edge-litert", "pyarrow", "numpy", "onnxruntime", "mtcnn",
)  # fmt: skip
UNKNOWN_PRIOR: Final = (
    "The model doesn't say under which class shares it was trained: its answers are taken as they are, not under the "
    "prior of everyday pictures."
)
UNALIGNED: Final = {
    name: f"The model was trained on faces turned upright by their landmarks, but {finder} finds none: "
    "faces are cut by their boxes, as they stand. Tilted ones are labelled worse than with YuNet."
    for name, finder in WITHOUT_LANDMARKS.items()
}


def job(settings: params.Params, model: Model, detector: weights.Chosen) -> Job:
    """All that a worker needs, from the parameters and what was found for them."""
    wanted = settings.score
    shares = prior.shares(wanted.prior, model.card.prior)
    return Job(
        model=str(model.folder),
        model_digest=model.card.digest,
        engine=settings.score.engine,
        normalise=model.card.spec,
        model_version=model.label,
        run_id=uuid.uuid4().hex,
        detector=detector.name,
        weights=str(Path(detector.weights).resolve()) if detector.weights else "",  # workers may be elsewhere
        weights_sha256=detector.sha256,
        detection=wanted.detector,
        every=wanted.every,
        fps=wanted.fps,
        rule=Rule.of(wanted),
        limits=wanted.limits,
        images_per_unit=wanted.images_per_unit,
        sampling=wanted.sampling,
        most_fps=wanted.most_fps,
        keep_crops=wanted.keep_crops,
        shares=None if shares is None else tuple(shares.tolist()),
        prior="trained" if shares is None else prior.name(wanted.prior),
    )


def opened(
    wanted: Job,
    model: Model,
    detector: weights.Chosen,
    settings: params.Params,
    sources: Sequence[str],
    started: datetime,
) -> dict[str, Any]:
    """run.json of a run that begins."""
    card = model.card
    warnings = [SYNTHETIC] if card.synthetic else []
    if card.prior is None:
        warnings.append(UNKNOWN_PRIOR)
    if detector.fallback:
        warnings.append(
            f"Faces are found by the fallback, the Haar cascade, not by YuNet: {detector.why}. "
            "It misses turned and small faces."
        )
    if wanted.aligned and detector.name in UNALIGNED:
        warnings.append(UNALIGNED[detector.name])
    return {
        "state": "running",
        "started": started.isoformat(timespec="seconds"),
        "fingerprint": wanted.fingerprint(),
        "run_id": wanted.run_id,
        "sources": [masked(source) for source in sources],
        "model": described(model),
        "detector": {
            "name": detector.name,
            "asked": settings.score.detector.name,
            "weights_sha256": detector.sha256 or None,
            "fallback": detector.fallback,
            "why": detector.why,
        },
        "sampling": _sampling(wanted),
        "abstain_below": wanted.rule.below,
        "abstain": asdict(wanted.rule),
        "prior": reprior.told(wanted.prior, None if wanted.shares is None else np.array(wanted.shares)),
        "purpose": settings.score.purpose,
        "crops": wanted.normalise.model_dump() if wanted.keep_crops else None,
        "warnings": warnings,
        "versions": versions(*PACKAGES),
        "params": settings.score.model_dump(),
    }


# What a version of a run doesn't take over from it.
_OWN: Final = ("fingerprint", "predicted", "finished", "seconds", "totals", "forgotten", "audit")


def rescored(run: dict[str, Any], model: Model, settings: params.Params, rule: Rule, run_id: str) -> dict[str, Any]:
    """run.json of a version of ``run`` with the labels of ``model``, before it has any.

    It has no fingerprint: a version is nothing that `score` could go on with.
    """
    kept = {name: value for name, value in run.items() if name not in _OWN}
    shares = prior.shares(settings.score.prior, model.card.prior)
    warnings = [warning for warning in run.get("warnings", []) if warning != SYNTHETIC]
    return kept | {
        "state": "running",
        "run_id": run_id,
        "model": described(model),
        "abstain_below": rule.below,
        "abstain": asdict(rule),
        "prior": reprior.told("trained" if shares is None else prior.name(settings.score.prior), shares),
        "purpose": settings.score.purpose,
        "crops": None,
        "warnings": [SYNTHETIC, *warnings] if model.card.synthetic else warnings,
        "versions": versions(*PACKAGES),
        "params": run.get("params", {})
        | {
            "model": model.uri,
            "engine": settings.score.engine,
            "abstain_below": rule.below,
            "purpose": settings.score.purpose,
        },
        "rescored": {"of": run.get("run_id"), "model": run.get("model")},
    }


def repriored(
    run: dict[str, Any], settings: params.Params, rule: Rule, run_id: str, told: dict[str, Any]
) -> dict[str, Any]:
    """run.json of a version of ``run`` with the labels of its own model under another prior (``told``)."""
    kept = {name: value for name, value in run.items() if name not in _OWN}
    more = {"abstain_below": rule.below, "prior": settings.score.prior, "purpose": settings.score.purpose}
    return kept | {
        "state": "running",
        "run_id": run_id,
        "abstain_below": rule.below,
        "abstain": asdict(rule),
        "prior": told,
        "purpose": settings.score.purpose,
        "crops": None,
        "versions": versions(*PACKAGES),
        "params": run.get("params", {}) | more,
        "rescored": {"of": run.get("run_id"), "model": run.get("model")},
    }


def rule(settings: params.Params, run: dict[str, Any], abstain_below: float | None) -> Rule:
    """When labels are withheld: as the parameters say, with the run's own least confidence where none is given."""
    below = run["abstain_below"] if abstain_below is None else abstain_below
    return replace(Rule.of(settings.score), below=below)


def described(model: Model) -> dict[str, Any]:
    """A model in run.json."""
    card = model.card
    return {
        "uri": model.uri,
        "name": model.name,
        "version": model.version,
        "digest": card.digest,
        "architecture": card.architecture,
        "synthetic": card.synthetic,
        "temperature": card.temperature,
        "data_digest": card.data_digest,
        "git_revision": card.git_revision,
        "run_id": model.run_id,
        "accuracy": card.validation_accuracy,
        "truth": card.truth,
        "prior": card.prior,
        "rejects": card.rejects,
        "quality": card.quality,
    }


def _sampling(wanted: Job) -> dict[str, Any]:
    by_time = not wanted.every and wanted.sampling in ("fps", "adaptive")
    return {
        "mode": "every" if wanted.every else wanted.sampling,
        "every": wanted.every,
        "fps": wanted.fps if by_time else None,
        "most_fps": wanted.most_fps if wanted.sampling == "adaptive" else None,
    }


def planned(entries: list[Entry], arranged: Arrangement, detector: weights.Chosen) -> dict[str, Any]:
    """What is going to be done, in numbers; stands in run.json."""
    kinds = Counter(entry.media_type for entry in entries)
    return {
        "entries": len(entries),
        "by_media_type": dict(sorted(kinds.items())),
        "units": len(arranged.units),
        "duplicates": len(arranged.duplicates),
        "detector": detector.name,
        "fallback": detector.fallback,
    }
