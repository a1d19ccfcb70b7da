"""prepare: labelled faces in, clean versioned shards out."""

import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from prefect import flow

from flows import cluster, places, progress
from flows.stage import stage
from tasks import manifest, params, shards
from tasks.dedupe import Decision, Decisions, Staged, decide
from tasks.sources import SOURCES
from tasks.sources.source import Chunk, Plan

if TYPE_CHECKING:
    from distributed import Client

Stats = manifest.ShardStats | manifest.RejectStats


@flow(name="prepare", validate_parameters=False)
def prepare(
    params_file: str = "params.yaml", overrides: Sequence[str] = (), out: str = str(places.PREPARED)
) -> dict[str, Any]:
    """Decode, clean and shard the data set of ``params_file`` into the folder ``out``; return its manifest.

    The shards are built in a work folder beside ``out`` and moved at the end: ``out`` is whole, or as it was.

    Raises:
        SourceError: the data set is missing, empty or not what it claims to be.
    """
    settings = params.load(Path(params_file), tuple(overrides))
    target = Path(out).absolute()
    work = target.parent / "work" / target.name
    shutil.rmtree(work, ignore_errors=True)
    planned = plan(settings)
    with cluster.client(settings.cluster) as client:
        staged = staged_chunks(client, planned.chunks, settings.prepare, work / "staged")
        decisions = decide(staged, settings.prepare)
        built = built_shards(client, decisions, work / "staged", work / "new")
    return finish(settings, planned, decisions, built, work, target)


@stage("plan")
def plan(settings: params.Params) -> Plan:
    """Cut the data set into chunks that any worker can read."""
    planned = SOURCES[settings.data.source].plan(settings.data, settings.prepare.shard_rows)
    here = Path.cwd()
    return replace(planned, chunks=tuple(replace(chunk, path=str(here / chunk.path)) for chunk in planned.chunks))


@stage("stage")
def staged_chunks(client: "Client", chunks: Sequence[Chunk], wanted: params.Prepare, work: Path) -> list[Staged]:
    """Decode, normalise and clean the chunks on the workers."""
    staged, done = [], 0
    with progress.bar("prepare", sum(chunk.rows for chunk in chunks), client.dashboard_link) as advance:
        for chunk, found in cluster.spread(client, shards.stage, chunks, wanted, work):
            staged.append(found)
            done += chunk.rows
            advance(done)
    return staged


@stage("build")
def built_shards(client: "Client", decisions: Decisions, work: Path, out: Path) -> list[Stats]:
    """Write shards and rejects on the workers, once it is known which images stay."""
    built: list[Stats] = []
    with progress.bar("shards", len(decisions.chunks), client.dashboard_link) as advance:
        for done, (_, stats) in enumerate(cluster.spread(client, _build, decisions.chunks, work, out), start=1):
            built.extend(stats)
            advance(done)
    return built


def _build(decision: Decision, work: Path, out: Path) -> list[Stats]:
    return shards.build(decision.index, decision, work, out)


@stage("finish")
def finish(
    settings: params.Params, planned: Plan, decisions: Decisions, built: list[Stats], work: Path, target: Path
) -> dict[str, Any]:
    """Write the manifest and move everything into place."""
    result = manifest.make(settings.data.source, decisions, built, planned.warnings)
    manifest.write(work / "new", result)
    shutil.rmtree(target, ignore_errors=True)
    (work / "new").rename(target)
    shutil.rmtree(work)
    return result
