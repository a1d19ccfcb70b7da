import hashlib
import pickle
from collections import Counter
from collections.abc import Sequence
from random import Random
from typing import Literal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.images.fingerprint import PRINT_BYTES
from tasks.params import Clean, Fill, Prepare, Split
from tasks.prepare.decide import Decisions, decide
from tasks.prepare.summary import KEPT, SUMMARY, Staged
from tasks.schema import EMOTIONS, REASONS

Row = tuple[str, str, int, bytes | None, str | None]
KEEP = Clean(conflicts="keep")


def carving(validation: float, clean: Clean = KEEP) -> Prepare:
    return Prepare(clean=clean, split=Split(validation=validation))


NO_VALIDATION = carving(0.0)


def pixel_hash(seed: int) -> bytes:
    return hashlib.sha256(str(seed).encode()).digest()


def staged(*chunks: Sequence[Row]) -> list[Staged]:
    """Chunks of (key, split, label, pixels, reason); a key such as `anna:3` is of the group `anna`."""
    return [
        Staged(
            index,
            pa.Table.from_pylist(
                [
                    {
                        "key": key,
                        "split": split,
                        "label": label,
                        "group": key.partition(":")[0] if ":" in key else "",
                        "sha256": pixels,
                        "print": pixels and hashlib.shake_256(pixels).digest(PRINT_BYTES),
                        "reason": reason,
                    }
                    for key, split, label, pixels, reason in rows
                ],
                SUMMARY,
            ),
        )
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


def test_validation_is_carved_by_pixels_alone() -> None:
    rows: list[Row] = [(f"{n}", "training" if n % 5 else "public", n % 7, pixel_hash(n), None) for n in range(4000)]
    decisions = decide(staged(rows), carving(0.25))
    assert sum(decisions.kept["validation"].values()) == 800
    assert {emotion: round(n / 3200 * 7, 2) for emotion, n in decisions.kept["validation"].items()} == dict.fromkeys(
        EMOTIONS, 0.25
    )
    renamed: list[Row] = [(f"other-{row[0]}", *row[1:]) for row in rows]
    assert outcome(decide(staged(renamed), carving(0.25))) == outcome(decisions)
    ends, fewer = outcome(decisions)[0], outcome(decide(staged(rows[:3900]), carving(0.25)))[0]
    assert sum(a != b for a, b in zip(ends, fewer, strict=False)) < 40  # a few at the border, not all


def test_a_validation_split_of_the_source_is_left_alone() -> None:
    rows: list[Row] = [(f"{n}", "training", 0, pixel_hash(n), None) for n in range(100)]
    rows.append(("v", "validation", 0, pixel_hash(100), None))
    decisions = decide(staged(rows), carving(0.9))
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
    assert max(len(pickle.dumps(chunk)) for chunk in chunks) < 8000  # its own part, not the whole column


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
    decisions = decide(chunks, carving(share))
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
                assert by_key[original.key][2:4] == (original.label, row[3])
                assert (REASONS[reason] == "duplicate") == (by_key[original.key][1] == row[1])
            position += 1
    # The order in which chunks arrive changes nothing, nor does their size.
    random.shuffle(chunks)
    again = decide(chunks, carving(share))
    assert outcome(again) == outcome(decisions)
    assert again.digests == decisions.digests
    assert [end for part in outcome(decide(staged(rows), carving(share))) for end in part] == ends


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


_PEOPLE = st.lists(
    st.tuples(st.sampled_from("abcdefgh"), st.sampled_from(_SPLITS), st.integers(0, 6), st.integers(0, 200)),
    max_size=80,
)


@settings(max_examples=150, deadline=None)
@given(_PEOPLE, st.sampled_from(["official", "stratified"]), st.integers(0, 5), st.integers(0, 99))
def test_no_group_crosses_a_split_or_a_fold(
    drawn: list[tuple[str, str, int, int]], by: Literal["official", "stratified"], folds: int, seed: int
) -> None:
    rows: list[Row] = [
        (f"{person}:{n}", "training" if by == "official" else split, label, pixel_hash(pixels), None)
        for n, (person, split, label, pixels) in enumerate(drawn)
    ]
    wanted = Prepare(split=Split(by=by, folds=folds, seed=seed, validation=0.3))
    decisions = decide(staged(rows[::2], rows[1::2]), wanted)
    places: dict[str, set[tuple[str, int]]] = {}
    for chunk in decisions.chunks:
        for at in np.flatnonzero(chunk.reasons == KEPT).tolist():
            place = (chunk.names[chunk.splits[at]], int(chunk.folds[at]))
            places.setdefault(chunk.groups[at].as_py(), set()).add(place)
    for found in places.values():
        assert len({split for split, _ in found}) == 1
        assert len({fold for _, fold in found}) == 1
    # One person is in one group, whatever pixels they share with others.
    people: dict[str, set[str]] = {}
    ordered = [*rows[::2], *rows[1::2]]
    groups = [group for chunk in decisions.chunks for group in chunk.groups.to_pylist()]
    for (key, *_), group in zip(ordered, groups, strict=True):
        people.setdefault(key[0], set()).add(group)
    assert sum(decisions.folds) == sum(
        n for split in ("training", "validation") for n in decisions.kept.get(split, {}).values()
    ) * bool(folds)
    if not any(chunk.originals for chunk in decisions.chunks) and not any(
        REASONS[reason] == "conflicting_labels"
        for chunk in decisions.chunks
        for reason in chunk.reasons
        if reason != KEPT
    ):
        assert all(len(found) == 1 for found in people.values())


def test_copies_are_of_training_only_and_reach_the_target() -> None:
    rows: list[Row] = [(f"{n}", "training" if n % 4 else "public", n % 2, pixel_hash(n), None) for n in range(400)]
    wanted = Prepare(split=Split(validation=0.2), fill=Fill(target={"angry": 250, "disgust": 10, "fear": 5}))
    decisions = decide(staged(rows), wanted)
    training = decisions.kept["training"]
    assert decisions.copies == {"training": dict.fromkeys(EMOTIONS, 0) | {"angry": 250 - training["angry"]}}
    (chunk,) = decisions.chunks
    copied = chunk.copies > 0
    assert {chunk.names[split] for split in chunk.splits[copied]} == {"training"}


def test_groups_of_the_sources_own_splits_that_cross_are_told() -> None:
    rows: list[Row] = [("anna:1", "training", 0, pixel_hash(1), None), ("anna:2", "public", 0, pixel_hash(2), None)]
    decisions = decide(staged(rows), NO_VALIDATION)
    assert "1 groups stand in several" in decisions.warnings[0]
    together = decide(staged(rows), Prepare(split=Split(by="stratified")))
    assert not together.warnings
    assert len(set(outcome(together)[0])) == 1


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


def test_equal_images_are_not_kept_while_similar_ones_are_dropped() -> None:
    with pytest.raises(ValueError, match="near_duplicates: 'drop' leaves out equal images too"):
        Clean(duplicates="keep")
