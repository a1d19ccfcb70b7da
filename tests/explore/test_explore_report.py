import json
import re
from pathlib import Path
from typing import Any

import pytest
from html_check import Page
from large_folder import write_large
from made_folder import Kept, Left, noise, write_folder

from tasks.errors import SourceError
from tasks.explore.findings import findings
from tasks.explore.gallery import gather
from tasks.explore.prepared import Prepared, open_folder
from tasks.explore.report import write_page
from tasks.explore.scan import Scan, scan
from tasks.params import Explore

HOSTILE = "</script><script>alert(1)</script>\"'&{{ 7 * 7 }}\u202e\n\x07.jpg"


def written(out: Path, prepared: Prepared, scanned: Scan, wanted: Explore | None = None) -> str:
    wanted = wanted or Explore()
    shown = gather(prepared, scanned, wanted.pairs)
    path = write_page(out / "report.html", prepared, scanned, shown, findings(prepared.manifest, scanned), wanted)
    return path.read_text(encoding="utf-8")


def reported(folder: Path, kept: list[Kept], left: list[Left], **manifest: Any) -> str:
    prepared = open_folder(write_folder(folder / "data", kept, left, **manifest))
    return written(folder, prepared, scan(prepared, Explore()))


@pytest.fixture(scope="module")
def html(tmp_path_factory: pytest.TempPathFactory, prepared: Prepared, scanned: Scan) -> str:
    return written(tmp_path_factory.mktemp("report"), prepared, scanned)


def test_the_totals_are_an_equation(html: str) -> None:
    text = Page(html).text
    assert "161 images = 125 kept + 13 blank + 6 near_duplicate + 3 near_duplicate_across_splits + 1 refused" in text
    assert "56 of 56 figures of the manifest agree" in text
    assert "training 105 30 0 75 3 0.0 % validation 25 0 0 25 0 0.0 % public 31 6 0 25" in text


def test_every_part_has_its_figures(html: str) -> None:
    page = Page(html)
    assert "duplicate_across_splits 1 1 1 0" in page.text
    assert "of 125 kept images with votes" in page.text
    assert "No group stands in two splits, none in two folds." in page.text
    assert "prepare.clean" in page.text
    assert page.count("dialog") == 1
    assert page.count("img") == 125 + 3 + 1
    assert page.count("noscript") == 3


def test_what_stands_out_stands_on_top_with_a_way_to_it(html: str) -> None:
    assert html.index("What stands out") < html.index('id="classes"')
    assert '<a href="#labels">Votes</a>' in html
    assert "Nothing: the totals add up" not in html


def test_it_needs_nothing_from_outside(html: str) -> None:
    assert not re.findall(r"(?:src|href)=\"(?!#|data:)", html)
    assert "default-src 'none'" in html
    assert "url(" not in html


def test_data_holds_what_is_shown_and_how_many_there_are(html: str) -> None:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', html, re.S)
    assert found is not None
    data = json.loads(found[1])
    assert len(data["rejects"]) == sum(row[-1] for row in data["totals"]["rejects"]) == 36
    assert sum(row[-1] for row in data["totals"]["copies"]) == 5
    assert all(item["picture"] < len(data["pictures"]) for item in data["rejects"])
    assert "uri" not in data["samples"]["happy"][0]


def test_hostile_texts_stay_text(tmp_path: Path) -> None:
    kept = [Kept(HOSTILE, "training", "sad", noise(1), group=HOSTILE), Kept("b", "training", "sad", noise(2), HOSTILE)]
    left = [Left(HOSTILE + "2", "training", "sad", "duplicate", HOSTILE, HOSTILE, noise(1))]
    html = reported(tmp_path, kept, left, source=HOSTILE, warnings=[HOSTILE])
    page = Page(html)
    assert page.count("script") == 2
    assert "alert(1)</script>" not in html
    assert "{{ 7 * 7 }}" in page.text
    assert "\x07" not in html


def test_an_empty_data_set(tmp_path: Path) -> None:
    html = reported(tmp_path, [], [])
    assert "No image was left out." in html
    assert "No image was kept." in html
    assert "No image carries votes" in html
    Page(html)


def test_a_set_without_anything_odd_says_so(tmp_path: Path) -> None:
    from tasks.schema import EMOTIONS

    kept = [Kept(str(n), "training", EMOTIONS[n % 7], noise(n)) for n in range(70)]
    assert "Nothing: the totals add up" in reported(tmp_path, kept, [], duplicates={})


def test_a_manifest_of_few_words_is_enough(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "data", [Kept("a", "training", "sad", noise(1))])
    full = json.loads((folder / "manifest.json").read_text())
    few = ("schema_version", "counts", "found", "rejects", "images", "kept", "rejected", "shards", "reject_files")
    (folder / "manifest.json").write_text(json.dumps({key: full[key] for key in few}))
    prepared = open_folder(folder)
    page = Page(written(tmp_path, prepared, scan(prepared, Explore())))
    assert page.count("img") == 1 + 1  # its face, and that of the dialog
    assert "Data digest unknown." in page.text


@pytest.mark.parametrize(
    ("left", "said"),
    [(Left("x", "training", "sad", "dull"), "reason 'dull' is none of refused, too_large"),
     (Left("x", "nowhere", "sad", "blank"), "split 'nowhere' is none of training")],
)  # fmt: skip
def test_words_of_another_fermata_are_named(tmp_path: Path, left: Left, said: str) -> None:
    folder = write_folder(tmp_path, [Kept("a", "training", "sad", noise(1))], [left], found={"training": {}})
    with pytest.raises(SourceError, match=said):
        scan(open_folder(folder), Explore())


def test_a_label_that_is_none(tmp_path: Path) -> None:
    from unittest import mock

    with mock.patch("made_folder.EMOTIONS", ("joy",) * 9 + ("sad",)):
        folder = write_folder(tmp_path, [Kept("a", "training", "sad", noise(1))])
    with pytest.raises(SourceError, match=r"label 9 is none of 0 \.\. 6"):
        scan(open_folder(folder), Explore())


def test_twenty_thousand_rows_stay_small(tmp_path: Path) -> None:
    prepared = open_folder(write_large(tmp_path / "data", 20_000, 5_000))
    seen: list[int] = []
    scanned = scan(prepared, Explore(), seen.append)
    html = written(tmp_path, prepared, scanned)
    assert seen[-1] == prepared.rows == 25_000
    assert seen == sorted(seen)
    assert "20,000 faces, and what was left out" in html
    assert "At most 200 of each reason" in html
    assert len(html) < 3_000_000
