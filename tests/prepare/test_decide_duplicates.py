import hashlib
from collections import Counter
from typing import Literal

import pyarrow as pa
import pytest
from staged_rows import NO_VALIDATION, Row, carving, outcome, pixel_hash, staged

from tasks.images.fingerprint import PRINT_BYTES
from tasks.params import Clean, Prepare, Split
from tasks.prepare.decide import decide
from tasks.prepare.summary import SUMMARY, Staged


def test_the_first_copy_within_a_split_stays() -> None:
    a, b = pixel_hash(1), pixel_hash(2)
    decisions = decide(
        staged(
            [("x", "training", 3, b, None), ("y", "training", 3, a, None)],
            [("z", "training", 4, a, None), ("y2", "training", 3, a, None)],
        ),
        NO_VALIDATION,
    )
    assert outcome(decisions) == [["training", "training"], ["duplicate", "duplicate"]]
    assert decisions.chunks[1].originals == {0: ("y", "training", 3, 0), 1: ("y", "training", 3, 0)}
    assert decisions.warnings == ("1 duplicates carry another emotion than the copy that stayed",)


def test_the_copy_that_is_tested_on_stays() -> None:
    order = ["private", "public", "dev", "test", "validation", "training"]
    for number, stays in enumerate(order):
        rows: list[Row] = [(split, split, 0, pixel_hash(1), None) for split in reversed(order[number:])]
        decisions = decide(staged(rows), NO_VALIDATION)
        assert outcome(decisions) == [["duplicate_across_splits"] * (len(rows) - 1) + [stays]]
        assert {original.key for original in decisions.chunks[0].originals.values()} <= {stays}


def test_a_leak_is_told_from_a_repetition() -> None:
    same = pixel_hash(1)
    rows: list[Row] = [
        (key, split, 0, same, None) for key, split in zip("abcd", ["training", "public"] * 2, strict=True)
    ]
    assert outcome(decide(staged(rows), NO_VALIDATION)) == [
        ["duplicate_across_splits", "public", "duplicate_across_splits", "duplicate"]
    ]


def test_rejects_are_no_copies_and_have_none() -> None:
    same = pixel_hash(1)
    rows: list[Row] = [
        ("a", "training", 0, same, "blank"),
        ("b", "training", 0, None, "undecodable"),
        ("c", "training", 0, None, "wrong_size"),
        ("d", "training", 0, same, None),
        ("e", "training", 0, pixel_hash(2), None),
    ]
    assert outcome(decide(staged(rows), NO_VALIDATION)) == [
        ["blank", "undecodable", "wrong_size", "training", "training"]
    ]


def test_conflicting_labels_by_policy() -> None:
    a, b, c = pixel_hash(1), pixel_hash(2), pixel_hash(3)
    rows: list[Row] = [
        ("a1", "training", 0, a, None), ("a2", "training", 0, a, None), ("a3", "public", 1, a, None),
        ("b1", "training", 2, b, None), ("b2", "training", 3, b, None),
        ("c1", "training", 4, c, None), ("c2", "training", 4, c, None),
    ]  # fmt: skip

    def ends(policy: Literal["drop", "majority", "keep"]) -> list[str]:
        return outcome(decide(staged(rows), carving(0.0, Clean(conflicts=policy))))[0]

    out = "conflicting_labels"
    assert ends("drop") == [out, out, out, out, out, "training", "duplicate"]
    assert ends("majority") == ["training", "duplicate", out, out, out, "training", "duplicate"]
    across = "duplicate_across_splits"
    assert ends("keep") == [across, across, "public", "training", "duplicate", "training", "duplicate"]


def test_facts_count_blank_images_too() -> None:
    a, b = pixel_hash(1), pixel_hash(2)
    rows: list[Row] = [
        ("a1", "training", 0, a, "blank"), ("a2", "public", 1, a, "blank"), ("a3", "public", 1, a, "blank"),
        ("b1", "training", 2, b, None), ("b2", "training", 2, b, None), ("u", "training", 2, None, "undecodable"),
    ]  # fmt: skip
    facts = decide(staged(rows), NO_VALIDATION).facts
    assert facts == (2, 5, 3, 1, 1, 3)


def near(pixels: bytes, bits: int) -> bytes:
    """The perceptual hash of ``pixels`` with its first ``bits`` turned."""
    number = int.from_bytes(hashlib.shake_256(pixels).digest(PRINT_BYTES)) ^ ((1 << bits) - 1)
    return number.to_bytes(PRINT_BYTES)


def test_near_duplicates_leave_training_and_never_a_test_split() -> None:
    chunks = staged(
        [(key, split, 0, pixel_hash(n), None) for n, (key, split) in enumerate(
            [("p", "public"), ("q", "public"), ("t", "training"), ("u", "training"), ("w", "training")]
        )]
    )  # fmt: skip
    prints = [near(pixel_hash(0), 0), near(pixel_hash(0), 3), near(pixel_hash(0), 5), near(pixel_hash(9), 0),
              near(pixel_hash(9), 2)]  # fmt: skip
    rows = chunks[0].rows
    rows = rows.set_column(
        rows.column_names.index("print"), SUMMARY.field("print"), [pa.array(prints, pa.binary(PRINT_BYTES))]
    )
    decisions = decide([Staged(0, rows)], carving(0.0, Clean(near_distance=6)))
    assert outcome(decisions) == [["public", "public", "near_duplicate_across_splits", "training", "near_duplicate"]]
    assert decisions.chunks[0].originals == {2: ("p", "public", 0, 5), 4: ("u", "training", 0, 2)}
    kept = decide([Staged(0, rows)], carving(0.0, Clean(near_distance=6, near_duplicates="keep")))
    assert outcome(kept) == [["public", "public", "training", "training", "training"]]
    assert kept.chunks[0].groups.to_pylist()[3:] == ["u", "u"]
    assert outcome(decide([Staged(0, rows)], carving(0.0, Clean(near_distance=0)))) == outcome(kept)


def test_equal_images_can_be_kept_and_stay_together() -> None:
    a = pixel_hash(1)
    rows: list[Row] = [(f"a{n}", split, 0, a, None) for n, split in enumerate(["training", "training", "public"])]
    rows += [(f"{n}", "training", 0, pixel_hash(n), None) for n in range(2, 200)]
    clean = Clean(duplicates="keep", near_duplicates="keep")
    official = decide(staged(rows), carving(0.2, clean))
    assert Counter(outcome(official)[0])["public"] == 1
    assert sum(sum(counts.values()) for counts in official.kept.values()) == len(rows)
    assert outcome(official)[0][0] == outcome(official)[0][1]
    assert not official.chunks[0].originals
    assert "1 groups stand in several" in official.warnings[0]
    for seed in range(20):
        wanted = Prepare(clean=clean, split=Split(by="stratified", folds=5, seed=seed))
        (chunk,) = decide(staged(rows), wanted).chunks
        assert len(set(chunk.splits[:3].tolist())) == len(set(chunk.folds[:3].tolist())) == 1


def test_copies_across_official_splits_go_and_those_within_stay() -> None:
    a, b = pixel_hash(1), pixel_hash(2)
    rows: list[Row] = [("a0", "training", 0, a, None), ("a1", "training", 0, a, None), ("a2", "public", 0, a, None),
                       ("b0", "training", 0, b, None), ("b1", "training", 0, b, None)]  # fmt: skip
    clean = Clean(duplicates="across", near_duplicates="across")
    across = "duplicate_across_splits"
    assert outcome(decide(staged(rows), carving(0.0, clean))) == [[across, across, "public", "training", "training"]]
    stratified = Prepare(clean=clean, split=Split(by="stratified"))
    assert len(set(outcome(decide(staged(rows), stratified))[0][:3])) == 1, "own splits are of no account there"


def test_similar_copies_across_official_splits_go_too() -> None:
    rows: list[Row] = [("p", "public", 0, pixel_hash(1), None)]
    rows += [(f"t{n}", "training", 0, pixel_hash(n), None) for n in (2, 3, 4)]
    chunk = staged(rows)[0].rows
    prints = [near(pixel_hash(0), 0), near(pixel_hash(0), 3), near(pixel_hash(9), 0), near(pixel_hash(9), 2)]
    at = chunk.column_names.index("print")
    chunk = chunk.set_column(at, SUMMARY.field("print"), [pa.array(prints, pa.binary(PRINT_BYTES))])
    clean = Clean(near_distance=6, near_duplicates="across")
    found = outcome(decide([Staged(0, chunk)], carving(0.0, clean)))
    assert found == [["public", "near_duplicate_across_splits", "training", "training"]]


def test_copies_cross_splits_where_nothing_is_bound() -> None:
    """As in reports that draw a validation split at random: of 200 pairs about a third stand on both sides."""
    rows: list[Row] = [(f"{n}-{copy}", "training", 0, pixel_hash(n), None) for n in range(200) for copy in (0, 1)]
    clean = Clean(duplicates="keep", near_duplicates="keep")

    def split(together: bool) -> int:
        wanted = Prepare(clean=clean, split=Split(validation=0.2, folds=2, together=together))
        (chunk,) = decide(staged(rows), wanted).chunks
        assert int((chunk.splits == chunk.names.index("validation")).sum()) == 80
        return int((chunk.splits[::2] != chunk.splits[1::2]).sum())

    assert split(True) == 0
    assert 40 <= split(False) <= 90  # 2 * 0.2 * 0.8 * 200 = 64 expected


@pytest.mark.parametrize("within", ["keep", "across"])
def test_equal_images_are_not_kept_while_similar_ones_are_dropped(within: Literal["keep", "across"]) -> None:
    with pytest.raises(ValueError, match=f"near_duplicates: 'drop' leaves out equal images too. Set it to {within} as"):
        Clean(duplicates=within)
