"""rescore: another model's labels for a run, from the crops that it kept."""

import uuid
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from prefect import flow

from flows import cluster, places, progress
from flows.spread import spread
from flows.stage import stage
from flows.who import check_purpose, who
from tasks import files, params
from tasks.errors import OutputError, UsageError
from tasks.locate import Model, find
from tasks.monitor import keep as profiles
from tasks.monitor import measure
from tasks.score import audit, compact, crops, flips, folder, record, store, totals, versions
from tasks.score.crops import Piece
from tasks.score.label import Probabilities
from tasks.score.mirror import check_near, mirrored
from tasks.score.rescore import Label, rewrite
from tasks.show.finished import finished

if TYPE_CHECKING:
    from distributed import Client


@flow(name="rescore", validate_parameters=False)
def rescore(
    out: str,
    params_file: str = "params.yaml",
    overrides: Sequence[str] = (),
    abstain_below: float | None = None,
    allow_synthetic: bool = False,
) -> dict[str, Any]:
    """Label the faces of the finished run in ``out`` with `score.model`; return run.json of the new version.

    Args:
        out: a folder of `score --keep-crops`; it gets versions/NNNN-<model>/, a folder like a run's.
        abstain_below: confidence 0..1; None: the run's own.
        allow_synthetic: let a model that was trained on drawn faces label media.

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
    model = find(settings, Path.cwd(), places.FETCHED)
    if model.card.synthetic and not allow_synthetic:
        raise UsageError(f"model: '{model.uri}' was trained on drawn faces. Use another, or say --allow-synthetic")
    with target.held(progress.note), mirrored(target) as place:
        finished(place, target.name)
        folder.check_whole(target)
        compact.recover(place)
        before = files.read_json(place / folder.RUN)
        crops.check(place, before, model.card)
        below = before["abstain_below"] if abstain_below is None else abstain_below
        run = record.rescored(before, model, settings, below, uuid.uuid4().hex)
        new = Label(model.label, run["run_id"], below)
        with versions.opened(place, model.label) as (to, final):
            audited(run, target, "begun", final)
            with cluster.client(settings.cluster) as client:
                run["rescored"]["flips"] = relabelled(client, place, to, model, settings, new)
            now = datetime.now(UTC)
            run |= {
                "state": "finished",
                "totals": totals.reconcile(to, before["totals"]["files"]),
                "started": started.isoformat(timespec="seconds"),
                "finished": now.isoformat(timespec="seconds"),
                "seconds": round((now - started).total_seconds(), 1),
            }
            audited(run, target, "finished", final, faces=run["totals"]["faces"])
            files.write_json(to / folder.RUN, run)
            profiles.write(store.Folder(to), to, measure.profile(to, run, run["finished"], kind="rescore"))
            reported(to)
    return run | {"folder": f"{target.name}/{final.relative_to(place).as_posix()}"}


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
        return flips.told(rewrite(out, to, in_order(answers), new, tick))


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
