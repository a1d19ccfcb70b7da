"""What Prefect's pages show of a scoring run while it goes on, and of its end; and of monitoring.

Only where runs belong to a server that stays (``PREFECT_API_URL``): that of a single command ends with it. A thread of
its own speaks to it, so that a server which is slow or away holds up nothing and fails nothing.
"""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import copy_context
from pathlib import Path
from typing import Any, cast
from uuid import UUID

from flows import own_server, progress
from tasks.report.words import NO_LABEL, unlabelled
from tasks.urls import WEB, is_url, masked

EVERY = 5.0  # seconds between two updates
DRIFT = "fermata.drift"  # event that an automation may wait for
PATIENCE = 10.0  # seconds that a run waits at its end for what is still to be said
Tell = Callable[[float, str], None]


@contextmanager
def told(key: str, every: float = EVERY) -> Iterator[Tell]:
    """Yield a function that takes percent and a line; the progress artifact ``key`` follows it.

    Args:
        key: lower-case letters, digits and dashes.
        every: seconds between two updates, at least.
    """
    if not _served():
        yield lambda _percent, _text: None
        return
    latest: list[tuple[float, str]] = [(0.0, "started")]
    ended = threading.Event()

    def tell(percent: float, text: str) -> None:
        latest[0] = (percent, text)

    with aside(lambda: _follow(key, latest, ended, every)):
        try:
            yield tell
        finally:
            ended.set()


def finished(totals: Mapping[str, Any], report: str) -> None:
    """Leave the totals of a run as a table, and a link to its report, an absolute path or a URL."""
    if _served():
        with aside(lambda: _end(totals, report)):
            pass


def monitored(table: Sequence[Mapping[str, Any]], report: str, archive: str, told: Mapping[str, Any]) -> None:
    """Leave what monitoring found as a table, a link to its page, and an event `fermata.drift` if something drifted.

    Args:
        report: absolute path of the page.
        archive: name of the archive, lower-case letters, digits and dashes.
        told: what the event says.
    """
    if _served():
        with aside(lambda: _watched(table, report, archive, told)):
            pass


def rebuilt(candidate: Mapping[str, Any], metrics: Mapping[str, Any], report: str, tracking: str) -> None:
    """Leave a candidate's figures as a table, and links to the page about its data and to its run in MLflow.

    Args:
        report: absolute path of the page.
        tracking: address of MLflow's store; linked where it is a server.
    """
    if _served():
        with aside(lambda: _rebuilt(candidate, metrics, report, tracking)):
            pass


def judged(lines: str, decision: Mapping[str, Any]) -> None:
    """Leave the gate's table as a page of text."""
    if _served():
        with aside(lambda: _judged(lines, decision)):
            pass


def backfilled(table: Sequence[Mapping[str, Any]], model: str) -> None:
    """Leave what became of each results folder as a table."""
    if _served():
        with aside(lambda: _table(table, "backfill", f"What {model} labelled anew")):
            pass


def rows(totals: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The totals of run.json as a table: what, of which kind, how many."""
    groups = (("files", "by_status"), ("frames", "frames_by_status"), ("faces", "emotions"))
    found = [
        {"what": what, "kind": kind, "count": count}
        for what, key in groups
        for kind, count in totals[key].items()
        if count
    ]
    whole = (("files", "files"), ("frames", "frames_sampled"), ("faces", "faces"), ("tracks", "tracks"))
    # Runs of an earlier version don't say why a face has no label.
    because = totals.get("abstained_because") or {"": totals["abstained"]}
    found += [
        {"what": "faces", "kind": unlabelled(reason).lower() if reason else NO_LABEL, "count": count}
        for reason, count in because.items()
        if count or not reason
    ]
    return found + [{"what": what, "kind": "all", "count": totals[key]} for what, key in whole]


def _served() -> bool:
    """Whether this is part of a run that a server of its own knows."""
    from prefect.context import FlowRunContext, TaskRunContext
    from prefect.settings import PREFECT_API_URL

    if own_server.begun():
        return False
    return bool(PREFECT_API_URL.value()) and bool(FlowRunContext.get() or TaskRunContext.get())


@contextmanager
def aside(work: Callable[[], None]) -> Iterator[None]:
    """Do ``work`` beside the block, in a thread that belongs to the same run of Prefect's.

    Whatever Prefect or its server raises becomes a line at the end; a thread that hangs is left behind.
    """
    from prefect.settings import PREFECT_CLIENT_MAX_RETRIES, temporary_settings

    failed: list[Exception] = []

    def guarded() -> None:
        with temporary_settings({PREFECT_CLIENT_MAX_RETRIES: 0}):
            try:
                work()
            except Exception as error:  # noqa: BLE001
                failed.append(error)

    thread = threading.Thread(target=copy_context().run, args=(guarded,), daemon=True, name="prefect-artifacts")
    thread.start()
    try:
        yield
    finally:
        thread.join(PATIENCE)
        if thread.is_alive() or failed:
            said = " ".join(str(error) for error in failed).partition("\n")[0]
            why = f"{type(failed[0]).__name__}: {said}" if failed else f"no answer in {PATIENCE:g} s"
            progress.note(f"Prefect's server has not all that its pages could show of this run ({why})")


def _follow(key: str, latest: Sequence[tuple[float, str]], ended: threading.Event, every: float) -> None:
    """Create the artifact, then update it until ``ended``; what could not be told is told with the next update.

    Raises:
        Exception: the last update failed.
    """
    from prefect.artifacts import create_progress_artifact, update_progress_artifact

    artifact: UUID | None = None
    said: tuple[float, str] | None = None
    wait = 0.0
    while said != latest[0] or not ended.is_set():
        last, wait = ended.wait(wait), every
        if said == (now := latest[0]):
            continue
        try:
            if artifact is None:
                artifact = cast(UUID, create_progress_artifact(now[0], key, now[1]))  # of a thread without a loop
            else:
                update_progress_artifact(artifact, *now)
            said = now
        except Exception:
            if last:
                raise


def _watched(table: Sequence[Mapping[str, Any]], report: str, archive: str, told: Mapping[str, Any]) -> None:
    from prefect.artifacts import create_link_artifact, create_table_artifact
    from prefect.events import emit_event
    from prefect.events.worker import EventsWorker

    said = " ".join(f"{told['headline']}. {told['why']}".split())
    create_table_artifact([dict(row) for row in table], f"monitor-{archive}", f"The newest runs: {said}")
    create_link_artifact(Path(report).as_uri(), report, f"monitor-report-{archive}", "The page of the monitoring")
    if told["drifted"]:
        resource = {"prefect.resource.id": f"fermata.archive.{archive}", "prefect.resource.name": str(told["out"])}
        emit_event(DRIFT, resource, payload=dict(told))
        EventsWorker.instance().wait_until_empty()


def _end(totals: Mapping[str, Any], report: str) -> None:
    from prefect.artifacts import create_link_artifact, create_table_artifact

    create_table_artifact(rows(totals), "score-totals", "What a scoring run came to")
    link = report if is_url(report) else Path(report).as_uri()
    create_link_artifact(link, report, "score-report", "The report of a scoring run")


def _table(table: Sequence[Mapping[str, Any]], key: str, what: str) -> None:
    from prefect.artifacts import create_table_artifact

    create_table_artifact([dict(row) for row in table], key, what)


def _rebuilt(candidate: Mapping[str, Any], metrics: Mapping[str, Any], report: str, tracking: str) -> None:
    from prefect.artifacts import create_link_artifact

    names = ("model", "version", "architecture", "epochs", "validation_accuracy", "digest")
    told = [{"what": name, "value": candidate[name]} for name in names if name in candidate]
    figures = ("accuracy", "macro_f1", "ece")
    told += [{"what": name, "value": round(metrics[name], 4)} for name in figures if name in metrics]
    _table(told, "rebuild-candidate", "The candidate")
    if Path(report).is_file():
        create_link_artifact(Path(report).as_uri(), report, "rebuild-data", "The page about the prepared data")
    if tracking.lower().startswith(WEB) and candidate.get("run_id"):
        page = f"{masked(tracking).rstrip('/')}/#/models/{candidate['model']}/versions/{candidate['version']}"
        create_link_artifact(page, f"{candidate['model']} v{candidate['version']}", "rebuild-mlflow", "MLflow")


def _judged(lines: str, decision: Mapping[str, Any]) -> None:
    from prefect.artifacts import create_markdown_artifact

    verdict = "passes" if decision["promoted"] else "is refused: " + "; ".join(decision["reasons"])
    page = f"Version {decision['version']} {verdict}\n\n```\n{lines}\n```\n"
    create_markdown_artifact(page, "promotion", "What the gate says")
