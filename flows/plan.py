"""plan: what a scoring run would do and take, before it is started."""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from prefect import flow

from flows import cluster, places, progress, units
from flows.score import examined, expected
from flows.stage import stage
from tasks import params
from tasks.faces import weights
from tasks.locate import find
from tasks.media.walk import files as list_files
from tasks.score import ledger, predict, record, store
from tasks.score.job import Job
from tasks.score.units import Arrangement, arrange

if TYPE_CHECKING:
    from distributed import Client


@flow(name="plan", validate_parameters=False)
def plan(
    sources: Sequence[str], out: str = "", params_file: str = "params.yaml", overrides: Sequence[str] = ()
) -> dict[str, Any]:
    """Find, hash and recognise everything below ``sources``, and score a sample of it to see how long it takes.

    Args:
        sources: files and folders.
        out: folder or URL for plan.parquet; empty: none is written.

    Returns:
        entries, by_media_type, by_status (of what won't be scored), bytes, units, duplicates; ``predicted`` is None
        where nothing is to be scored.

    Raises:
        UsageError: no such source, model or detector file.
    """
    settings = params.load(Path(params_file), tuple(overrides))
    paths = list(list_files(cluster.reachable(sources, settings.cluster)))
    model, detector = find(settings, Path.cwd(), places.FETCHED), weights.choose(settings.score.detector)
    job = record.job(settings, model, detector)
    with (
        # Workers of another cluster may share the working folder with this machine, and hardly its /tmp.
        tempfile.TemporaryDirectory(
            prefix=".fermata-plan-", dir=Path.cwd() if settings.cluster.address else None
        ) as folder,
        cluster.client(settings.cluster) as client,
    ):
        entries = examined(client, paths, settings.score, folder)
        arranged = arrange(entries, job)
        predicted = timed(client, arranged, job, folder, settings.cluster.classify_on) if arranged.units else None
    if out:
        target = store.at(out)
        with target.desk() as desk:
            ledger.write(desk, arranged)
            target.send(desk, [ledger.NAME])
    statuses = [entry.status for entry in arranged.listed if entry.status is not None]
    return record.planned(entries, arranged, detector) | {
        "bytes": sum(entry.bytes for entry in entries if entry.member is None),
        "by_status": {status: statuses.count(status) for status in sorted(set(statuses))},
        "predicted": predicted,
    }


@stage("time-units")
def timed(client: "Client", arranged: Arrangement, job: Job, folder: str, classify_on: str) -> dict[str, Any]:
    """Score a sample of the units into ``folder``, for nothing but its time."""
    chosen = predict.sample(arranged.units)
    found: list[tuple[Any, predict.Tally]] = []
    with progress.bar("time", len(chosen), client.dashboard_link) as advance:
        for unit, tally in units.scored(client, chosen, job, folder, classify_on):
            found.append((unit, tally))
            advance(len(found))
    return expected(client, predict.predict(arranged.units, found))
