"""promote: the candidate against the champion, on the same images."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from prefect import flow

from flows import cluster, judging, places
from flows.spread import spread
from flows.stage import stage
from tasks import bundle, dataset, files, gate, params, parity
from tasks.errors import RegistryError, UsageError
from tasks.evaluation import truth
from tasks.gate import measure
from tasks.gate.evidence import Evidence, Twin
from tasks.registry_names import CANDIDATE, CHAMPION

if TYPE_CHECKING:
    from distributed import Client

    from tasks.evaluation.answers import Answers
    from tasks.registry import Version
    from tasks.registry_promotions import Promotions

TIMED: Final = 200  # faces that are timed one by one


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
        dry_run: look and tell; nothing is kept in the registry, and another promotion isn't waited for.
        anew: judge by the floors alone, where the champion takes faces that are normalised otherwise.

    Returns:
        promoted, version, champion (before; None without one), split, images, digest, dvc, git, checks, reasons,
        dry_run.

    Raises:
        RegistryError: there is no candidate, or another promotion is under way.
    """
    from tasks.registry_address import uri
    from tasks.registry_promotions import Promotions

    settings = params.load(Path(params_file), tuple(overrides))
    registry = Promotions(settings.tracking, uri(settings.tracking, Path.cwd()))
    candidate = _candidate(registry, settings)
    if dry_run:
        result, _ = judged(registry, candidate, registry.find(CHAMPION), Path(data), settings, anew)
    else:
        with registry.turn("promote", candidate) as turn:
            candidate, champion = _candidate(registry, settings), registry.find(CHAMPION)
            result, decision = judged(registry, candidate, champion, Path(data), settings, anew)
            facts = {name: result[name] for name in ("split", "images", "digest", "dvc", "git")}
            registry.record(turn, candidate, decision, champion, facts)
    result["dry_run"] = dry_run
    files.write_json(places.PROMOTION, result)
    return result


def _candidate(registry: "Promotions", settings: params.Params) -> "Version":
    found = registry.find(CANDIDATE)
    if found is None:
        raise RegistryError(
            f"promote: no version of '{settings.tracking.model_name}' is a candidate. "
            "Train one: dvc repro, or fermata train"
        )
    return found


@stage("judge-candidate")
def judged(
    registry: "Promotions",
    candidate: "Version",
    champion: "Version | None",
    data: Path,
    settings: params.Params,
    anew: bool,
) -> tuple[dict[str, Any], gate.Decision]:
    """Measure both and let the gate decide; what is told of it, and the decision."""
    rival = champion if champion is not None and champion.number != candidate.number and not anew else None
    split = dataset.load(data, settings.evaluate.split, augmented=False)
    card = bundle.read_card(registry.fetch(candidate, places.FETCHED))
    true = truth.of(truth.named(settings.evaluate.truth, card, split.votes), split.labels, split.votes)
    with cluster.client(settings.cluster) as client:
        found, answers = measured(client, registry, candidate, split, true, settings, whole=True)
        before = measured(client, registry, rival, split, true, settings, whole=False)[0] if rival else None
    ground = measure.ground(data, split, answers, settings.evaluate.slices.groups, Path.cwd(), true)
    decision = gate.decide(found, before, ground, settings.promote)
    result = {
        "promoted": decision.promoted,
        "version": candidate.number,
        "champion": champion.number if champion else None,
        "split": split.name,
        "images": len(ground.labels),
        "digest": split.digest,
        "dvc": ground.revision.md5,
        "git": ground.revision.git,
        "checks": [asdict(check) for check in decision.checks],
        "reasons": decision.reasons,
    }
    return result, decision


def measured(
    client: "Client",
    registry: "Promotions",
    version: "Version",
    split: dataset.Split,
    true: truth.Truth,
    settings: params.Params,
    whole: bool,
) -> tuple[Evidence, "Answers"]:
    """What is known of a registered version from its answers about ``split``, and these.

    Of images alone, as scoring sees them: promotion must not be won by views that scoring does not take.

    Args:
        true: what both are judged by: that of `evaluate.truth` for the candidate.
        whole: with what is asked of a candidate only: the network beside model.tflite, and the time that it takes.
    """
    folder = registry.fetch(version, places.FETCHED)
    plain = settings.model_copy(update={"evaluate": judging.alone(settings.evaluate)})
    task = judging.task(plain, folder, bundle.read_card(folder))
    answers = judging.spread_faces(client, split, task)
    ceilings = settings.promote.ceilings
    twin = beside(client, task.folder, split, answers) if whole and ceilings.parity < 1 else None
    latency = timed(client, task.folder, split) if whole and ceilings.latency_ms else None
    prior = settings.evaluate.prior
    return measure.evidence(folder, answers, split, twin, latency, true, prior), answers


def beside(client: "Client", folder: Path, split: dataset.Split, answers: "Answers") -> Twin | str:
    """model.tflite's answers beside model.keras', or why there are none."""
    from tasks.evaluation.prepared import Piece

    rows, digest = measure.drawn(len(split.labels)), bundle.read_card(folder).digest
    pieces = [
        Piece(start, split.images[here], split.labels[here], [])
        for start in range(0, len(rows), judging.ROWS)
        for here in [rows[start : start + judging.ROWS]]
    ]
    try:
        found = {piece.start: raw for piece, raw in spread(client, measure.trained, pieces, folder, digest)}
    except UsageError as error:
        return str(error)
    return measure.compared(answers.raw[rows], np.concatenate([found[start] for start in sorted(found)]))


def timed(client: "Client", folder: Path, split: dataset.Split) -> float | str:
    """Milliseconds for one face on one thread, while nothing else is asked of the workers."""
    try:
        found: float = client.submit(
            parity.latency, folder, bundle.read_card(folder).digest, split.images[:TIMED], pure=False
        ).result()
    except UsageError as error:
        return str(error)
    return found
