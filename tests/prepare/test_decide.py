import pickle
from collections import Counter
from random import Random
from typing import Literal

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from staged_rows import NO_VALIDATION, Row, carving, outcome, pixel_hash, staged

from tasks.params import Fill, Prepare, Split
from tasks.prepare.decide import decide
from tasks.prepare.summary import KEPT
from tasks.schema import EMOTIONS, REASONS


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
