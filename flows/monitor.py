"""monitor: the profiles of an archive's runs in, a verdict, a page and an event out."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from prefect import flow

from flows import artifacts, places, progress
from flows.stage import stage
from tasks import files, params
from tasks.errors import RegistryError, UsageError
from tasks.locate import REFERENCE, SHIPPED
from tasks.monitor import keep, outcome, reference
from tasks.monitor.profile import Profile
from tasks.monitor.shown import page, words
from tasks.score import folder, store
from tasks.urls import shown

PAGE, FIGURES = "report.html", "monitor.json"


@flow(name="monitor", validate_parameters=False)
def monitor(
    out: str = "labels",
    params_file: str = "params.yaml",
    overrides: Sequence[str] = (),
    report: str = str(places.MONITOR),
) -> dict[str, Any]:
    """Hold the newest runs of the archive ``out`` against the evaluation of their model, and against the first runs.

    Writes report.html and monitor.json to ``report``, and an MLflow run. A server of Prefect's gets a table and a
    link, and, where something drifted, the event `fermata.drift` of the resource `fermata.archive.<name of out>`.

    Args:
        out: a folder or URL that `score` writes to, or a version that `rescore` wrote.
        report: a folder on this machine.

    Returns:
        What stands in monitor.json, with ``archive``, its name, and ``report``, the page.

    Raises:
        UsageError: no run in ``out``, or none that left a profile.
    """
    settings = params.load(Path(params_file), tuple(overrides))
    target = store.at(out)
    profiles, model = gathered(settings, target)
    found = outcome.outcome(shown(out), profiles, model, settings.monitor)
    told = outcome.told(found) | verdict(found, settings.monitor)
    place = Path(report)
    written(place, found, told, settings.monitor)
    archive = outcome.slug(told["out"])
    if settings.monitor.log:
        log(settings, archive, told, place)
    artifacts.monitored([_row(one) for one in found.findings], str((place / PAGE).resolve()), archive, told)
    return told | {"archive": archive, "report": str(place / PAGE)}


@stage("profiles")
def gathered(settings: params.Params, target: store.Store) -> tuple[list[Profile], Profile | None]:
    """The profiles of all runs, oldest first, and the model's own where it has one.

    Raises:
        UsageError: there is no profile.
    """
    run = folder.need(target)
    profiles = keep.read(target)
    if not profiles:
        raise UsageError(
            f"monitor: no run in '{target.name}' has left a profile yet. Score new media: "
            "fermata score SOURCE --out OUT --resume"
        )
    return profiles, None if settings.monitor.reference == "runs" else referenced(settings, run["model"])


def referenced(settings: params.Params, model: dict[str, Any]) -> Profile | None:
    """The profile of the model's evaluation: beside the bundle, in the evaluation's folder, or in its MLflow run.

    Args:
        model: as run.json describes it.
    """
    near = [] if str(model.get("uri", "")).startswith("models:/") else [Path(str(model.get("uri", "")))]
    fetched = places.FETCHED / str(model["digest"])
    candidates = [*near, fetched, places.MODEL, places.EVALUATION, REFERENCE, SHIPPED]
    found = reference.find(model, candidates)
    if found is None and model.get("run_id"):
        from tasks.registry_address import uri
        from tasks.registry_monitor import Monitored

        registry = Monitored(settings.tracking, uri(settings.tracking, Path.cwd()))
        if (place := registry.reference(model["run_id"], fetched)) is not None:
            found = reference.find(model, [place])
    return found[0] if found else None


def verdict(found: outcome.Outcome, wanted: params.Monitor) -> dict[str, Any]:
    """In words, with how many quantities could be judged: `headline`, `why` (not all could), `measured`, `judged`."""
    measured, judged = words.counts(found.findings)
    said = {"headline": words.headline(found.findings), "why": words.why(found.findings, wanted)}
    return said | {"measured": measured, "judged": judged}


@stage("write")
def written(place: Path, found: outcome.Outcome, told: dict[str, Any], wanted: params.Monitor) -> None:
    """Write the page, and the figures as JSON."""
    page.write(place / PAGE, found, wanted)
    files.write_json(place / FIGURES, told)


@stage("log-monitor")
def log(settings: params.Params, archive: str, told: dict[str, Any], place: Path) -> None:
    """Add an MLflow run; a store that is away does not keep the verdict back."""
    from tasks.registry_address import uri
    from tasks.registry_monitor import Monitored

    figures = {
        f"monitor.{kind}.{name}": float(one[key])
        for name, one in told["quantities"].items()
        for kind, key in (("apart", "apart"), ("p", "p"))
        if one[key] is not None
    }
    figures["monitor.drifted"] = float(len(told["drifted"]))
    figures["monitor.judged"] = float(told["judged"])
    tags = {
        "fermata.monitor": archive, "out": told["out"], "model_digest": told["model"]["digest"],
        "drifted": ", ".join(told["drifted"]) or "none", "verdict": told["headline"],
    }  # fmt: skip
    wanted = {f"monitor.{key}": str(value) for key, value in settings.monitor.model_dump().items()}
    try:
        Monitored(settings.tracking, uri(settings.tracking, Path.cwd())).log(
            f"monitor-{archive}", wanted, figures, tags, place
        )
    except RegistryError as error:
        progress.note(f"warning: not in MLflow: {error}")


def _row(one: Any) -> dict[str, str]:
    """A finding as a row of Prefect's table."""
    return {
        "quantity": one.name,
        "verdict": words.VERDICTS[one.verdict],
        "apart": words.apart(one),
        "chance": words.chance(one),
        "observations": words.seen(one),
        "most": words.moved(one),
        "against": words.AGAINST[one.against],
    }
