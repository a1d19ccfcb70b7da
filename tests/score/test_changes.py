"""Whatever happens to an archive between runs, and wherever these stop: --resume ends as a run from nothing does."""

import inspect
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pyarrow.dataset as ds
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_job import scoring_job
from made_media import encoded, video, zipped

from flows import score
from tasks.media.walk import walk
from tasks.params import Detector
from tasks.score import compact, earlier, parts, store
from tasks.score.job import Job
from tasks.score.unit import score_unit
from tasks.score.units import arrange

pytestmark = pytest.mark.chain
PICTURES: Final = [encoded(seed=seed) for seed in range(5)]
CONTENTS: Final = {
    **{f"picture {number}": data for number, data in enumerate(PICTURES)},
    "broken": PICTURES[0][:-50],
    "text": b"no picture",
    "empty": b"",
    "video": video(8),
    "zip": zipped({"0.png": PICTURES[0], "5.png": encoded(seed=5)}),
    "other zip": zipped({"sub/5.png": encoded(seed=5), "again.png": PICTURES[1], "text": b"text"}),
}
NAMES = st.sampled_from(["a", "b", "c", "d/e", "d/f", "g"])
PUT = st.tuples(st.just("put"), NAMES, st.sampled_from(sorted(CONTENTS)))
RENAME = st.tuples(st.just("rename"), NAMES, NAMES)
REMOVE = st.tuples(st.just("remove"), NAMES, st.just(""))
# Changes, and how many units the run after them scores before it stops; None: it goes on to its end.
RUNS = st.lists(
    st.tuples(st.lists(PUT | PUT | RENAME | REMOVE, max_size=5), st.none() | st.integers(0, 3)), min_size=1, max_size=4
)


def _change(media: Path, what: str, name: str, other: str) -> None:
    path = media / name
    if what == "put":
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(CONTENTS[other])
    elif path.exists() and what == "rename":
        (media / other).parent.mkdir(exist_ok=True)
        path.rename(media / other)
    elif path.exists():
        path.unlink()


def _run(media: Path, out: Path, job: Job, stop: int | None = None) -> int:
    """What the flow does, in this process; returns how many units were scored."""
    compact.recover(out)
    known = earlier.known(out)
    entries = list(walk([str(media)], job.limits))
    made = arrange(entries, job, known)
    if (out / "files").is_dir() and not (out / parts.UNITS).exists() and score.nothing_new(out, entries, made, known):
        return 0
    missing = parts.missing(out, made.units)
    for unit in missing[:stop]:
        score_unit(unit, job, out)
    if stop is None:
        inspect.unwrap(score.finished)(made, known, store.at(out), out, len(entries), job, {})
    return len(missing[:stop])


def _tables(out: Path) -> dict[str, list[str]]:
    dropped = {"seconds", "unit", "run_id"}
    return {
        name: sorted(
            str({key: value for key, value in row.items() if key not in dropped})
            for row in ds.dataset(out / name).to_table().to_pylist()
        )
        for name in compact.TABLES
        if name != "crops" or (out / name).is_dir()
    }


@pytest.fixture(scope="module")
def job() -> Iterator[Job]:
    reference = Path(__file__).parents[2] / "models" / "reference"
    yield scoring_job(reference, detector="none", detection=Detector(name="none"), images_per_unit=2)


@settings(max_examples=4, deadline=None)
@given(RUNS)
def test_any_changes_then_resume_are_a_run_from_nothing(
    job: Job, runs: list[tuple[list[tuple[str, str, str]], int | None]]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        media, out = Path(folder) / "media", Path(folder) / "out"
        media.mkdir()
        (media / "always").write_bytes(encoded(seed=9))
        for changes, stop in (*runs, ([], None)):
            for change in changes:
                _change(media, *change)
            _run(media, out, job, stop)
        _run(media, Path(folder) / "fresh", job)
        assert _tables(out) == _tables(Path(folder) / "fresh")
        assert _run(media, out, job) == 0


def test_what_was_moved_is_not_decoded_again(job: Job, tmp_path: Path) -> None:
    media, out = tmp_path / "media", tmp_path / "out"
    media.mkdir()
    for name in ("picture 0", "picture 1", "video", "broken"):
        (media / name).write_bytes(CONTENTS[name])
    assert _run(media, out, job) == 3
    shutil.move(media, tmp_path / "elsewhere")
    (tmp_path / "elsewhere" / "picture 1").rename(tmp_path / "elsewhere" / "0")
    assert _run(tmp_path / "elsewhere", out, job) == 1  # the broken one
    sources = ds.dataset(out / "files").to_table()["source"].to_pylist()
    assert sorted(Path(one).name for one in sources) == ["0", "broken", "picture 0", "video"]
    assert all("elsewhere" in one for one in sources)


def test_a_stopped_run_takes_up_what_was_moved(job: Job, tmp_path: Path) -> None:
    media, out = tmp_path / "media", tmp_path / "out"
    media.mkdir()
    for number in range(4):
        (media / f"{number}").write_bytes(PICTURES[number])
    assert _run(media, out, job, stop=1) == 1
    media.rename(tmp_path / "moved")
    assert _run(tmp_path / "moved", out, job) == 1
    _run(tmp_path / "moved", tmp_path / "fresh", job)
    assert _tables(out) == _tables(tmp_path / "fresh")
