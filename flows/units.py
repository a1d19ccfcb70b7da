"""Units over the workers: in one stage, or in two where faces are classified on other workers than they are found."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import TYPE_CHECKING

from flows.spread import spread
from tasks.score import stages
from tasks.score.job import Job, Unit
from tasks.score.predict import Tally
from tasks.score.unit import score_unit

if TYPE_CHECKING:
    from distributed import Client

LIVES = 1000  # of a piece: media that kill workers are left alone after some deaths (tasks/media/watch.py)


def scored(
    client: "Client", units: Sequence[Unit], job: Job, out: str, classify_on: str
) -> Iterator[tuple[Unit, Tally]]:
    """Yield (unit, what it came to) as units are finished below ``out``, in no order.

    Args:
        classify_on: the Dask resource of the workers that classify; empty: each unit is scored where its faces are
            found. With it, units that are looked through wait as files for a batch; no more are looked through while
            too many batches wait for their workers.

    Raises:
        UsageError: no worker has the resource.
    """
    if not classify_on:
        yield from spread(client, score_unit, units, job, out, lives=LIVES)
        return
    named = {unit.id: unit for unit in units}
    with (
        closing(spread(client, stages.look, units, job, out, off=classify_on, lives=LIVES)) as looked,
        closing(spread(client, stages.classify, stages.batches(looked), job, out, on=classify_on)) as batches,
    ):
        for _, finished in batches:
            for unit, tally in finished:
                yield named[unit], tally
