"""rescore: a run's labels by another model, from the crops that it kept, or under another prior, from its tables."""

import uuid
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from prefect import flow

from flows import cluster, places, progress
from flows.spread import spread
from flows.stage import stage
from flows.who import check_purpose, who
from tasks import files, interpret, params, prior
from tasks.errors import OutputError, UsageError
from tasks.locate import Model, find
from tasks.monitor import keep as profiles
from tasks.monitor import measure
from tasks.score import audit, compact, crops, flips, folder, label, record, reprior, store, totals, versions
from tasks.score.crops import Piece
from tasks.score.label import Probabilities
from tasks.score.mirror import check_near, mirrored
from tasks.score.rescore import Label, Taken, rewrite
from tasks.show.finished import finished

if TYPE_CHECKING:
    import pyarrow as pa
    from distributed import Client


@flow(name="rescore", validate_parameters=False)
def rescore(
    out: str,
    params_file: str = "params.yaml",
    overrides: Sequence[str] = (),
    abstain_below: float | None = None,
    allow_synthetic: bool = False,
    same_model: bool = False,
) -> dict[str, Any]:
    """Label the faces of the finished run in ``out`` anew; return run.json of the new version.

    Args:
        out: a folder of `score`; it gets versions/NNNN-<model>/, a folder like a run's.
        abstain_below: confidence 0..1; None: the run's own.
        allow_synthetic: let a model that was trained on drawn faces label media.
        same_model: take the labels of the run's own model, under `score.prior`; no network is asked and no crop is
            needed. Otherwise `score.model` is asked about the crops of `score --keep-crops`.

    Returns:
        run.json, and ``folder``: where it is.

    Raises:
        UsageError: no finished run with crops, or a model that takes other ones.
        OutputError: another process works there, or a table is damaged.
    """
    settings, target = params.load(Path(params_file), tuple(overrides)), store.at(out)
    check_purpose(settings.score.purpose)
    check_near(settings.cluster, target)
    started = datetime.now(UTC)
    folder.need(target)
    if same_model:
        return _again(settings, target, abstain_below, started)
    if settings.score.prior == "estimate":
        raise UsageError(
            "score.prior: a prior is estimated from labels that are there. First rescore with the model alone, then "
            f"`fermata rescore {target.name}/versions/... --prior estimate`"
        )
    model = find(settings, Path.cwd(), places.FETCHED)
    if model.card.synthetic and not allow_synthetic:
        raise UsageError(f"model: '{model.uri}' was trained on drawn faces. Use another, or say --allow-synthetic")
    with target.held(progress.note), mirrored(target) as place:
        finished(place, target.name)
        folder.check_whole(target)
        compact.recover(place)
        before = files.read_json(place / folder.RUN)
        crops.check(place, before, model.card)
        rule = record.rule(settings, before, abstain_below)
        run = record.rescored(before, model, settings, rule, uuid.uuid4().hex)
        judged = reprior.Model(model.card.temperature, model.card.quality, before["detector"]["name"])
        new = Label(model.label, run["run_id"], rule, judged)
        with versions.opened(place, model.label) as (to, final):
            audited(run, target, "begun", final)
            with cluster.client(settings.cluster) as client:
                run["rescored"]["flips"] = relabelled(client, place, to, model, settings, new)
            ended(run, target, to, final, started, before["totals"]["files"])
    return run | {"folder": f"{target.name}/{final.relative_to(place).as_posix()}"}


def _again(
    settings: params.Params, target: store.Store, abstain_below: float | None, started: datetime
) -> dict[str, Any]:
    """Put the labels of the run in ``target`` under `score.prior`."""
    wanted = settings.score.prior
    with target.held(progress.note), mirrored(target) as place:
        finished(place, target.name)
        folder.check_whole(target)
        compact.recover(place)
        before = files.read_json(place / folder.RUN)
        old, told = reprior.known(before, target.name), before["model"]
        found = None
        if wanted == "estimate":
            found = reprior.estimate(_faces(place), old, told["temperature"])
        # A run whose shares are known has a model that says its own.
        shares = found.shares if found is not None else prior.known(wanted, told["prior"])
        rule = record.rule(settings, before, abstain_below)
        run = record.repriored(
            before, settings, rule, uuid.uuid4().hex, reprior.told(prior.name(wanted), shares, found)
        )
        judged = reprior.Model(told["temperature"], told["quality"], before["detector"]["name"])
        label_ = next(iter(_labels(place)), told["name"])
        new = Label(label_, run["run_id"], rule, judged)
        with versions.opened(place, f"{told['name']}-{prior.name(wanted)}") as (to, final):
            audited(run, target, "begun", final)
            run["rescored"]["flips"] = flips.told(
                rewrite(place, to, lambda faces: reprior.answers(faces, old, shares, judged), new, lambda count: None)
            )
            ended(run, target, to, final, started, before["totals"]["files"])
    return run | {"folder": f"{target.name}/{final.relative_to(place).as_posix()}"}


def _faces(out: Path) -> Iterator["pa.Table"]:
    import pyarrow as pa
    import pyarrow.dataset as ds

    for batch in ds.dataset(out / "faces").to_batches():
        yield pa.Table.from_batches([batch])


def _labels(out: Path) -> list[str]:
    """What `model_version` says in the tables of ``out``."""
    for table in _faces(out):
        if len(table):
            return [table["model_version"][0].as_py()]
    return []


def ended(run: dict[str, Any], target: store.Store, to: Path, final: Path, started: datetime, inputs: int) -> None:
    """End the version ``run``: totals, a record of it, run.json, profile and report."""
    now = datetime.now(UTC)
    run |= {
        "state": "finished",
        "totals": totals.reconcile(to, inputs),
        "started": started.isoformat(timespec="seconds"),
        "finished": now.isoformat(timespec="seconds"),
        "seconds": round((now - started).total_seconds(), 1),
    }
    audited(run, target, "finished", final, faces=run["totals"]["faces"])
    files.write_json(to / folder.RUN, run)
    profiles.write(store.Folder(to), to, measure.profile(to, run, run["finished"], kind="rescore"))
    reported(to)


def audited(run: dict[str, Any], target: store.Store, state: str, final: Path, **counts: int) -> None:
    """Add a record to the run's audit log, whose end run.json of the version knows."""
    told = audit.record(
        "rescore", who(), run["purpose"], run["model"], run["run_id"], state=state, counts=counts, version=final.name
    )
    run["audit"] = audit.anchor(audit.append(target, told))


@stage("rescore")
def relabelled(
    client: "Client", out: Path, to: Path, model: Model, settings: params.Params, new: Label
) -> dict[str, Any]:
    """Ask the model for all crops of ``out`` on the workers, and write the tables as its answers come."""
    pieces = crops.pieces(out / crops.NAME)
    total = sum(piece.rows for piece in pieces)
    if total != (faces := totals.rows(out / "faces")):
        raise OutputError(f"'{out}': {total:,} crops for {faces:,} faces. Score again with --overwrite")
    with progress.bar("rescore", total, client.dashboard_link) as advance:
        done = 0

        def tick(count: int) -> None:
            nonlocal done
            done += count
            advance(done)

        given = str(model.folder), model.card.digest, settings.score.engine
        answers = spread(client, crops.predict, pieces, *given, on=settings.cluster.classify_on)
        taken, card = Taken(in_order(answers)), model.card
        shares = prior.shares(settings.score.prior, card.prior)

        def answer(faces: "pa.Table") -> Probabilities:
            raw = taken.take(len(faces), len(card.labels) + len(card.rejects))
            features = label.features(faces, new.model.detector)
            emotions = interpret.emotions(raw, card, shares, features)
            return np.concatenate([emotions, raw[:, emotions.shape[1] :]], axis=1)

        return flips.told(rewrite(out, to, answer, new, tick))


def in_order(answers: Iterable[tuple[Piece, Probabilities]]) -> Iterator[Probabilities]:
    """What is said of each piece, in the order of the pieces; 28 bytes a face wait for their turn."""
    waiting: dict[int, Probabilities] = {}
    following = 0
    for piece, found in answers:
        waiting[piece.number] = found
        while following in waiting:
            yield waiting.pop(following)
            following += 1


@stage("report")
def reported(out: Path) -> Path:
    """Write report.html."""
    from tasks.report.score import write_score_report

    return write_score_report(out)
