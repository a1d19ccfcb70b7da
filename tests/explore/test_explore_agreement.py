from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from made_folder import Kept, Left, noise, write_folder

from tasks.errors import SourceError
from tasks.explore.agreement import COLUMNS, DISPUTED, OPEN, OTHERWISE, Agreement, share
from tasks.explore.prepared import open_folder
from tasks.explore.scan import Scan, scan
from tasks.params import Explore
from tasks.schema import CHOICES, EMOTIONS

HAPPY, SAD = EMOTIONS.index("happy"), EMOTIONS.index("sad")


def ballot(**votes: int) -> tuple[int, ...]:
    return tuple(votes.get(choice, 0) for choice in CHOICES)


@pytest.fixture(scope="module")
def voted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Scan, dict[str, int]]:
    votes = {
        "agreed": ballot(happy=10), "halved": ballot(happy=5, sad=5), "otherwise": ballot(sad=9, happy=1),
        "rather": ballot(sad=6, happy=4), "odd": ballot(contempt=10), "none": None,
    }  # fmt: skip
    kept = [Kept(key, "training", "happy", noise(n), votes=own) for n, (key, own) in enumerate(votes.items())]
    left = [Left("gone", "training", "happy", "blank", face=noise(9), votes=ballot(happy=3, sad=1)),
            Left("odd", "training", None, "unknown_label", face=noise(8), votes=ballot(happy=3))]  # fmt: skip
    folder = open_folder(write_folder(tmp_path_factory.mktemp("voted"), kept, left))
    places = {
        key: place
        for part in folder.kept.parts(["key"])
        for key, place in zip(part.table["key"].to_pylist(), part.places.tolist(), strict=True)
    }
    return scan(folder, Explore()), places


def test_votes_are_counted_by_label_and_majority(voted: tuple[Scan, dict[str, int]]) -> None:
    kept = voted[0].agreement.kept
    assert {COLUMNS[n]: int(kept[HAPPY, n]) for n in np.flatnonzero(kept[HAPPY])} == {
        "happy": 1, "sad": 2, "contempt": 1, "tied": 1,
    }  # fmt: skip
    assert share(kept) == pytest.approx(1 / 5)
    rejected = voted[0].agreement.rejected
    assert rejected.sum() == rejected[HAPPY, HAPPY] == 1
    assert share(kept + rejected) == pytest.approx(2 / 6)
    assert share(np.zeros_like(kept)) == 0


def test_the_surest_dissent_comes_first(voted: tuple[Scan, dict[str, int]]) -> None:
    scanned, places = voted
    keys = {place: key for key, place in places.items()}
    otherwise = [keys[place] for place in scanned.agreement.shown.places(2 * HAPPY + OTHERWISE)]
    assert otherwise == ["odd", "otherwise", "rather"]
    disputed = [keys[place] for place in scanned.agreement.shown.places(2 * HAPPY + DISPUTED)]
    assert disputed[:3] == ["halved", "rather", "otherwise"]
    assert set(disputed) == {"agreed", "halved", "otherwise", "rather", "odd"}
    assert scanned.agreement.shown.places(2 * SAD) == []


def test_entropy_is_binned(voted: tuple[Scan, dict[str, int]]) -> None:
    assert voted[0].agreement.entropy.sum() == 5
    assert voted[0].agreement.entropy[0] == 2


def test_votes_of_another_number_of_choices_are_refused() -> None:
    table: Any = pa.table(
        {
            "votes": pa.array([[1, 2, 3]], pa.list_(pa.int16())),
            "majority": pa.array(["sad"]),
            "entropy": pa.array([0.5], pa.float32()),
        }
    )
    with pytest.raises(SourceError, match="3 numbers for 1 images, expected 10 each"):
        Agreement(3).add_kept(np.array([SAD]), table, np.array([0]), np.array([1], np.uint64))


def test_without_votes_nothing_is_counted(tmp_path: Path) -> None:
    folder = open_folder(write_folder(tmp_path, [Kept("a", "training", "sad", noise(1))]))
    found = scan(folder, Explore()).agreement
    assert not found.kept.any()
    assert not found.entropy.any()
    assert len(COLUMNS) == OPEN + 1
