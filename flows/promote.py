"""promote: the candidate against the champion, on the same images."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from prefect import flow

from flows import cluster, places
from flows.evaluate import judged
from flows.stage import stage
from tasks import dataset, files, gate, params
from tasks.errors import RegistryError

if TYPE_CHECKING:
    from distributed import Client

    from tasks.registry import Registry, Version


@flow(name="promote", validate_parameters=False)
def promote(
    params_file: str = "params.yaml",
    overrides: Sequence[str] = (),
    data: str = str(places.PREPARED),
    dry_run: bool = False,
    anew: bool = False,
) -> dict[str, Any]:
    """Judge `candidate` and `champion` on `evaluate.split`; move the alias when the gate says yes.

    Args:
        anew: judge by the floors alone, where the champion takes faces that are normalised otherwise.

    Returns:
        promoted, version, champion (before; None without one), split, images, digest, checks, reasons, dry_run.

    Raises:
        RegistryError: there is no candidate.
    """
    from tasks.registry import CANDIDATE, CHAMPION, Registry, uri

    settings = params.load(Path(params_file), tuple(overrides))
    registry = Registry(settings.tracking, uri(settings.tracking, Path.cwd()))
    candidate, champion = registry.find(CANDIDATE), registry.find(CHAMPION)
    if candidate is None:
        raise RegistryError(
            f"promote: no version of '{settings.tracking.model_name}' is a candidate. "
            "Train one: dvc repro, or fermata train"
        )
    rival = champion if champion is not None and champion.number != candidate.number and not anew else None
    split = dataset.load(Path(data), settings.evaluate.split)
    with cluster.client(settings.cluster) as client:
        found = measured(client, registry, candidate, split, settings)
        before = measured(client, registry, rival, split, settings) if rival else None
    decision = gate.decide(found, before, settings.promote)
    if not dry_run:
        record(registry, candidate, decision, split)
    result = {
        "promoted": decision.promoted,
        "version": candidate.number,
        "champion": champion.number if champion else None,
        "split": split.name,
        "images": len(split.labels),
        "digest": split.digest,
        "checks": [asdict(check) for check in decision.checks],
        "reasons": decision.reasons,
        "dry_run": dry_run,
    }
    files.write_json(places.PROMOTION, result)
    return result


def measured(
    client: "Client", registry: "Registry", version: "Version", split: dataset.Split, settings: params.Params
) -> dict[str, Any]:
    """Metrics of a registered version on ``split``."""
    metrics, _ = judged(client, registry.fetch(version, places.FETCHED), split, settings)
    return metrics


@stage("record-decision")
def record(registry: "Registry", version: "Version", decision: gate.Decision, split: dataset.Split) -> None:
    """Tag the version with the decision and move the aliases."""
    registry.record(version, decision, split.name, split.digest)
