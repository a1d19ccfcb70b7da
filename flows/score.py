"""score: folders of pictures and videos in, a table of labelled faces out."""

import time
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from prefect import flow

from flows import artifacts, cluster, places, progress, units
from flows.attempts import check_lives
from flows.pace import Pace
from flows.spread import spread
from flows.stage import stage
from flows.who import check_purpose, who
from tasks import files, params, prior
from tasks.errors import UsageError
from tasks.faces import weights
from tasks.locate import Model, find
from tasks.media import watch
from tasks.media.entry import Entry
from tasks.media.walk import files as list_files
from tasks.monitor import keep as profiles
from tasks.monitor import measure
from tasks.score import (
    audit,
    compact,
    earlier,
    folder,
    gather,
    ledger,
    parts,
    plan,
    predict,
    record,
    reprior,
    store,
    totals,
)
from tasks.score.examine import examine
from tasks.score.job import Job, Unit
from tasks.score.units import Arrangement, Known, arrange

if TYPE_CHECKING:
    import pyarrow as pa
    from distributed import Client

LISTED = "listed"  # the part that holds what needs no decoding


@flow(name="score", validate_parameters=False)
def score(
    sources: Sequence[str],
    out: str,
    params_file: str = "params.yaml",
    overrides: Sequence[str] = (),
    resume: bool = False,
    overwrite: bool = False,
    allow_synthetic: bool = False,
    show_faces: bool = True,
    csv: bool = False,
    retry: Sequence[str] = (),
) -> dict[str, Any]:
    """Label every face below ``sources``; return what stands in run.json.

    Args:
        sources: files and folders; what they are is found by content.
        out: a new folder, or a URL such as s3://bucket/labels, for faces/, frames/, files/, run.json and report.html.
        resume: go on with the run in ``out``: score what it didn't, what is new and what has changed.
        overwrite: replace the run in ``out``.
        allow_synthetic: let a model that was trained on drawn faces label media.
        show_faces: put thumbnails into the report.
        csv: write the tables as CSV too; also those of a run that had ended before.
        retry: with ``resume``, statuses of files that are scored again.

    Raises:
        UsageError: no such source, model or detector file; ``out`` holds something else; crops without faces.
        ReconcileError: the rows don't add up.
    """
    check_lives()
    settings = params.load(Path(params_file), tuple(overrides))
    check(settings.score, show_faces)
    started, target = datetime.now(UTC), store.at(out)
    sources = cluster.reachable(sources, settings.cluster)
    paths = list(list_files(sources))
    model = wanted_model(settings, allow_synthetic)
    detector = weights.choose(settings.score.detector)
    job = record.job(settings, model, detector)
    run = record.opened(job, model, detector, settings, sources, started)
    with folder.claim(target, job.fingerprint(), resume, overwrite, progress.note) as ended, target.desk() as desk:
        try:
            watch.clear(store.notes(target.address))
            compact.recover(desk)
            target.recover()
            target.bring(desk, compact.NAMES)
            earlier.discard(target, retry)
            known = earlier.known(desk, retry, job.keep_crops)
            run["prior"] = reprior.fixed(folder.read(target)) or run["prior"]
            if ended is None:
                keep(run, target, desk)
            with cluster.client(settings.cluster) as client:
                entries = examined(client, paths, settings.score, target.address)
                arranged = arrange(entries, job, known)
                if ended is not None and nothing_new(desk, entries, arranged, known):
                    if csv:
                        tabled(target, desk)
                    return ended
                run["plan"] = record.planned(entries, arranged, detector)
                ledger.write(desk, arranged)
                target.send(desk, [ledger.NAME])
                audited(run, target, "begun", {"units": run["plan"]["units"]})
                keep(run, target, desk)
                announce(run)
                run["predicted"] = scored(client, arranged, job, target, settings.cluster.classify_on)
            old = measure.standing(desk, arranged)
            settled(run, arranged, target, desk, job)
            run["totals"] = finished(arranged, known, target, desk, len(entries), job, run)
        except KeyboardInterrupt:
            audited(run, target, "stopped", {})
            keep(run | {"state": "stopped"}, target, desk)
            raise
        finally:
            watch.clear(store.notes(target.address))
        closed(run, started, old, target, desk)
        reported(target, desk, show_faces)
        artifacts.finished(run["totals"], f"{target.address}/report.html")
        if csv:
            tabled(target, desk)
    return run


def wanted_model(settings: params.Params, allow_synthetic: bool) -> Model:
    """The model that labels.

    Raises:
        UsageError: it was trained on drawn faces, and that isn't allowed.
    """
    model = find(settings, Path.cwd(), places.FETCHED)
    if model.card.synthetic and not allow_synthetic:
        raise UsageError(
            f"model: '{model.uri}' was trained on drawn faces; its labels of real people would mean nothing. "
            'Train on real faces (README, "Bring FER-2013"), or say --allow-synthetic'
        )
    return model


def check(wanted: params.Score, show_faces: bool) -> None:
    """Make sure that what is wanted goes together.

    Raises:
        ParamsError: a deployment's run without a purpose.
        UsageError: crops without faces.
    """
    check_purpose(wanted.purpose)
    if wanted.keep_crops and not show_faces:
        raise UsageError(
            "--no-faces and --keep-crops (score.keep_crops) exclude each other: crops are pictures of faces. "
            "For a report without them: fermata report --no-faces"
        )


def closed(run: dict[str, Any], started: datetime, old: "pa.Array", target: store.Store, desk: Path) -> None:
    """End ``run``: its profile, a record of it, and run.json.

    Args:
        old: as of ``measure.profile``.
    """
    ended = datetime.now(UTC)
    run |= {
        "state": "finished",
        "finished": ended.isoformat(timespec="seconds"),
        "seconds": round((ended - started).total_seconds(), 1),
    }
    seen = measure.profile(desk, run, run["finished"], old)
    profiles.write(target, desk, seen)
    audited(run, target, "finished", {"files": seen.files, "frames": seen.frames, "faces": seen.faces})
    keep(run, target, desk)


def keep(run: dict[str, Any], target: store.Store, desk: Path) -> None:
    """Write run.json."""
    files.write_json(desk / folder.RUN, run)
    target.send(desk, [folder.RUN])


def audited(run: dict[str, Any], target: store.Store, state: str, counts: dict[str, int]) -> None:
    """Add a record to the audit log, whose end run.json knows."""
    told = audit.record(
        "score", who(), run["purpose"], run["model"], run["run_id"],
        state=state, counts=counts, sources=audit.digests(run["sources"]),
    )  # fmt: skip
    run["audit"] = audit.anchor(audit.append(target, told))


def nothing_new(out: Path, entries: Sequence[Entry], arranged: Arrangement, known: Known) -> bool:
    """Whether the archive is as the finished run in ``out`` had left it, and nothing is to be tried again."""
    same = {(entry.source, entry.member) for entry in arranged.held} == known.keys()
    return same and not arranged.units and earlier.lists(out, entries)


def announce(run: dict[str, Any]) -> None:
    """Say the plan and the warnings before the work starts."""
    plan_ = run["plan"]
    kinds = ", ".join(f"{count:,} {kind}" for kind, count in plan_["by_media_type"].items())
    progress.note(
        f"plan: {plan_['entries']:,} files and members ({kinds}), {plan_['duplicates']:,} duplicates; "
        f"{plan_['units']:,} units; faces by {plan_['detector']}; model {run['model']['name']}"
    )
    for warning in run["warnings"]:
        progress.note(f"warning: {warning}")


@stage("examine")
def examined(client: "Client", paths: list[str], wanted: params.Score, out: str) -> list[Entry]:
    """Hash and recognise every file on the workers, and see where long videos can be cut.

    Args:
        out: where the run writes, as all workers see it.

    Returns:
        Entries in the order of ``paths``, members behind their archive.
    """
    size = max(1, min(64, len(paths) // 16))
    pieces = [(start, paths[start : start + size]) for start in range(0, len(paths), size)]
    found: dict[int, list[Entry]] = {}
    with progress.bar("examine", len(paths), client.dashboard_link) as advance:
        done = 0
        for (start, piece), entries in spread(client, examine, pieces, wanted, out, lives=units.LIVES):
            found[start] = entries
            done += len(piece)
            advance(done)
    return [entry for start in sorted(found) for entry in found[start]]


@stage("score-units")
def scored(
    client: "Client", arranged: Arrangement, job: Job, out: store.Store, classify_on: str = ""
) -> dict[str, Any] | None:
    """Score every unit that ``out`` doesn't hold yet; a sample comes first and says what the others will take.

    Args:
        classify_on: as of ``units.scored``.

    Returns:
        What it said; None where nothing is missing.
    """
    missing = parts.missing(out, arranged.units)
    if not missing:
        return None
    total = len(arranged.units)
    first = {unit.id for unit in predict.sample(missing)}
    ordered = [unit for unit in missing if unit.id in first] + [unit for unit in missing if unit.id not in first]
    timed: list[tuple[Unit, predict.Tally]] = []
    predicted: dict[str, Any] | None = None
    pace, began = Pace(missing, total - len(missing)), time.monotonic()
    with (
        artifacts.told("score-progress") as tell,
        progress.bar("score", total, client.dashboard_link, counted=False) as advance,
    ):
        for unit, tally in units.scored(client, ordered, job, out.address, classify_on):
            if unit.id in first:
                timed.append((unit, tally))
                if len(timed) == len(first):
                    predicted = expected(client, predict.predict(missing, timed))
            standing = pace.add(unit, tally, time.monotonic() - began)
            advance(standing.done, None, str(standing))
            tell(standing.percent, str(standing))
    return predicted


def expected(client: "Client", found: predict.Prediction) -> dict[str, Any]:
    """A prediction for run.json: ``seconds`` on the client's workers."""
    workers = max(1, len(client.scheduler_info(n_workers=-1)["workers"]))
    told = {name: round(value) for name, value in asdict(found).items()}
    return told | {"seconds": round(found.seconds / min(workers, found.units), 1), "workers": workers}


@stage("estimate-prior")
def settled(run: dict[str, Any], arranged: Arrangement, target: store.Store, out: Path, job: Job) -> None:
    """Estimate the prior of what was scored, where it is to be; run.json holds it before anything depends on it."""
    if job.prior != "estimate" or run["prior"]["interval"]:
        return
    target.bring(out, [parts.UNITS])
    faces = (table for group in arranged.groups for table in parts.tables(out, group, "faces"))
    found = reprior.estimate(faces, np.array(job.shares), run["model"]["temperature"])
    run["prior"] = reprior.told(job.prior, found.shares, found)
    keep(run, target, out)


def relabel(job: Job, run: dict[str, Any]) -> reprior.Relabel | None:
    """What puts the faces of units under the run's estimated prior; None where they are under it already."""
    if job.prior != "estimate":
        return None
    before, after = np.array(job.shares), prior.vector(run["prior"]["shares"])
    told = run["model"]
    model = reprior.Model(told["temperature"], told["quality"], job.detector)
    return lambda faces: reprior.changed(faces, before, after, model, job.rule)


@stage("compact")
def finished(
    arranged: Arrangement,
    known: Known,
    target: store.Store,
    out: Path,
    inputs: int,
    job: Job,
    run: dict[str, Any],
) -> dict[str, Any]:
    """Put the parts together, and what is held of an earlier run; check the totals and remove the parts."""
    target.bring(out, [parts.UNITS])
    statuses = dict(known.values())
    rows = (row for group in arranged.groups for row in gather.files(out, group))
    scored_rows = [(row["source"], row["member"], row["status"]) for row in rows if row["member"] is not None]
    scored_rows += [
        (entry.source, entry.member, statuses[entry.sha256])
        for entry in arranged.held
        if entry.member is not None and entry.sha256 is not None
    ]
    parts.write(out, LISTED, {"files": plan.listed_rows(arranged, scored_rows)})
    compact.compact(out, [[LISTED], *arranged.groups], arranged.held, job.keep_crops, relabel(job, run))
    result = totals.reconcile(out, inputs)
    target.replace(out, compact.NAMES)
    target.remove([parts.UNITS, parts.LOOKED])
    return result


@stage("report")
def reported(target: store.Store, out: Path, show_faces: bool) -> None:
    """Write report.html; without faces, their thumbnails go too."""
    from tasks.report.score import write_score_report

    if not show_faces:
        (out / "thumbs.parquet").unlink(missing_ok=True)
        target.remove(["thumbs.parquet"])
    target.send(out, [write_score_report(out, show_faces).name])


@stage("csv")
def tabled(target: store.Store, out: Path) -> None:
    """Write faces.csv, frames.csv and files.csv beside the tables."""
    from tasks.show import csv

    target.send(out, [f"{name}.csv" for name in csv.write(out, out)])
