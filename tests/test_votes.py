from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.errors import SourceError
from tasks.params import Votes
from tasks.schema import CHOICES
from tasks.votes import Overlay, entropy, load, majority, not_a_face

HEADER = "Usage,Image name,neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,unknown,NF"
COUNTS = st.lists(st.lists(st.integers(0, 12), min_size=10, max_size=10), min_size=0, max_size=20).map(
    lambda rows: np.array(rows, np.int16).reshape(-1, 10)
)
JOIN = """row,usage,file
0,Training,train/angry/Training_11.jpg
1,Training,train/sad/Training_22.jpg
3,PublicTest,test/sad/PublicTest_22.jpg
4,PublicTest,test/sad/PublicTest_55.jpg
1,Training,train/sad/twin.jpg
2,Training,train/fear/twin.jpg
"""


def row(usage: str, name: str, neutral: int, nobody: int) -> str:
    return f"{usage},{name},{neutral},0,0,0,0,0,0,0,0,{nobody}"


# Row 2 has no name, so that the names' numbers fall behind the rows, as in FER+.
ROWS = [
    row("Training", "fer0000000.png", 9, 0),
    row("Training", "fer0000001.png", 8, 0),
    row("Training", "", 0, 10),
    row("PublicTest", "fer0000002.png", 6, 0),
    row("PublicTest", "fer0000003.png", 5, 0),
    row("PrivateTest", "fer0000004.png", 4, 0),
]


def put(folder: Path) -> Path:
    (folder / "fer2013new.csv").write_text("\n".join([HEADER, *ROWS]))
    (folder / "join.csv").write_text(JOIN)
    return folder


def overlay(folder: Path) -> Overlay:
    found = load(Votes(kind="ferplus", path=str(folder), join=str(folder)))
    assert found is not None
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return put(tmp_path)


@pytest.fixture(scope="module")
def votes(tmp_path_factory: pytest.TempPathFactory) -> Overlay:
    return overlay(put(tmp_path_factory.mktemp("votes")))


def find(folder: Path, keys: dict[str, str]) -> list[int]:
    found = overlay(folder).find(pa.array(list(keys), pa.string()), pa.array(list(keys.values()), pa.string()))
    assert found.dtype == np.int64
    return [int(row) for row in found]


def problem(folder: Path, keys: dict[str, str]) -> str:
    with pytest.raises(SourceError) as caught:
        find(folder, keys)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def vote(**counts: int) -> Any:
    return np.array([[counts.get(choice, 0) for choice in CHOICES]], np.int16)


def test_no_votes_are_wanted_by_default() -> None:
    assert load(Votes()) is None


def test_rows_count_and_not_the_numbers_in_names(folder: Path) -> None:
    rows = find(folder, {"row-0000003": "public", "row-0000001": "training", "row-0000005": "private"})
    assert rows == [3, 1, 5]
    assert overlay(folder).counts[rows, CHOICES.index("neutral")].tolist() == [6, 8, 4]


def test_files_are_known_by_their_key(folder: Path) -> None:
    keys = {
        "test/sad/PublicTest_22.jpg": "public",
        "train/sad/Training_22.jpg": "training",
        "train/sad/9.jpg": "training",
    }
    assert find(folder, keys) == [3, 1, -1]


def test_files_below_other_folders_are_known_by_their_name(folder: Path) -> None:
    keys = {
        "fer2013/test/sad/PublicTest_55.jpg": "public",
        "x/Training_11.jpg": "training",
        "PublicTest_22.jpg": "public",
    }
    assert find(folder, keys) == [4, 0, 3]


def test_a_name_that_is_not_the_only_one_tells_nothing(folder: Path) -> None:
    keys = {"a/train/sad/twin.jpg": "training", "train/angry/Training_11.jpg": "training"}
    assert find(folder, keys) == [-1, 0]
    keys = {"a/Training_11.jpg": "training", "b/Training_11.jpg": "training", "train/sad/twin.jpg": "training"}
    assert find(folder, keys) == [-1, -1, 1]
    keys = {"train/angry/Training_11.jpg": "training", "train/sad/Training_11.jpg": "training"}
    assert find(folder, keys) == [0, -1]


def test_chunked_and_large_strings_will_do(folder: Path) -> None:
    keys = pa.chunked_array([["row-0000000"], ["train/sad/Training_22.jpg", "x"]], pa.large_string())
    splits = pa.chunked_array([["training", "training"], ["training"]])
    assert overlay(folder).find(keys, splits).tolist() == [0, 1, -1]
    assert overlay(folder).find(pa.chunked_array([], pa.string()), pa.array([], pa.string())).tolist() == []


KNOWN = {
    "row-0000000": ("training", 0),
    "row-5": ("private", 5),
    "test/sad/PublicTest_55.jpg": ("public", 4),
    "w/test/sad/PublicTest_22.jpg": ("public", 3),
    "row-x": ("training", -1),
    "row--1": ("training", -1),
    "row-1\n": ("training", -1),
}


@given(st.lists(st.sampled_from(list(KNOWN)), unique=True))
def test_every_key_is_looked_up_on_its_own(votes: Overlay, keys: list[str]) -> None:
    keys = ["row-0000002", *keys]
    known = {"row-0000002": ("training", 2), **KNOWN}
    found = votes.find(pa.array(keys), pa.array([known[key][0] for key in keys]))
    assert found.tolist() == [known[key][1] for key in keys]


@pytest.mark.parametrize(
    ("key", "split", "said"),
    [
        ("row-0000003", "training", "has row 3 in public, 'row-0000003' is in training: votes of another file"),
        (
            "x/Training_11.jpg",
            "public",
            "has row 0 in training, 'x/Training_11.jpg' is in public: votes of another file",
        ),
        ("row-0000006", "private", "has 6 rows, the data set has a row 6: is the file cut off?"),
    ],
)
def test_votes_of_another_file_are_refused(folder: Path, key: str, split: str, said: str) -> None:
    assert problem(folder, {"row-0000000": "training", key: split}).startswith(f"data.votes.path: '{folder}' {said}. ")


def test_other_splits_may_be_anyones(folder: Path) -> None:
    assert find(folder, {"row-0000000": "validation", "row-0000003": "test"}) == [0, 3]


def test_another_data_set_is_refused(folder: Path) -> None:
    said = problem(folder, {"a.jpg": "training", "b.jpg": "training"})
    assert said.startswith(f"data.votes.join: '{folder}' knows none of 2 images, such as 'a.jpg'. ")


def test_a_join_is_needed_for_files_only(folder: Path) -> None:
    (folder / "join.csv").unlink()
    assert find(folder, {"row-0000001": "training"}) == [1]
    said = problem(folder, {"row-0000001": "training", "train/sad/a.jpg": "training"})
    assert said.startswith(f"data.votes.join: no join.csv at '{folder}', and the key 'train/sad/a.jpg' does not tell ")


def test_missing_votes_are_said(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"data\.votes\.path: no fer2013new\.csv at .*data\.votes\.kind: none"):
        overlay(tmp_path)


def test_the_digest_is_of_both_files(folder: Path) -> None:
    digests = {overlay(folder).digest, overlay(folder).digest}
    (folder / "join.csv").write_text(JOIN.replace("22.jpg", "23.jpg"))
    digests.add(overlay(folder).digest)
    (folder / "fer2013new.csv").write_text("\n".join([HEADER, *ROWS, ROWS[-1]]))
    digests.add(overlay(folder).digest)
    assert len(digests) == 3


@pytest.mark.parametrize(
    ("counts", "winner"),
    [
        (vote(sad=4, fear=3, neutral=3), "sad"),
        (vote(not_a_face=10), "not_a_face"),
        (vote(sad=5, contempt=5), None),
        (vote(), None),
    ],
)
def test_majority_is_what_most_are_for(counts: Any, winner: str | None) -> None:
    assert majority(counts).tolist() == [-1 if winner is None else CHOICES.index(winner)]


@given(COUNTS)
def test_majority_has_more_votes_than_any_other(counts: Any) -> None:
    for row, winner in zip(counts.tolist(), majority(counts).tolist(), strict=True):
        most = [at for at, count in enumerate(row) if count == max(row) and count]
        assert [winner] == (most if len(most) == 1 else [-1])


@pytest.mark.parametrize(
    ("counts", "bits"),
    [(vote(sad=10), 0.0), (vote(), 0.0), (vote(sad=5, fear=5), 1.0), (np.ones((1, 10), np.int16), np.log2(10))],
)
def test_entropy_by_hand(counts: Any, bits: float) -> None:
    assert entropy(counts).tolist() == [np.float32(bits)]
    assert entropy(counts).dtype == np.float32


@given(COUNTS, st.integers(1, 50))
def test_entropy_is_of_shares(counts: Any, times: int) -> None:
    bits = entropy(counts)
    assert ((bits >= 0) & (bits < 3.3220)).all()
    assert np.allclose(bits, entropy((counts * times).astype(np.int16)), atol=1e-6)
    assert np.allclose(bits, entropy(counts[:, ::-1]), atol=1e-6)


@pytest.mark.parametrize(("nobody", "others", "found"), [(7, 3, True), (6, 4, False), (0, 0, False), (1, 0, True)])
def test_not_a_face_from_the_share_on(nobody: int, others: int, found: bool) -> None:
    assert not_a_face(vote(not_a_face=nobody, sad=others), 0.7).tolist() == [found]


@given(COUNTS, st.integers(1, 10), st.integers(1, 10))
def test_a_share_is_met_exactly(counts: Any, part: int, whole: int) -> None:
    share = min(part, whole) / whole
    exact = [sum(row) > 0 and row[-1] * whole >= min(part, whole) * sum(row) for row in counts.tolist()]
    assert not_a_face(counts, share).tolist() == exact


def test_the_default_join_is_none(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "data" / "raw").mkdir(parents=True)
    (folder / "data" / "raw" / "README.md").write_text("Put raw data sets here, and more")
    monkeypatch.chdir(folder)
    found = load(Votes(kind="ferplus", path="fer2013new.csv"))
    assert found is not None
    assert found.join is None
