import hashlib
import pickle
from collections import Counter
from collections.abc import Sequence
from random import Random

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.dedupe import KEPT, SUMMARY, Decisions, Staged, decide
from tasks.params import Prepare
from tasks.schema import EMOTIONS, REASONS

Row = tuple[str, str, int, bytes | None, str | None]
NO_VALIDATION = Prepare(validation=0.0)


def pixel_hash(seed: int) -> bytes:
    return hashlib.sha256(str(seed).encode()).digest()


def staged(*chunks: Sequence[Row]) -> list[Staged]:
    return [
        Staged(index, pa.Table.from_pylist([dict(zip(SUMMARY.names, row, strict=True)) for row in rows], SUMMARY))
        for index, rows in enumerate(chunks)
    ]


def outcome(decisions: Decisions) -> list[list[str]]:
    """Per chunk and row: the split it ends in, or the reason why not."""
    return [
        [
            chunk.names[split] if reason == KEPT else REASONS[reason]
            for split, reason in zip(chunk.splits, chunk.reasons, strict=True)
        ]
        for chunk in decisions.chunks
    ]


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
    assert decisions.chunks[1].originals == {0: ("y", "training", 3), 1: ("y", "training", 3)}
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


def test_validation_is_carved_by_pixels_alone() -> None:
    rows: list[Row] = [(f"{n}", "training" if n % 5 else "public", n % 7, pixel_hash(n), None) for n in range(4000)]
    decisions = decide(staged(rows), Prepare(validation=0.25))
    carved = {key for (key, *_), split in zip(rows, outcome(decisions)[0], strict=True) if split == "validation"}
    assert 0.22 < len(carved) / 3200 < 0.28
    assert carved == {
        key for key, split, _, pixels, _ in rows if split == "training" and pixels and pixels[0] < 64
    }  # a quarter of all first bytes
    renamed: list[Row] = [(f"other-{key}", split, 6 - label, pixels, None) for key, split, label, pixels, _ in rows]
    assert outcome(decide(staged(renamed), Prepare(validation=0.25))) == outcome(decisions)
    larger = outcome(decide(staged(rows), Prepare(validation=0.5)))[0]
    assert all(larger[int(key)] == "validation" for key in carved)


def test_a_validation_split_of_the_source_is_left_alone() -> None:
    rows: list[Row] = [(f"{n}", "training", 0, pixel_hash(n), None) for n in range(100)]
    rows.append(("v", "validation", 0, pixel_hash(100), None))
    decisions = decide(staged(rows), Prepare(validation=0.9))
    assert Counter(outcome(decisions)[0]) == {"training": 100, "validation": 1}


def test_digests_are_of_images_and_labels_only() -> None:
    rows: list[Row] = [(f"{n}", "public", n % 7, pixel_hash(n), None) for n in range(50)]
    digest = decide(staged(rows), NO_VALIDATION).digests["public"]
    reordered: list[Row] = [(f"k{n}", *row[1:]) for n, row in enumerate(reversed(rows))]
    extra: Row = ("leak", "training", 0, pixel_hash(3), None)
    assert decide(staged(reordered[:20], [extra], reordered[20:]), NO_VALIDATION).digests["public"] == digest
    relabelled: list[Row] = [(*rows[0][:2], 6, *rows[0][3:]), *rows[1:]]
    assert decide(staged(relabelled), NO_VALIDATION).digests["public"] != digest
    assert decide(staged(rows[1:]), NO_VALIDATION).digests["public"] != digest


def test_nothing_at_all() -> None:
    decisions = decide([], Prepare())
    assert (decisions.chunks, decisions.found, decisions.kept) == ((), {}, {})


def test_decisions_are_small_on_the_wire() -> None:
    rows: list[Row] = [(f"{n}", "training", 0, pixel_hash(n), None) for n in range(20000)]
    chunks = decide(staged(*(rows[at : at + 100] for at in range(0, 20000, 100))), Prepare()).chunks
    assert max(len(pickle.dumps(chunk)) for chunk in chunks) < 2000  # its own part, not the whole column


_SPLITS = ("training", "public", "private", "test", "validation")
_ROWS = st.lists(
    st.tuples(
        st.sampled_from(_SPLITS),
        st.integers(0, len(EMOTIONS) - 1),
        st.integers(0, 12),
        st.sampled_from([None, None, None, "blank", "undecodable"]),
    ),
    max_size=60,
)


@settings(max_examples=150, deadline=None)
@given(_ROWS, st.integers(1, 20), st.floats(0, 0.9), st.randoms(use_true_random=False))
def test_invariants(
    drawn: list[tuple[str, int, int, str | None]],
    size: int,
    share: float,
    random: Random,
) -> None:
    rows: list[Row] = [
        (f"k{n}", split, label, None if reason == "undecodable" else pixel_hash(seed), reason)
        for n, (split, label, seed, reason) in enumerate(drawn)
    ]
    chunks = staged(*(rows[at : at + size] for at in range(0, len(rows), size)))
    decisions = decide(chunks, Prepare(validation=share))
    ends = [end for chunk in outcome(decisions) for end in chunk]
    kept = [(row, end) for row, end in zip(rows, ends, strict=True) if end not in REASONS]

    # No pixels are kept twice, so none cross splits; all clean pixels are kept once.
    hashes = [row[3] for row, _ in kept]
    assert len(set(hashes)) == len(hashes)
    assert set(hashes) == {row[3] for row in rows if row[4] is None}
    # Counts add up, before and after.
    assert sum(sum(counts.values()) for counts in decisions.found.values()) == len(rows)
    assert Counter((end, EMOTIONS[row[2]]) for row, end in kept) == {
        (split, emotion): n for split, counts in decisions.kept.items() for emotion, n in counts.items() if n
    }
    # Earlier flaws stay, and each copy names one with its pixels that is kept.
    by_key = {row[0]: row for row, _ in kept}
    position = 0
    for chunk in decisions.chunks:
        for at, reason in enumerate(chunk.reasons):
            row = rows[position]
            assert row[4] is None or REASONS[reason] == row[4]
            if at in chunk.originals:
                original = chunk.originals[at]
                assert by_key[original.key][1:4] == (original.split, original.label, row[3])
                assert (REASONS[reason] == "duplicate") == (original.split == row[1])
            position += 1
    # The order in which chunks arrive changes nothing, nor does their size.
    random.shuffle(chunks)
    again = decide(chunks, Prepare(validation=share))
    assert outcome(again) == outcome(decisions)
    assert again.digests == decisions.digests
    assert [end for part in outcome(decide(staged(rows), Prepare(validation=share))) for end in part] == ends
