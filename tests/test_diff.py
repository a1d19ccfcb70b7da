import numpy as np
import pyarrow as pa
import pytest
from compared_images import Image, Reject, keys, rejects, table, tables

from tasks.diff import Count, compare, diff, parameters

A, B, C = Image("a", sha256="1"), Image("b", sha256="2"), Image("c", "public", 3, "3")


def test_each_kind_of_change() -> None:
    before = [A, B, C, Image("d", sha256="4"), Image("e", sha256="5"), Image("f", sha256="6")]
    after = [
        A._replace(label=2),
        B._replace(split="validation"),
        C._replace(sha256="7"),
        Image("elsewhere/d", sha256="4"),
        Image("new", sha256="8"),
        Image("f", sha256="6"),
    ]
    found = compare(table(*before), table(*after))
    pair = {"key_before": "a", "key": "a", "split_before": "training", "split": "training"}
    assert found.relabelled.to_pylist() == [pair | {"label_before": 0, "label": 2}]
    assert [(row["key"], row["split_before"], row["split"]) for row in found.moved.to_pylist()] == [
        ("b", "training", "validation")
    ]
    assert keys(found.changed) == ["c"]
    assert [(row["key_before"], row["key"]) for row in found.renamed.to_pylist()] == [("d", "elsewhere/d")]
    assert found.added.to_pylist() == [{"key": "new", "split": "training", "label": 0}]
    assert found.removed.to_pylist() == [{"key": "e", "split": "training", "label": 0}]
    assert found.counts["training"] == {"angry": Count(5, 3), "fear": Count(0, 1)}
    assert found.counts["public"] == {"happy": Count(1, 1)}


def test_a_file_that_moved_to_another_class_folder_is_one_image_with_another_label() -> None:
    found = compare(
        table(Image("train/fear/1.jpg", label=2, sha256="1")), table(Image("train/sad/1.jpg", label=5, sha256="1"))
    )
    assert (len(found.relabelled), len(found.renamed), len(found.added), len(found.removed)) == (1, 1, 0, 0)


def test_one_more_row_at_the_top_of_a_csv_is_one_image_more() -> None:
    before = [Image(f"row-{n}", sha256=str(n)) for n in range(9)]
    after = [Image("row-0", sha256="first"), *(Image(f"row-{n + 1}", sha256=str(n)) for n in range(9))]
    found = compare(table(*before), table(*after))
    assert keys(found.added) == ["row-0"]
    assert (len(found.changed), len(found.removed), len(found.renamed)) == (0, 0, 9)


def test_other_pixels_everywhere_are_matched_by_key() -> None:
    found = compare(table(A, B, C), table(*(image._replace(sha256=f"{image.sha256}x") for image in (C, A, B))))
    assert sorted(keys(found.changed)) == ["a", "b", "c"]
    assert not len(found.added) + len(found.removed) + len(found.moved) + len(found.relabelled) + len(found.renamed)


def test_equal_pixels_with_two_labels_keep_theirs() -> None:
    """`prepare.clean.conflicts: keep` leaves both."""
    both = [Image("a", label=1, sha256="1"), Image("b", label=2, sha256="1")]
    found = compare(table(*both), table(Image("x/b", label=2, sha256="1"), Image("x/a", label=1, sha256="1")))
    assert len(found.relabelled) == 0
    assert sorted(zip(keys(found.renamed, "key_before"), keys(found.renamed), strict=True)) == [
        ("a", "x/a"),
        ("b", "x/b"),
    ]


def test_equal_pixels_with_one_label_keep_their_keys() -> None:
    both = [Image("a", sha256="1"), Image("b", "public", sha256="1")]
    assert not any(len(part) for part in tables(compare(table(*both), table(*both[::-1]))).values())


def test_where_images_went_and_came_from() -> None:
    """a is rejected now, b is gone, c was rejected, d is new, e was and is rejected."""
    found = diff(
        table(A, B),
        table(C, Image("d", sha256="4")),
        rejects(Reject("c", "blurred"), Reject("e", "blank"), Reject("f")),
        rejects(Reject("a", "two_tone"), Reject("e", "too_dark"), Reject("g")),
    )
    assert {row["key"]: row["reason"] for row in found.images.removed.to_pylist()} == {"a": "two_tone", "b": None}
    assert {row["key"]: row["reason"] for row in found.images.added.to_pylist()} == {"c": "blurred", "d": None}
    shown = [(row["key"], row["reason"], row["kept"]) for row in found.rejected.to_pylist()]
    assert shown == [("a", "two_tone", True), ("g", "blank", False)]
    shown = [(row["key"], row["reason"], row["kept"]) for row in found.accepted.to_pylist()]
    assert shown == [("c", "blurred", True), ("f", "blank", False)]
    otherwise = {"key": "e", "split": "training", "label": 0, "reason_before": "blank", "reason": "too_dark"}
    assert found.otherwise.to_pylist() == [otherwise]
    assert found.reasons == {
        "blank": Count(2, 1), "two_tone": Count(0, 1), "too_dark": Count(0, 1), "blurred": Count(1, 0)
    }  # fmt: skip
    assert list(found.reasons) == ["blank", "two_tone", "too_dark", "blurred"]


def test_warped_copies_are_counted_apart() -> None:
    copy = Image("a#augmented-0", sha256="9", augmented_from="a")
    found = diff(
        table(A, copy), table(A, copy._replace(sha256="8"), copy._replace(key="a#augmented-1")), rejects(), rejects()
    )
    assert found.images.counts == {"training": {"angry": Count(1, 1)}}
    assert not any(len(part) for part in tables(found.images).values())
    assert found.copies.counts == {"training": {"angry": Count(1, 2)}}
    assert len(found.copies.added) == 1


def test_columns_in_many_chunks() -> None:
    rows = [Image(f"k{n}", sha256=str(n)) for n in range(6)]
    pieces = pa.concat_tables([table(*rows[:2]), table(), table(*rows[2:])])
    assert not any(len(part) for part in tables(compare(pieces, table(*rows))).values())


@pytest.mark.timeout(60)
def test_a_hundred_thousand_images_are_no_loop() -> None:
    """Quadratic matching would take minutes."""
    size = 100_000
    names = [f"{n:08}" for n in range(size + 10)]
    column = pa.array(np.arange(size) % 7)
    made = {"split": pa.array(["training"] * size), "label": column, "augmented_from": pa.nulls(size, pa.string())}
    before = pa.table({"key": names[:size], "sha256": names[:size], **made})
    after = pa.table({"key": [f"x/{name}" for name in names[10:]], "sha256": names[10:], **made})
    found = compare(before, after)
    assert (len(found.added), len(found.removed), len(found.renamed)) == (10, 10, size - 10)


def test_parameters_that_differ() -> None:
    before = {
        "source": "synthetic",
        "clean": {"blank_std": 1.0, "near": 12},
        "split": {"shares": {"a": 1}},
        "same": [1],
    }
    after = {
        "source": "synthetic",
        "clean": {"blank_std": 2.0, "near": 12},
        "split": {"shares": {}},
        "same": [1],
        "new": 1,
    }
    assert parameters(before, after) == {"clean.blank_std": (1.0, 2.0), "split.shares.a": (1, None), "new": (None, 1)}
    assert parameters(before, before) == {}
