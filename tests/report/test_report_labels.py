"""Who got a label, who didn't and why, at which size, under which prior, and by which truth the model was judged."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from html_check import Page
from scored_folder import Media, older, realistic, write_folder

from tasks.errors import OutputError
from tasks.report import labels, priors
from tasks.report.judged import judged
from tasks.report.run import read_run
from tasks.report.score import write_score_report
from tasks.report.sizes import BANDS, Sizes
from tasks.schema import ABSTENTIONS, EMOTIONS, FACES

DIGEST = "ab" * 32
FEW = [
    Media("a.jpg", frames=(("happy", "SAD/too_small", "SAD/too_small", "ANGRY"),), size=14.0, quality=0.5),
    Media("b.jpg", frames=(("happy", "sad", "HAPPY/not_a_face", "FEAR/turned"),), size=200.0, quality=0.9),
]


def page(folder: Path) -> Page:
    return Page(write_score_report(folder).read_text(encoding="utf-8"))


def metrics(**changes: Any) -> dict[str, Any]:
    """What `fermata evaluate` leaves beside a model, as far as the report reads it."""
    curve = [{"coverage": n / 20, "risk": n / 100, "threshold": 1 - n / 25} for n in range(1, 21)]
    found = {
        "model_digest": DIGEST, "accuracy": 0.8, "images": 400, "split": "public", "confidence": 0.95,
        "intervals": {"accuracy": [0.76, 0.84]}, "counts": {"images": 400}, "abstention": {"curve": curve},
        "tta": {"views": 1, "accuracy_without": 0.8},
    }  # fmt: skip
    return found | changes


def bundle(folder: Path, found: dict[str, Any]) -> dict[str, Any]:
    """A model in run.json with ``found`` beside it."""
    (folder / "metrics.json").write_text(json.dumps(found))
    return {"uri": str(folder), "digest": DIGEST, "truth": "labels"}


def test_faces_are_those_with_a_label_and_those_without_for_a_reason(tmp_path: Path) -> None:
    text = page(write_folder(tmp_path, FEW)).text
    assert "With a label 37.5 % 3 of 8 faces" in text
    assert "37.5 % of the faces have a label" in text
    assert "8 faces = 3 with a label + 1 not a face + 2 too small + 1 turned away + 1 unsure" in text
    assert "too small 2 25.0 %" in text
    assert text.index("With a label") < text.index("Files 2")
    assert "left open" not in text
    assert "No label (too small)" in text
    assert "No label (turned away)" in text
    assert "no label 62.5 % · 5" in text


def test_labels_by_size_with_their_quality(tmp_path: Path) -> None:
    text = page(write_folder(tmp_path, FEW)).text
    assert "12 to 16 4 25.0 %" in text
    assert "happy 100.0 %" in text
    assert "96 and more 4 50.0 %" in text
    assert "happy 50.0 %" in text
    assert " 0.50 16 to 24 0 – " in text
    assert " 0.90 " in text


def test_a_face_on_an_edge_is_in_the_band_above() -> None:
    sides = np.array([4, 11.9, 12, 15.9, 16, 24, 31.9, 32, 48, 95.9, 96, 4000], np.float32)
    quality = pa.chunked_array([pa.array([0.5, None, *[0.25] * 10], pa.float32())])
    kinds = np.arange(12) % 8
    found = Sizes.of(sides, quality, kinds, 8)
    assert found.kinds.sum(axis=1).tolist() == [2, 2, 1, 2, 1, 2, 2]
    assert found.known.tolist() == [1, 2, 1, 2, 1, 2, 2]
    assert found.quality.tolist() == [0.5, 0.5, 0.25, 0.5, 0.25, 0.5, 0.5]
    both = found + found
    assert both.kinds.sum() == 24
    assert both.known.sum() == 22
    assert len(BANDS) == 7


def test_a_shift_of_labels_at_small_sizes_is_told_where_there_are_enough() -> None:
    def kinds(small: list[int], large: list[int]) -> Any:
        return np.array([[0] * 8, [0] * 8, [0] * 8, small, [0] * 8, large, [0] * 8])

    said = labels.caution(kinds([0, 0, 0, 10, 10, 20, 0, 60], [0, 0, 0, 30, 15, 5, 0, 0]))
    assert said.startswith("66.7\u00a0% of the faces are under 32 pixels. Of the labels of faces under 32 pixels")
    assert "50.0\u00a0% are sad, of those from 48 pixels on 10.0\u00a0%" in said
    assert labels.caution(kinds([0, 0, 0, 5, 5, 10, 0, 0], [0, 0, 0, 30, 15, 5, 0, 0])) == ""
    assert labels.caution(kinds([0, 0, 0, 20, 20, 0, 0, 0], [0, 0, 0, 30, 30, 0, 0, 0])) == ""
    assert labels.caution(np.zeros((7, 8), np.int64)) == ""


def test_rules_are_those_that_the_model_and_the_run_can_have(tmp_path: Path) -> None:
    run = read_run(write_folder(tmp_path / "new", FEW))
    told = dict(labels.rules(run))
    assert list(told) == [("not_a_face",), ("too_small", "blurred", "turned"), ("covered",), ("unsure",)]
    assert "fewer than 60\u00a0%" in told["too_small", "blurred", "turned"]
    assert "under 0.4, or more than 50\u00a0% of people" in told["unsure",]
    off = {"abstain": {"unreadable": 1.0, "covered": 1.0, "not_a_face": 1.0, "quality": 0.0}}
    assert [kinds for kinds, _ in labels.rules(read_run(write_folder(tmp_path / "off", FEW, run=off)))] == [("unsure",)]
    assert "can give no other reason" in page(older(write_folder(tmp_path / "old", FEW))).text


def test_a_folder_of_version_2_has_a_report(tmp_path: Path) -> None:
    text = page(older(write_folder(tmp_path, realistic(), thumbs=400))).text
    assert "28 of 28" not in text
    assert "27 of 27 figures that are written in two places agree" in text
    assert "No label (unsure)" in text
    assert "Prior: unknown This run is of an earlier version" in text
    assert "What counted as right is unknown" in text
    assert 'faces["abstained_because"]' not in text


def test_reasons_that_do_not_add_up_are_shouted(tmp_path: Path) -> None:
    folder = write_folder(tmp_path, FEW)
    path = folder / "faces" / "part-00000.parquet"
    table = pq.read_table(path)
    index = table.schema.get_field_index("abstained_because")
    because = table["abstained_because"].to_pylist()
    because[0] = "covered"  # of a face with a label
    pq.write_table(table.set_column(index, FACES.field(index), pa.array(because, pa.string())), path)
    text = page(folder).text
    assert "Error The totals do not add up" in text
    assert "✗ faces without a label: table and sum over reasons 5 6" in text
    assert "✗ faces without a label, covered: run.json and table 0 1" in text


def test_an_unknown_reason_is_refused(tmp_path: Path) -> None:
    folder = write_folder(tmp_path, FEW)
    path = folder / "faces" / "part-00000.parquet"
    table = pq.read_table(path)
    index = table.schema.get_field_index("abstained_because")
    pq.write_table(table.set_column(index, FACES.field(index), pa.array(["asleep"] * 8)), path)
    with pytest.raises(OutputError, match=r"unknown reason, received 'asleep'\. Allowed: not_a_face, too_small"):
        write_score_report(folder)


def test_each_prior_says_what_it_means_and_how_to_change_it() -> None:
    shares = dict.fromkeys(EMOTIONS, 0.1) | {"neutral": 0.4}
    for name in priors.MEANINGS:
        found = priors.told({"name": name, "shares": shares, "interval": None})
        assert found.name == name
        assert found.change == f"fermata rescore OUT --prior {'everyday' if name == 'uniform' else 'uniform'}"
        assert "neutral 40.0\u00a0%; angry 10.0\u00a0%" in str(found.bars)
    interval = {name: [0.05, 0.15] for name in EMOTIONS}
    estimated = priors.told({"name": "estimate", "shares": shares, "interval": interval})
    assert "angry 10.0\u00a0% (5.0\u00a0% to 15.0\u00a0%)" in str(estimated.bars)
    unknown = priors.told({"name": "trained", "shares": None, "interval": None})
    assert (unknown.said, unknown.change, unknown.bars) == (priors.UNKNOWN, "", None)
    assert priors.told({}).said == priors.EARLIER
    assert priors.told({"name": "x", "shares": {"angry": "much"}, "interval": 3}).bars is None


def test_accuracy_against_coverage_of_the_models_evaluation(tmp_path: Path) -> None:
    found = judged(bundle(tmp_path, metrics()), 0.4)
    assert found.truth == "the data set's own labels"
    assert found.said[0] == (
        "With every face labelled it is right about 80.0\u00a0% of 400 images of the split public "
        "(95\u00a0% interval: 76.0\u00a0% to 84.0\u00a0%)."
    )
    # 1 - 15 / 25 is 0.4: the 15th of 20 points is the last that is answered, with a risk of 0.15.
    assert "about 75\u00a0% of those images get one, and 85.0\u00a0% of these are right" in found.said[1]
    assert "all images, percent labelled 100: 0.8" in str(found.chart)
    assert "all images, percent labelled 20: 0.96" in str(found.chart)
    assert found.legend == ()


def test_curves_by_size_and_what_the_evaluation_itself_withheld(tmp_path: Path) -> None:
    curve = metrics()["abstention"]["curve"]
    rows = [{"side": side, "abstention": {"curve": curve}} for side in (48, 12)]
    coverage = {"abstain_below": 0.4, "labelled": 0.9, "accuracy_labelled": 0.93, "by_size": rows}
    more = {
        "coverage": coverage, "truth": "votes", "prior": {"name": "everyday"}, "counts": {"left_out": 1200},
        "tta": {"views": 10, "accuracy_without": 0.79},
    }  # fmt: skip
    found = judged(bundle(tmp_path, metrics(**more)), 0.4)
    assert found.truth == "what most of the people who looked at them saw"
    assert found.said[0].endswith(", under the prior everyday.")
    assert "about 90\u00a0% of those images get one, and 93.0\u00a0% of these are right" in found.said[1]
    assert "looked at once, as in this run, 79.0\u00a0% are right" in found.said[2]
    assert found.said[3].startswith("1,200 others were left out")
    assert found.legend == (("side-0", "48 pixels"), ("side-1", "12 pixels"))
    assert str(found.chart).count("<polyline") == 2
    assert "about 75\u00a0%" in judged(bundle(tmp_path, metrics(**more)), 0.4 - 1e-9).said[1], "of another threshold"


@pytest.mark.parametrize(
    "found",
    [metrics(model_digest="cd" * 32), metrics(intervals={}), metrics(abstention=3), metrics(accuracy="high"), []],
)
def test_figures_of_another_model_or_version_are_passed_over(tmp_path: Path, found: Any) -> None:
    known = judged(bundle(tmp_path, found), 0.4)
    assert (known.chart, known.said) == (None, ())
    assert known.truth == "the data set's own labels"


def test_a_model_without_figures_beside_it(tmp_path: Path) -> None:
    for uri in ("models:/emotion@champion", str(tmp_path), "", "\0"):
        assert judged({"uri": uri, "digest": DIGEST, "truth": "votes"}, 0.4).chart is None
    (tmp_path / "metrics.json").write_text("{")
    assert judged({"uri": str(tmp_path), "digest": DIGEST}, 0.4).truth.startswith("unknown")


def test_every_reason_has_words_and_a_colour() -> None:
    from tasks.report import words

    style = (Path(words.__file__).parent / "report.css").read_text(encoding="utf-8")
    assert set(words.REASONS) == set(ABSTENTIONS)
    assert all(f".k-{reason}" in style for reason in ABSTENTIONS)
    assert words.named("abstained") == "no label"
    assert words.named("happy") == "happy"
