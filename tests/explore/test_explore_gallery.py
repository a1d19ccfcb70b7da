from pathlib import Path

import pytest
from made_folder import Kept, Left, noise, write_folder

from tasks.explore.gallery import bits, gather
from tasks.explore.prepared import Prepared, open_folder
from tasks.explore.scan import Scan, scan
from tasks.params import Explore
from tasks.schema import EMOTIONS, REASONS


@pytest.mark.parametrize(
    ("detail", "expected"),
    [("12 bits of the perceptual hash from 'a' in public", 12), ("3 of 256 bits differ", 3), ("1 bit", 1),
     ("same pixels as 'a 7 bitsy'", -1), ("", -1)],
)  # fmt: skip
def test_the_distance_is_read_from_the_detail(detail: str, expected: int) -> None:
    assert bits(detail) == expected


def test_everything_chosen_is_there_with_its_picture(prepared: Prepared, scanned: Scan) -> None:
    found = gather(prepared, scanned, 100)
    assert len(found.rejects) == prepared.manifest["rejected"]
    assert [item["reason"] for item in found.rejects] == sorted(
        (item["reason"] for item in found.rejects), key=REASONS.index
    )
    without = {item["reason"] for item in found.rejects if item["picture"] < 0}
    assert without == {"undecodable", "refused", "too_large"}
    assert {len(items) for items in found.samples.values()} == {20, 5}
    assert [len(items) for items in found.warped.values()] == [0, 3, 0, 0, 0, 0, 0]
    assert all(item["from"] and "flip" in item["warp"] for item in found.warped["disgust"])
    assert all(item["uri"].startswith("data:image/png") for items in found.samples.values() for item in items)
    assert {item["kind"] for item in found.disputed} == {"otherwise", "disputed"}
    assert all(item["label"] != item["majority"] for item in found.disputed if item["kind"] == "otherwise")


def test_sets_say_how_far_apart_and_whether_labels_differ(prepared: Prepared, scanned: Scan) -> None:
    sets = {item["kind"]: item for item in gather(prepared, scanned, 100).copies}
    near = sets["near_duplicate"]
    assert [item["bits"] for item in near["left"]] == [2, 3, 4, 5, 6]
    assert near["bits"] == 6
    assert (len(near["left"]), near["more"], near["labels"]) == (5, 1, "differ")
    assert sets["duplicate"]["labels"] == "agree"
    assert sets["duplicate"]["kept"]["key"] == sets["duplicate"]["left"][0]["of"]
    assert sets["duplicate"]["kept"]["picture"] == sets["duplicate"]["left"][0]["picture"]


def test_limits_hold_and_draw_the_same_images_however_the_rows_are_cut(tmp_path: Path) -> None:
    kept = [Kept(f"k{n}", "training", EMOTIONS[n % 7], noise(n)) for n in range(70)]
    left = [Left(f"x{n}", "training", "sad", "blurred", face=noise(100 + n)) for n in range(30)]
    wanted = Explore(samples=3, gallery=4, pairs=0)
    drawn = []
    for rows in (7, 64):
        prepared = open_folder(write_folder(tmp_path / str(rows), kept, left, rows=rows))
        found = gather(prepared, scan(prepared, wanted), wanted.pairs)
        drawn.append(
            [
                {item["key"] for item in found.rejects},
                *({item["key"] for item in items} for items in found.samples.values()),
            ]
        )
    assert drawn[0] == drawn[1]
    assert [len(keys) for keys in drawn[0]] == [4, *[3] * 7]


def test_nothing_but_figures(prepared: Prepared) -> None:
    wanted = Explore(gallery=0, pairs=0)
    found = gather(prepared, scan(prepared, wanted), 0)
    assert found.rejects == found.copies == ()
