"""search: a prepared data set and a space of parameters in, the best parameters out."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from prefect import flow

from flows import cluster, places, progress, trying
from flows.spread import spread
from flows.stage import stage
from flows.trying import Job
from tasks import files, params
from tasks import search as tried
from tasks.errors import FermataError
from tasks.params import Params
from tasks.study import Asked, Study, Tried, best
from tasks.trial import Outcome

if TYPE_CHECKING:
    from distributed import Client

    from tasks.registry_trials import Trials

FOLDER = Path("out/search")


@flow(name="search", validate_parameters=False)
def search(
    params_file: str = "params.yaml", overrides: Sequence[str] = (), data: str = str(places.PREPARED)
) -> dict[str, Any]:
    """Run the trials of `search` that are missing; return the best ones and what mattered.

    Leaves the parameters with the best trial's values in out/search/best.yaml, and the summary in out/search/best.json.
    """
    settings = params.load(Path(params_file), tuple(overrides))
    prepared = Path(data).resolve()
    job = made(settings, prepared, FOLDER.resolve())
    with alone(job.journal):
        study = job.study()
        rescued = study.rescue()
        missing = settings.search.trials - len(study.tried())
        if missing > 0:
            with cluster.client(settings.cluster) as client:
                trials(client, job, study, missing)
        summary = {"study": settings.search.study, "rescued": rescued, **summarise(study)}
        finish(job, summary)
    return summary


def made(settings: Params, data: Path, folder: Path) -> Job:
    """The search of ``settings`` on ``data``.

    Raises:
        ParamsError: a space that can't be searched.
        SourceError: no prepared folder.
    """
    import hashlib

    from tasks.train import key

    space = tried.space(settings)
    named = f"{key(tried.trial(settings, {}), data)} {space}"
    return Job(
        settings,
        space,
        hashlib.sha256(named.encode()).hexdigest()[:16],
        data,
        folder / settings.search.study,
        Path.cwd(),
    )


@contextmanager
def alone(journal: Path) -> Iterator[None]:
    """Keep a second search off the same study: it would take the first one's trials for left ones.

    Raises:
        FermataError: one is running.
    """
    from filelock import FileLock, Timeout

    journal.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(journal.with_suffix(".lock"), timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise FermataError(
            f"search: another search works on '{journal}'. Wait for it, or use another: --set search.study=NAME"
        ) from None
    try:
        yield
    finally:
        lock.release()


@stage("trials")
def trials(
    client: "Client", job: Job, study: Study, missing: int, work: Callable[[Asked, Job], Outcome] | None = None
) -> None:
    """Run ``missing`` trials on the workers; each is asked for when a worker can soon take it, told when it ends.

    Args:
        work: what a worker does with a trial; None: train.
    """
    from tasks.registry_address import uri
    from tasks.registry_trials import Trials

    wanted, done = job.settings.search.trials, job.settings.search.trials - missing
    store = Trials(job.settings.tracking, uri(job.settings.tracking, Path.cwd()))
    parent = store.parent(f"search-{job.settings.search.study}", job.key)
    highest = max((one.value for one in best(study.tried()) if one.value is not None), default=0.0)
    with progress.bar("search", wanted, client.dashboard_link) as advance:
        advance(done)
        asked = (study.ask() for _ in range(missing))
        for one, outcome in spread(client, work or trying.work, asked, job, in_flight=1):
            record(study, store, parent, one, outcome)
            done += 1
            if outcome.state == "complete" and outcome.value is not None:
                highest = max(highest, outcome.value)
            advance(done, wanted, f"best accuracy {highest:.3f}")


def record(study: Study, store: "Trials", parent: str, asked: Asked, outcome: Outcome) -> None:
    """Keep how a trial ended, in the study and as a run below the search's."""
    study.tell(asked.number, outcome)
    metrics = {} if outcome.value is None else {"best_val_accuracy": outcome.value}
    store.log(parent, f"trial-{asked.number}", asked.values, outcome.rows, metrics, outcome.state)


def summarise(study: Study) -> dict[str, Any]:
    """Counts, the five best trials and the importance of each parameter."""
    ended = study.tried()
    return {
        "trials": len(ended),
        "pruned": sum(one.state == "pruned" for one in ended),
        "failed": sum(one.state == "failed" for one in ended),
        "best": [_row(one) for one in best(ended)[:5]],
        "importance": dict(study.importance()),
    }


@stage("finish")
def finish(job: Job, summary: dict[str, Any]) -> None:
    """Write best.json and, where a trial was complete, best.yaml.

    Raises:
        FermataError: none was.
    """
    from tasks.registry_address import uri
    from tasks.registry_trials import Trials

    files.write_json(job.folder.parent / "best.json", summary)
    if not summary["best"]:
        raise FermataError(
            f"search: of {summary['trials']} trials none is complete ({summary['pruned']} pruned, {summary['failed']} "
            f"failed). Narrow search.space, such as the learning rate"
        )
    top = summary["best"][0]
    found = tried.configured(job.settings, top["values"])
    text = yaml.safe_dump(found.model_dump(mode="json"), sort_keys=False, allow_unicode=True)
    head = f"# Of trial {top['trial']} of study {summary['study']}: accuracy {top['accuracy']:.4f} on validation.\n"
    files.write_text(job.folder.parent / "best.yaml", head + text)
    store = Trials(job.settings.tracking, uri(job.settings.tracking, Path.cwd()))
    parent = store.parent(f"search-{summary['study']}", job.key)
    counts = {name: float(summary[name]) for name in ("trials", "pruned", "failed")}
    store.end(parent, {"study": summary["study"]}, {"best_val_accuracy": top["accuracy"], **counts}, {"kind": "search"})


def _row(one: Tried) -> dict[str, Any]:
    return {"trial": one.number, "accuracy": one.value, "epochs": one.epochs, "values": one.values}
