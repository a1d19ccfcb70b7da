"""The page of monitoring."""

from dataclasses import replace
from pathlib import Path

import pytest
from made_profiles import Look, night

from tasks.monitor import outcome
from tasks.monitor.profile import together
from tasks.monitor.quantities import QUANTITIES
from tasks.monitor.shown import page
from tasks.params import Monitor


def _page(folder: Path, out: str, last: Look, runs: int = 20, model: bool = False) -> str:
    profiles = [night(number, 2, last if number > 9 else Look()) for number in range(runs)]
    known = replace(together(profiles[:9]), kind="evaluation", run_id="public") if model else None
    wanted = Monitor(reference="model" if model else "auto")
    found = outcome.outcome(out, profiles, known, wanted)
    return page.write(folder / "report.html", found, wanted).read_text(encoding="utf-8")


def test_it_says_what_drifted_and_against_what(tmp_path: Path) -> None:
    text = _page(tmp_path, "labels", Look(brightness=(60.0, 20.0), failed=0.3))
    assert "<h1><bdi>2 quantities drifted</bdi></h1>" in text
    assert "Brightness, grey level: drifted" in text
    assert "fine: 9" in text and " before, 6" in text
    assert "Against the first 7 runs of the folder: emotions, confidence, brightness" in text
    for name in QUANTITIES:
        assert f'id="q-{name}"' in text
    assert text.count('class="chart pairs"') == text.count('class="chart lines"') == len(QUANTITIES)
    assert "run 20: " in text


def test_a_steady_archive_and_its_models_evaluation(tmp_path: Path) -> None:
    text = _page(tmp_path, "labels", Look(), model=True)
    assert "Nothing has drifted" in text
    assert "Held against the model&#39;s evaluation on" in text
    assert "of the split &#39;public&#39;" in text
    assert 'class="banner' not in text


@pytest.mark.parametrize("out", ["<script>alert(1)</script>", "s3://b/\udcff\u202e", "a" * 5000])
def test_no_name_gets_out_of_its_place(tmp_path: Path, out: str) -> None:
    text = _page(tmp_path, out, Look(), runs=3)
    assert "<script>alert" not in text
    assert "http" not in text.replace("http-equiv", "").replace("http://www.w3.org", "")
    assert "default-src 'none'" in text
    assert "nothing to compare with" not in _page(tmp_path, out, Look())
