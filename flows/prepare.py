"""prepare: labelled faces in, clean versioned shards out."""

import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from prefect import flow

from flows import cluster, places, progress
from flows.spread import spread
from flows.stage import stage
from tasks import manifest, params
from tasks.errors import SourceError
from tasks.faces import WITHOUT_LANDMARKS, weights
from tasks.prepare.build import build
from tasks.prepare.decide import Decisions, decide
from tasks.prepare.stage import Detector
from tasks.prepare.stage import stage as stage_chunk
from tasks.prepare.summary import Staged
from tasks.prepare.workplace import Workplace, workplace
from tasks.sources import SOURCES
from tasks.sources.source import Chunk, Plan
from tasks.votes import Overlay, load

if TYPE_CHECKING:
    from distributed import Client


@flow(name="prepare", validate_parameters=False)
def prepare(
    params_file: str = "params.yaml", overrides: Sequence[str] = (), out: str = str(places.PREPARED)
) -> dict[str, Any]:
    """Decode, clean, split, augment and shard the data set of ``params_file`` into the folder ``out``.

    The shards are built in a work folder beside ``out`` and moved at the end: ``out`` is whole, or as it was. A run
    that was stopped goes on from its last whole shard when content, settings and code are the same.

    Returns:
        The manifest.

    Raises:
        SourceError: the data set is missing, empty or not what it claims to be.
        OutputError: another process prepares the same folder.
    """
    settings = params.load(Path(params_file), tuple(overrides))
    planned = plan(settings)
    overlay = load(settings.data.votes)
    detector = choose(settings.prepare)
    also = f"{detector} {overlay.digest if overlay else ''}"
    with workplace(Path(out).absolute(), planned.fingerprint, settings.data, settings.prepare, also) as work:
        with cluster.client(settings.cluster) as client:
            try:
                staged = staged_chunks(client, planned.chunks, settings.prepare, detector, work)
                unchanged(settings, planned)
            except SourceError:
                shutil.rmtree(work.folder, ignore_errors=True)  # nothing of a data set that changed is used again
                raise
            decisions = decided(staged, settings.prepare, overlay)
            built = built_shards(client, decisions, settings.prepare, work)
        return finish(settings, planned, decisions, built, work)


@stage("plan")
def plan(settings: params.Params) -> Plan:
    """Cut the data set into chunks that any worker can read."""
    planned = SOURCES[settings.data.source].plan(settings.data, settings.prepare.shard_rows)
    here = Path.cwd()
    return replace(
        planned,
        chunks=tuple(
            chunk if "://" in chunk.path else replace(chunk, path=str(here / chunk.path)) for chunk in planned.chunks
        ),
    )


def choose(wanted: params.Prepare) -> Detector:
    """The detector for alignment: its name and its file of weights; nothing where none is needed."""
    if wanted.normalise.align == "none":
        return "", ""
    chosen = weights.choose(wanted.detector)
    if chosen.name in WITHOUT_LANDMARKS:
        progress.note(
            f"warning: aligning needs landmarks, which {chosen.name} doesn't find ({chosen.why}); they stay as they are"
        )
    return chosen.name, chosen.weights


@stage("stage")
def staged_chunks(
    client: "Client", chunks: Sequence[Chunk], wanted: params.Prepare, detector: Detector, work: Workplace
) -> list[Staged]:
    """Decode, normalise and measure the chunks on the workers."""
    staged, done = [], 0
    with progress.bar("prepare", sum(chunk.rows for chunk in chunks), client.dashboard_link) as advance:
        for chunk, found in spread(client, stage_chunk, chunks, wanted, detector, work.staged):
            staged.append(found)
            done += chunk.rows
            advance(done)
    return staged


@stage("check")
def unchanged(settings: params.Params, planned: Plan) -> None:
    """Make sure that what was read is one data set, and not partly an older one.

    Raises:
        SourceError: it changed since it was planned.
    """
    if plan(settings).fingerprint != planned.fingerprint:
        raise SourceError(f"data.path: {settings.data.path!r} changed while it was read. Run it again")


@stage("decide")
def decided(staged: Sequence[Staged], wanted: params.Prepare, overlay: Overlay | None) -> Decisions:
    """Find duplicates, draw splits and folds."""
    return decide(staged, wanted, overlay)


@stage("build")
def built_shards(
    client: "Client", decisions: Decisions, wanted: params.Prepare, work: Workplace
) -> list[manifest.Stats]:
    """Write shards and rejects on the workers, once it is known which images stay."""
    built: list[manifest.Stats] = []
    with progress.bar("shards", len(decisions.chunks), client.dashboard_link) as advance:
        for done, (_, stats) in enumerate(
            spread(client, build, decisions.chunks, wanted, work.staged, work.built), start=1
        ):
            built.extend(stats)
            advance(done)
    return built


@stage("finish")
def finish(
    settings: params.Params,
    planned: Plan,
    decisions: Decisions,
    built: list[manifest.Stats],
    work: Workplace,
) -> dict[str, Any]:
    """Write the manifest and move everything into place."""
    result = manifest.make(
        settings.data.source, settings.prepare, decisions, built, planned.warnings, planned.fingerprint
    )
    manifest.write(work.built, result)
    work.finish({manifest.NAME, *(one.file for one in built)})
    return result
