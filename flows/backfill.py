"""backfill: the champion's labels for all that earlier models labelled, from the crops that were kept."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

from prefect import flow

from flows import artifacts, places
from flows.attempts import attempt, check_lives
from flows.rescore import rescore
from tasks import params
from tasks.errors import UsageError
from tasks.locate import find
from tasks.score import archives, store, versions
from tasks.urls import join

HOURS: Final = 24


@flow(name="backfill", validate_parameters=False, timeout_seconds=3600 * HOURS)
def backfill(
    out: str = "labels",
    params_file: str = "params.yaml",
    overrides: Sequence[str] = (),
    allow_synthetic: bool = False,
    pause: float = 30.0,
) -> list[dict[str, Any]]:
    """Rescore each results folder below `out` that has no labels of `score.model` yet.

    Args:
        out: a folder of results folders, or one of these; their runs kept crops (`score.keep_crops`).
        overrides: such as `score.purpose=...`, which a deployment has to say.
        allow_synthetic: let a model that was trained on drawn faces label media.
        pause: seconds before a step that failed is tried again, twice as many before the last try.

    Returns:
        For each results folder: `archive`, `folder` (where the labels are), `faces`, `flipped` (how many are
        called otherwise now; null where nothing was to do).

    Raises:
        UsageError: no labels below `out`, no crops, or a model that takes other ones.
    """
    check_lives()
    settings = params.load(Path(params_file), tuple(overrides))
    model = find(settings, Path.cwd(), places.FETCHED)
    known = archives.below(out)
    if not known:
        raise UsageError(f"backfill: no labels in '{out}'. Give the folder that score-inbox writes to")
    given: dict[str, Any] = {
        "params_file": params_file,
        "overrides": list(overrides),
        "allow_synthetic": allow_synthetic,
    }
    told = []
    for one in known:
        place = labelled(one, model.card.digest)
        if place is None:
            run = attempt(f"rescore {one.name}", partial(rescore.fn, one.address, **given), pause=pause)
            told.append(_row(one, run["folder"], run))
        else:
            told.append(_row(one, place, None))
    artifacts.backfilled(told, model.label)
    return told


def labelled(archive: archives.Archive, digest: str) -> str | None:
    """Where the model of ``digest`` labelled all of ``archive``: the folder itself, or a version; None: nowhere."""
    if archive.run["model"]["digest"] == digest:
        return archive.address
    for name, run in reversed(versions.told(store.at(archive.address))):
        # A version doesn't grow with its archive, as after a rollback.
        whole = run["totals"]["faces"] == archive.run.get("totals", {}).get("faces")
        if run["model"]["digest"] == digest and whole:
            return join(archive.address, name)
    return None


def _row(archive: archives.Archive, place: str, run: dict[str, Any] | None) -> dict[str, Any]:
    counts = (run or archive.run).get("totals", {})
    flipped = run["rescored"]["flips"]["flipped"] if run else None
    return {"archive": archive.name, "folder": place, "faces": counts.get("faces"), "flipped": flipped}
