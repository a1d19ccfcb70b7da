from pathlib import Path

import pytest
from prepared_faces import face, png, put

from tasks.errors import SourceError
from tasks.evaluation.splits import called, choose, divided
from tasks.params import Data
from tasks.sources import SOURCES
from tasks.sources.words import words

WORDS = words(Data())
FER = {"training": 9, "public": 3, "private": 3}


@pytest.mark.parametrize(
    ("counts", "asked", "expected"),
    [
        (FER, "PrivateTest", "private"),
        (FER, "private", "private"),
        (FER, None, "public"),
        ({"test": 3, "training": 4}, "Test", "test"),
        ({"fold 7": 3, "training": 4}, "Fold 7", "fold 7"),
        ({"fold 7": 3, "public": 0}, None, "fold 7"),
    ],
)
def test_a_split_is_found_by_either_word(counts: dict[str, int], asked: str | None, expected: str) -> None:
    assert choose(counts, asked, "public", WORDS) == expected


@pytest.mark.parametrize(("counts", "asked"), [(FER, "test"), (FER, "a/b"), ({"test": 3, "training": 4}, None)])
def test_what_is_not_there_or_not_clear_is_an_error_that_lists(counts: dict[str, int], asked: str | None) -> None:
    with pytest.raises(SourceError, match=r"split: .*training \(\d\)"):
        choose(counts, asked, "public", WORDS)


def test_a_data_set_without_splits_is_judged_as_a_whole(tmp_path: Path) -> None:
    for number, emotion in enumerate(("happy", "sad")):
        put(tmp_path / "flat" / emotion / "1.png", png(face(number)))
        put(tmp_path / "deep" / "train" / emotion / "1.png", png(face(number)))
    flat, deep = (
        divided(SOURCES["class-folders"].plan(Data(path=str(tmp_path / name), source="class-folders"), 9), WORDS)
        for name in ("flat", "deep")
    )
    assert (flat, deep) == (False, True)
    assert choose({"training": 2}, "PrivateTest", "public", WORDS, flat) == "training"
    assert called("PrivateTest", "training", WORDS, flat) == "private"
    assert called(None, "training", WORDS, flat) == "training"
    with pytest.raises(SourceError, match="no 'PrivateTest'"):
        choose({"training": 2}, "PrivateTest", "public", WORDS, deep)
