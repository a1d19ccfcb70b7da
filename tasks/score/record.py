"""run.json: what was asked of a run, with what, and how much there is to do."""

import uuid
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from tasks import params
from tasks.faces import WITHOUT_LANDMARKS, weights
from tasks.locate import Model
from tasks.media.entry import Entry
from tasks.provenance import versions
from tasks.score.job import Job
from tasks.score.units import Arrangement
from tasks.urls import masked

SYNTHETIC: Final = (
    "The model was trained on drawn faces. Its labels of real people mean nothing (--allow-synthetic was given)."
)
PACKAGES: Final = (
    "fermata", "opencv-python-headless", "av", "ai-edge-litert", "pyarrow", "numpy", "onnxruntime", "mtcnn",
)  # fmt: skip
UNALIGNED: Final = {
    name: f"The model was trained on faces turned upright by their landmarks, but {finder} finds none: "
    "faces are cut by their boxes, as they stand. Tilted ones are labelled worse than with YuNet."
    for name, finder in WITHOUT_LANDMARKS.items()
}


def job(settings: params.Params, model: Model, detector: weights.Chosen) -> Job:
    """All that a worker needs, from the parameters and what was found for them."""
    wanted = settings.score
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
        abstain_below=wanted.abstain_below,
        limits=wanted.limits,
        images_per_unit=wanted.images_per_unit,
        sampling=wanted.sampling,
        most_fps=wanted.most_fps,
        keep_crops=wanted.keep_crops,
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
        "abstain_below": wanted.abstain_below,
        "purpose": settings.score.purpose,
        "crops": wanted.normalise.model_dump() if wanted.keep_crops else None,
        "warnings": warnings,
        "versions": versions(*PACKAGES),
        "params": settings.score.model_dump(),
    }


def rescored(
    run: dict[str, Any], model: Model, settings: params.Params, abstain_below: float, run_id: str
) -> dict[str, Any]:
    """run.json of a version of ``run`` with the labels of ``model``, before it has any.

    It has no fingerprint: a version is nothing that `score` could go on with.
    """
    left = ("fingerprint", "predicted", "finished", "seconds", "totals", "forgotten", "audit")
    kept = {name: value for name, value in run.items() if name not in left}
    warnings = [warning for warning in run.get("warnings", []) if warning != SYNTHETIC]
    return kept | {
        "state": "running",
        "run_id": run_id,
        "model": described(model),
        "abstain_below": abstain_below,
        "purpose": settings.score.purpose,
        "crops": None,
        "warnings": [SYNTHETIC, *warnings] if model.card.synthetic else warnings,
        "versions": versions(*PACKAGES),
        "params": run.get("params", {})
        | {
            "model": model.uri,
            "engine": settings.score.engine,
            "abstain_below": abstain_below,
            "purpose": settings.score.purpose,
        },
        "rescored": {"of": run.get("run_id"), "model": run.get("model")},
    }


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
