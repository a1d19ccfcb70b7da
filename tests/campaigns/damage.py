"""Whole data sets that are damaged: a source says so in one line, or gives one record per image; nothing else."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from campaigns import odd
from campaigns.mutate import MUTATIONS, Case
from campaigns.pictures import Picture
from campaigns.report import Report
from tasks.errors import UsageError
from tasks.params import Data
from tasks.sources import SOURCES

DONE: Final = ("flipped", "flipped header", "truncated", "longer", "hole", "random", "empty", "whole")
_ROWS: Final = 5  # of a chunk: several chunks


def damage(report: Report, place: Path, cases: Sequence[Case], rounds: int) -> None:
    """Read ``rounds`` damaged copies of a zip, a tar, a listing and a CSV, in this process."""
    place.mkdir()
    (place / "listing").mkdir()
    made = {
        "class-folders": place / "few.zip",
        "webdataset": place / "few.tar",
        "listing": place / "listing/few.csv",
        "fer2013-csv": place / "few.csv.gz",
    }
    odd.zipped(made["class-folders"], cases)
    odd.tarred(made["webdataset"], cases)
    odd.listed(made["listing"], cases)
    odd.table(made["fer2013-csv"], report.seed, len(cases))
    for number, (source, path) in enumerate(made.items()):
        whole, read = Picture("", path.read_bytes()), 0
        for turn in range(rounds):
            rng = np.random.default_rng((report.seed, 3, number, turn))
            done = DONE[turn % len(DONE)]
            path.write_bytes(MUTATIONS[done](rng, whole, (whole,)))
            read += _read(report, source, path, f"{done}, turn {turn}")
        report.say(f"damaged {source}: {read} of {rounds} copies could be read, the others were refused in one line")


def _read(report: Report, source: str, path: Path, done: str) -> bool:
    """Whether the data set can be used; each error that is not ours, each key twice is a failure."""
    data = Data.model_validate({"source": source, "path": str(path)})
    keys: list[str] = []
    try:
        plan = SOURCES[source].plan(data, _ROWS)
        for chunk in plan.chunks:
            records = list(SOURCES[source].read(chunk))
            report.check(len(records) == chunk.rows, f"{source} ({done}): {len(records)} records of {chunk.rows}")
            keys += [record.key for record in records]
    except UsageError as error:
        report.check("\n" not in str(error), f"{source} ({done}): more than one line: {error}")
        return False
    except Exception as error:  # noqa: BLE001  finding any other is what this is for
        report.fail(f"{source} ({done}): {type(error).__name__}: {error}")
        return False
    report.check(len(set(keys)) == len(keys), f"{source} ({done}): a key stands twice")
    return True
