"""What holds for any two versions."""

from collections import Counter
from typing import Any

import pyarrow as pa
from compared_images import Image, Reject, keys, rejects, table, tables
from hypothesis import given
from hypothesis import strategies as st

from tasks.diff import compare, diff
from tasks.schema import EMOTIONS

SPLITS = ("public", "training", "validation")


def images(*, unique: bool) -> st.SearchStrategy[list[Image]]:
    one = st.builds(
        Image,
        key=st.sampled_from("abcdefgh"),
        split=st.sampled_from(SPLITS),
        label=st.integers(0, 2),
        sha256=st.sampled_from("123456789"),
        augmented_from=st.none(),
    )
    kept = (lambda image: image.key, lambda image: image.sha256) if unique else None
    return st.lists(one, max_size=9, unique_by=kept)


@given(images(unique=False), st.lists(st.builds(Reject, st.sampled_from("ijkl"), st.just("blank")), max_size=4))
def test_a_version_does_not_differ_from_itself(rows: list[Image], left_out: list[Reject]) -> None:
    found = diff(table(*rows), table(*rows), rejects(*left_out), rejects(*left_out))
    parts = [*tables(found.images).values(), *tables(found.copies).values()]
    assert not any(len(part) for part in [*parts, found.rejected, found.accepted, found.otherwise])
    assert all(count.before == count.after for row in found.images.counts.values() for count in row.values())
    assert sum(count.after for row in found.images.counts.values() for count in row.values()) == len(rows)


@given(images(unique=False), images(unique=False))
def test_before_and_after_reconcile(before: list[Image], after: list[Image]) -> None:
    """For each split and class: after = before + added - removed + came by a new label or split - went by one."""
    found = compare(table(*before), table(*after))
    assert len(after) == len(before) + len(found.added) - len(found.removed)
    expected = Counter((image.split, image.label) for image in before)
    for row in found.added.to_pylist():
        expected[row["split"], row["label"]] += 1
    for row in found.removed.to_pylist():
        expected[row["split"], row["label"]] -= 1
    arrived = found.relabelled.to_pylist()
    arrived += [row for row in found.moved.to_pylist() if row["label"] == row["label_before"]]
    for row in arrived:
        expected[row["split_before"], row["label_before"]] -= 1
        expected[row["split"], row["label"]] += 1
    assert +expected == Counter((image.split, image.label) for image in after)
    counted = {
        (split, EMOTIONS.index(emotion)): count.after
        for split, row in found.counts.items()
        for emotion, count in row.items()
        if count.after
    }
    assert counted == +expected


@given(images(unique=False), images(unique=False))
def test_the_other_direction_is_the_mirror_image(before: list[Image], after: list[Image]) -> None:
    there, back = compare(table(*before), table(*after)), compare(table(*after), table(*before))
    assert _bag(there.added) == _bag(back.removed)
    assert _bag(there.removed) == _bag(back.added)
    for name in ("renamed", "relabelled", "moved", "changed"):
        mirrored = [
            {
                column.removesuffix("_before") if "_before" in column else f"{column}_before": row[column]
                for column in row
            }
            for row in tables(back)[name].to_pylist()
        ]
        assert _bag(tables(there)[name]) == Counter(tuple(sorted(row.items())) for row in mirrored)


@given(images(unique=True), images(unique=True), st.randoms(use_true_random=False))
def test_equals_a_plain_loop_in_any_order(before: list[Image], after: list[Image], random: Any) -> None:
    expected = _plain(before, after)
    random.shuffle(before)
    random.shuffle(after)
    found = tables(compare(table(*before), table(*after)))
    assert {name: sorted(keys(part)) for name, part in found.items()} == expected


def _plain(before: list[Image], after: list[Image]) -> dict[str, list[str]]:
    """The same with dictionaries, where neither keys nor pixels repeat."""
    pairs: list[tuple[Image, Image]] = []
    old, new = list(before), list(after)
    for names in (("key", "sha256"), ("sha256",), ("key",)):
        met = [(a, b) for a in old for b in new if all(getattr(a, name) == getattr(b, name) for name in names)]
        pairs += met
        old = [a for a in old if a not in [one for one, _ in met]]
        new = [b for b in new if b not in [other for _, other in met]]
    return {
        "added": sorted(b.key for b in new),
        "removed": sorted(a.key for a in old),
        "renamed": sorted(b.key for a, b in pairs if a.key != b.key),
        "relabelled": sorted(b.key for a, b in pairs if a.label != b.label),
        "moved": sorted(b.key for a, b in pairs if a.split != b.split),
        "changed": sorted(b.key for a, b in pairs if a.sha256 != b.sha256),
    }


def _bag(found: pa.Table) -> Counter[tuple[tuple[str, Any], ...]]:
    return Counter(tuple(sorted(row.items())) for row in found.to_pylist())
