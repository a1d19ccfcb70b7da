"""Tables that are labelled anew are those of a run that was scored with the other model."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_run import BELOW, Picture, Video, probabilities, write_run

from tasks.errors import OutputError, ReconcileError
from tasks.score import compact, flips, rescore, totals
from tasks.score.abstain import Rule
from tasks.score.reprior import Model

pytestmark = pytest.mark.chain

FRAME = st.none() | st.integers(0, 3)
MEDIA = st.lists(
    st.integers(0, 3) | st.lists(st.lists(FRAME, min_size=1, max_size=5), min_size=1, max_size=3), max_size=6
)
ASKED = Model(1.0, None, "haar")
NEW = rescore.Label("emotion v2", "b", Rule(BELOW), ASKED)


def _tables(out: Path) -> dict[str, pa.Table]:
    found = {name: ds.dataset(out / name).to_table() for name in ("faces", "frames", "files", "tracks")}
    return found | {"thumbs": pq.read_table(out / "thumbs.parquet")}


def _faces(media: list[Picture | Video]) -> int:
    return sum(
        sum(count or 0 for part in medium for count in part) if isinstance(medium, list) else medium for medium in media
    )


def _pieces(found: npt.NDArray[np.float32], size: int) -> Iterator[npt.NDArray[np.float32]]:
    return (found[start : start + size] for start in range(0, len(found), size))


def _answers(pieces: Iterator[npt.NDArray[np.float32]]) -> Callable[[pa.Table], npt.NDArray[np.float32]]:
    taken = rescore.Taken(pieces)
    return lambda faces: taken.take(len(faces), 7)


@settings(max_examples=15, deadline=None)
@given(MEDIA, st.integers(1, 5), st.sampled_from([1, 3, 16_384]))
def test_the_tables_are_those_of_a_run_with_the_other_model(
    tmp_path_factory: pytest.TempPathFactory, media: list[Picture | Video], size: int, at_once: int
) -> None:
    base = tmp_path_factory.mktemp("runs")
    faces = _faces(media)
    one, other = probabilities(faces, 1), probabilities(faces, 2)
    write_run(base / "one", media, one)
    entries = write_run(base / "other", media, other, NEW.model_version, NEW.run_id)
    before = _tables(base / "one")
    seen: list[int] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rescore, "FACES_AT_ONCE", at_once)
        counts = rescore.rewrite(base / "one", base / "new", _answers(_pieces(other, size)), NEW, seen.append)
    wanted, found = _tables(base / "other"), _tables(base / "new")
    for name, table in wanted.items():
        assert found[name].equals(table), name
        assert before[name].equals(_tables(base / "one")[name]), name
    assert totals.reconcile(base / "new", len(entries))["faces"] == faces == sum(seen) == counts.sum()
    labels = [
        np.array(
            [
                word if not open_ else "abstained"
                for word, open_ in zip(*(table[n].to_pylist() for n in ("emotion", "abstained")), strict=True)
            ]
        )
        for table in (before["faces"], wanted["faces"])
    ]
    told = flips.told(counts)
    assert told["flipped"] == (labels[0] != labels[1]).sum()
    for start in flips.SAID:
        for end in flips.SAID:
            assert told["table"][start][end] == ((labels[0] == start) & (labels[1] == end)).sum()


MIXED: list[Picture | Video] = [2, [[1, 2, None], [1]], 0, 1]


def test_the_same_labels_are_the_same_tables(tmp_path: Path) -> None:
    said = probabilities(7, 1)
    write_run(tmp_path / "one", MIXED, said)
    same = rescore.Label("emotion v1", "a", Rule(BELOW), ASKED)
    counts = rescore.rewrite(tmp_path / "one", tmp_path / "new", _answers(iter([said])), same, lambda _: None)
    assert {
        name: table.equals(_tables(tmp_path / "one")[name]) for name, table in _tables(tmp_path / "new").items()
    } == dict.fromkeys(("faces", "frames", "files", "tracks", "thumbs"), True)
    assert flips.told(counts)["share"] == 0


def test_another_bound_leaves_other_faces_open(tmp_path: Path) -> None:
    said = probabilities(7, 1)
    write_run(tmp_path / "one", MIXED, said)
    new = rescore.Label("x", "y", Rule(0.99), ASKED)
    rescore.rewrite(tmp_path / "one", tmp_path / "new", _answers(iter([said])), new, lambda _: None)
    assert _tables(tmp_path / "new")["faces"]["abstained"].to_pylist() == (said.max(axis=1) < 0.99).tolist()


def test_a_run_without_thumbnails_has_none_afterwards(tmp_path: Path) -> None:
    said = probabilities(7, 1)
    write_run(tmp_path / "one", MIXED, said)
    (tmp_path / "one" / "thumbs.parquet").unlink()
    rescore.rewrite(tmp_path / "one", tmp_path / "new", _answers(iter([said])), NEW, lambda _: None)
    assert sorted(place.name for place in (tmp_path / "new").iterdir()) == ["faces", "files", "frames", "tracks"]


def test_tables_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    said = probabilities(7, 1)
    write_run(tmp_path / "one", MIXED, said)
    (file,) = (tmp_path / "one" / "faces").iterdir()
    table = pq.read_table(file)
    pq.write_table(table.take(pa.array([6, *range(6)])), file)
    with pytest.raises(ReconcileError, match="not in the same order"):
        rescore.rewrite(tmp_path / "one", tmp_path / "new", _answers(iter([said])), NEW, lambda _: None)
    pq.write_table(table.slice(0, 5), file)
    with pytest.raises(OutputError, match="fewer rows"):
        rescore.rewrite(tmp_path / "one", tmp_path / "new", _answers(iter([said])), NEW, lambda _: None)
    assert not (tmp_path / "new" / compact.WHOLE).exists()
