"""The page of monitoring."""

from dataclasses import replace
from pathlib import Path

import pytest
from made_profiles import Look, night

from tasks.monitor import outcome
from tasks.monitor.compare import Finding
from tasks.monitor.profile import together
from tasks.monitor.quantities import QUANTITIES
from tasks.monitor.shown import page, words
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
    assert "<h1><bdi>Nothing has drifted</bdi></h1>" in text
    assert "Held against the model&#39;s evaluation on" in text
    assert "of the split &#39;public&#39;" in text
    assert 'class="banner' not in text


def _findings(**verdicts: str) -> list[Finding]:
    """One of each quantity; steady unless said otherwise."""
    return [Finding(name, verdicts.get(name, "steady")) for name in QUANTITIES]  # type: ignore[arg-type]


def test_a_first_run_that_nothing_can_be_held_against_is_not_called_steady(tmp_path: Path) -> None:
    text = _page(tmp_path, "labels", Look(), runs=1)
    assert "<h1><bdi>Nothing could be judged</bdi></h1>" in text
    assert "Nothing has drifted" not in text
    assert "There is nothing to compare with yet: no earlier runs of this archive have measured that, nor has" in text
    assert f"{night(0, 2).faces} against 0" in text


def test_too_few_faces_are_not_called_steady(tmp_path: Path) -> None:
    profiles = [night(number, 1, files=9) for number in range(4)]
    found = outcome.outcome("labels", profiles, None, Monitor())
    text = page.write(tmp_path / "report.html", found, Monitor()).read_text(encoding="utf-8")
    assert "<h1><bdi>Nothing could be judged</bdi></h1>" in text
    assert "at least 100 people, media or files are needed on either side (monitor.least)" in text


def test_where_some_could_be_judged_the_headline_says_how_many() -> None:
    all_of_them = len(QUANTITIES)
    assert all_of_them == 11
    some = _findings(quality="unmeasured", size="few", classes="none")
    assert words.counts(some) == (10, 8)
    assert words.headline(some) == "Nothing has drifted in the 8 of 10 quantities that could be judged"
    drifted = _findings(blur="drifted", size="few")
    assert words.headline(drifted) == "1 quantity drifted, of the 10 of 11 quantities that could be judged"
    assert words.headline(_findings(blur="drifted", size="drifted")) == "2 quantities drifted"
    assert words.headline(_findings(quality="unmeasured")) == "Nothing has drifted"
    assert words.why(_findings(quality="unmeasured"), Monitor()) == ""
    assert words.why(some, Monitor(reference="runs")) == (
        "There is nothing to compare with yet for emotions: no earlier runs of this archive have measured that. There "
        "are too few observations for size of faces: at least 100 people, media or files are needed on either side "
        "(monitor.least)."
    )
    nothing = _findings(**dict.fromkeys(QUANTITIES, "unmeasured"))
    assert words.headline(nothing) == "Nothing could be judged"
    assert words.why(nothing, Monitor()) == "The newest runs have measured nothing."


def test_reasons_that_change_are_drift_and_old_profiles_lack_them(tmp_path: Path) -> None:
    masked = Look(abstained=0.5, reasons=(0.0, 0.0, 0.0, 0.0, 0.9, 0.1))
    profiles = [night(number, 5, masked if number > 6 else Look()) for number in range(14)]
    found = outcome.outcome("labels", profiles, None, Monitor())
    assert found.drifted == ["abstention", "reasons"]
    assert words.moved(next(one for one in found.findings if one.name == "reasons")).startswith(
        "covered: 0.8\u00a0% before, 44"
    )
    old = [
        replace(one, counts={name: row for name, row in one.counts.items() if name not in ("reasons", "quality")})
        for one in profiles[:7]
    ]
    held = {one.name: one.verdict for one in outcome.outcome("labels", [*old, *profiles[7:]], None, Monitor()).findings}
    assert (held["reasons"], held["quality"], held["abstention"]) == ("none", "none", "drifted")
    both = {one.name: one.verdict for one in outcome.outcome("labels", old, None, Monitor(baseline=3)).findings}
    assert (both["reasons"], both["quality"]) == ("unmeasured", "unmeasured")


@pytest.mark.parametrize("out", ["<script>alert(1)</script>", "s3://b/\udcff\u202e", "a" * 5000])
def test_no_name_gets_out_of_its_place(tmp_path: Path, out: str) -> None:
    text = _page(tmp_path, out, Look(), runs=3)
    assert "<script>alert" not in text
    assert "http" not in text.replace("http-equiv", "").replace("http://www.w3.org", "")
    assert "default-src 'none'" in text
    assert "nothing to compare with" not in _page(tmp_path, out, Look())
