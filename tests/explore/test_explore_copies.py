from collections.abc import Sequence
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from made_folder import Kept, Left, noise, write_folder

from tasks.explore.copies import KINDS, SHOWN, Joined
from tasks.explore.prepared import Prepared, open_folder
from tasks.explore.scan import Scan, scan
from tasks.params import Explore
from tasks.schema import EMOTIONS


def joined(folder: Path, kept: Sequence[Kept], left: Sequence[Left]) -> Joined:
    return scan(open_folder(write_folder(folder, kept, left)), Explore()).joined


def a_kept(key: str, seed: int, emotion: str = "happy", split: str = "training") -> Kept:
    return Kept(key, split, emotion, noise(seed))


def a_copy(key: str, seed: int, of: str | None, reason: str = "duplicate", emotion: str = "happy") -> Left:
    return Left(key, "training", emotion, reason, "", of, noise(seed))


def test_a_copy_is_joined_by_name(tmp_path: Path) -> None:
    found = joined(tmp_path, [a_kept("a", 1), a_kept("b", 2, "sad", "public")], [a_copy("c", 2, "b")])
    assert found.kept_labels.tolist() == [EMOTIONS.index("sad")]
    assert found.leaks(2).tolist() == [[0, 1], [0, 0]]
    assert found.kind(KINDS.index("duplicate")) == ("duplicate", 1, 1, 1, 1, 0)


def test_conflicts_are_joined_by_their_pixels(tmp_path: Path) -> None:
    left = [a_copy("c", 1, None, "conflicting_labels", "fear"), a_copy("d", 3, None, "conflicting_labels", "sad"),
            a_copy("e", 3, None, "conflicting_labels", "angry")]  # fmt: skip
    found = joined(tmp_path, [a_kept("a", 1), a_kept("b", 2)], left)
    assert found.kind(0) == ("conflicting_labels", 3, 2, 2, 1, 2)
    assert sorted(len(one.left_out) for one in found.sets(9)) == [1, 2]
    assert [one.kept >= 0 for one in sorted(found.sets(9), key=lambda one: len(one.left_out))] == [True, False]


def test_what_was_left_out_itself_hands_on(tmp_path: Path) -> None:
    left = [
        a_copy("first", 2, "kept", "near_duplicate"),
        a_copy("second", 2, "first"),
        a_copy("third", 2, None, "conflicting_labels", "sad"),
    ]
    found = joined(tmp_path, [a_kept("kept", 1), a_kept("other", 5)], left)
    assert len(set(found.kept_places.tolist())) == 1
    assert found.kept_places[0] >= 0
    assert found.kept_labels.tolist() == [EMOTIONS.index("happy")] * 3


def test_a_warped_copy_never_stands_for_its_image(tmp_path: Path) -> None:
    warped = Kept("a", "training", "sad", noise(1), augmented_from="x")
    found = joined(tmp_path, [warped, a_kept("b", 2)], [a_copy("c", 1, "a")])
    assert found.kept_places.tolist() == [-1]
    assert found.kind(KINDS.index("duplicate")).orphans == 1


def test_sets_with_differing_labels_come_first_and_large_ones_are_cut(tmp_path: Path) -> None:
    kept = [a_kept(f"k{n}", n) for n in range(6)]
    left = [a_copy(f"c{n}", n, f"k{n}") for n in range(6)]
    left += [a_copy(f"m{n}", 3, "k3", emotion="sad") for n in range(SHOWN + 2)]
    sets = joined(tmp_path, kept, left).sets(2)
    assert [(one.differ, len(one.left_out), one.more) for one in sets] == [(True, SHOWN, 3), (False, 1, 0)]


def test_other_reasons_and_no_rejects_at_all(tmp_path: Path) -> None:
    blank = Left("z", "training", "happy", "blank", face=noise(9))
    found = joined(tmp_path / "one", [a_kept("a", 1)], [blank])
    assert found.sets(9) == []
    assert joined(tmp_path / "two", [a_kept("a", 1)], []).leaks(1).tolist() == [[0]]


def test_the_drawn_folder(scanned: Scan, prepared: Prepared) -> None:
    assert [scanned.joined.kind(n).images for n in range(5)] == [1, 1, 1, 3, 6]
    assert int(scanned.joined.leaks(3).sum()) == 12
    for one in scanned.joined.sets(9):
        row = prepared.kept.rows([one.kept], ["key"])[one.kept]
        copies = prepared.rejects.rows(one.left_out, ["duplicate_of"])
        assert {copy["duplicate_of"] for copy in copies.values()} <= {row["key"], None}


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 2), st.integers(0, 6)), max_size=30))
def test_kinds_add_up(rows: list[tuple[int, int, int]]) -> None:
    kinds, codes, labels = (np.array([row[n] for row in rows], np.int64) for n in range(3))
    kept = np.array([-1, 0, 3])[codes]
    splits, places = np.zeros(len(rows), np.int64), np.arange(len(rows))
    found = Joined(kinds, codes, labels, kept, splits, np.where(kept < 0, -1, 0), places, kept)
    summed = [found.kind(n) for n in range(5)]
    assert sum(kind.images for kind in summed) == len(rows)
    for number, kind in enumerate(summed):
        members = {code: [row for row in rows if row[:2] == (number, code)] for code in range(3)}
        differing = [
            code for code, own in members.items()
            if own and len({row[2] for row in own} | ({int(kept_of(code))} - {-1})) > 1
        ]  # fmt: skip
        assert kind.sets == sum(map(bool, members.values()))
        assert kind.differing == len(differing)
        assert kind.orphans == len(members[0])
    assert sum(len(one.left_out) + one.more for one in found.sets(99)) == len(rows)


def kept_of(code: int) -> int:
    return (-1, 0, 3)[code]
