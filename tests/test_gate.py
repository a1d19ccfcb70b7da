"""Decisions from made evidence: nothing here loads a network or asks a store."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks import evaluate
from tasks.gate import Check, Decision, Evidence, Ground, Twin, decide
from tasks.params import Ceilings, Floors, Losses, Promote, Require
from tasks.revision import Revision
from tasks.schema import EMOTIONS

KNOWN = Revision("abc.dir", True, "1" * 40, "")
LOW = Floors(accuracy=0.0, macro_f1=0.0)


def _ground(size: int = 700, **changes: object) -> Ground:
    labels = np.arange(size) % len(EMOTIONS)
    return replace(Ground("public", labels, "d" * 64, "d" * 64, KNOWN), **changes)  # type: ignore[arg-type]


def _evidence(
    ground: Ground, wrong: float = 0.0, seed: int = 1, confidence: float = 0.9, **changes: object
) -> Evidence:
    """A model that errs on a share ``wrong`` of the images, chosen by ``seed``."""
    size = len(ground.labels)
    errs = np.random.default_rng(seed).permutation(size)[: round(wrong * size)]
    predicted = ground.labels.copy()
    predicted[errs] = (predicted[errs] + 1) % len(EMOTIONS)
    probabilities = np.full((size, len(EMOTIONS)), (1 - confidence) / 6, np.float32)
    probabilities[np.arange(size), predicted] = confidence
    metrics = evaluate.measure(probabilities, ground.labels) | {"data_digest": ground.digest}
    made = Evidence(metrics, predicted, Twin(0.0, 0.001, size), None, 0)
    return replace(made, **changes)  # type: ignore[arg-type]


def _named(said: Decision, name: str) -> Check:
    return next(check for check in said.checks if check.name == name)


def test_a_first_model_over_its_floors_is_promoted() -> None:
    ground = _ground()
    said = decide(_evidence(ground, 0.1), None, ground, Promote())
    assert (said.promoted, said.reasons) == (True, [])
    assert [check.name for check in said.checks] == [
        "accuracy", "macro_f1", "ece", "parity", "data digest", "dvc", "seen",
    ]  # fmt: skip
    assert all(check.champion is None and check.gain is None and check.ok for check in said.checks)


def test_every_floor_that_is_missed_is_named_with_its_key() -> None:
    ground = _ground()
    params = Promote(floors=Floors(accuracy=0.95, macro_f1=0.9, recall={"sad": 0.99, "happy": 0.5}))
    said = decide(_evidence(ground, 0.1), None, ground, params)
    assert not said.promoted
    assert [(check.name, check.ok) for check in said.checks[:4]] == [
        ("accuracy", False), ("macro_f1", _named(said, "macro_f1").value >= 0.9),  # type: ignore[operator]
        ("recall.happy", True), ("recall.sad", False),
    ]  # fmt: skip
    assert said.reasons[0] == "accuracy 0.900 is under its floor 0.950 (params: promote.floors.accuracy)"
    assert any("(params: promote.floors.recall.sad)" in reason for reason in said.reasons)


def test_a_recall_of_a_class_without_images_is_not_measured_and_refuses() -> None:
    ground = _ground(labels=np.zeros(70, np.int64))
    said = decide(_evidence(ground), None, ground, Promote(floors=Floors(recall={"fear": 0.0}, macro_f1=0.0)))
    line = _named(said, "recall.fear")
    assert (line.value, line.ok, line.note) == (None, False, "not measured")
    assert said.reasons == [
        "recall.fear could not be measured: no image of fear is judged (params: promote.floors.recall.fear)"
    ]


def test_confidence_that_promises_too_much_is_refused_unless_it_is_off() -> None:
    ground = _ground()
    sure = _evidence(ground, 0.4, confidence=0.99)
    refused = decide(sure, None, ground, Promote())
    assert [reason.partition(" ")[0] for reason in refused.reasons] == ["ece"]
    assert decide(sure, None, ground, Promote(ceilings=Ceilings(ece=1.0))).promoted


@pytest.mark.parametrize(
    ("before", "after", "least", "by", "ok"),
    [
        (0.20, 0.10, 0.0, "mean", True),
        (0.20, 0.10, 0.0, "lower", True),
        (0.20, 0.10, 0.08, "mean", True),
        (0.20, 0.10, 0.08, "lower", False),  # 10 points on 700 images, whose interval begins under 8
        (0.10, 0.10, 0.0, "mean", True),
        (0.10, 0.10, 0.0, "lower", False),
        (0.10, 0.11, 0.0, "mean", False),
        (0.10, 0.11, -0.02, "mean", True),
    ],
)
def test_the_champion_has_to_be_beaten_by_the_minimum_gain(
    before: float, after: float, least: float, by: str, ok: bool
) -> None:
    ground = _ground()
    params = Promote.model_validate({"floors": LOW, "min_gain": least, "gain_by": by, "slices": Losses(margin=1.0)})
    said = decide(_evidence(ground, after, 1), _evidence(ground, before, 2), ground, params)
    line = _named(said, "gain")
    assert said.promoted is line.ok is ok
    assert line.gain == pytest.approx(before - after)
    assert line.interval is not None
    assert line.interval[0] < before - after < line.interval[1]
    assert said.checks[0].interval == line.interval
    assert all("promote.min_gain" in reason for reason in said.reasons)


def test_the_interval_is_of_pairs_and_narrow_where_models_err_on_the_same_images() -> None:
    ground = _ground()
    same, other = (
        decide(_evidence(ground, 0.3, seed), _evidence(ground, 0.31, 5), ground, Promote(floors=LOW)) for seed in (5, 6)
    )
    widths = [high - low for low, high in (_named(one, "gain").interval or (0, 0) for one in (same, other))]
    assert widths[0] < 0.25 * widths[1]


def test_an_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    """Two models whose true difference is known: 300 drawn evaluations of 500 images."""
    random, hits = np.random.default_rng(3), 0
    ground = _ground(500)
    made = _evidence(ground)  # the gain is of `predicted` alone
    for _ in range(300):
        first, second = random.random(500) < 0.7, random.random(500) < 0.75
        models = [
            replace(made, predicted=np.where(right, ground.labels, (ground.labels + 1) % 7))
            for right in (first, second)
        ]
        params = Promote(floors=LOW, confidence=0.9, resamples=500, slices=Losses(margin=1.0))
        low, high = _named(decide(models[1], models[0], ground, params), "gain").interval or (1, 1)
        hits += low <= 0.05 <= high
    assert 0.84 <= hits / 300 <= 0.95


def test_a_group_that_loses_much_is_refused_though_the_whole_gains() -> None:
    ground = _ground(slices={"brightness": ["dark"] * 100 + ["light"] * 600})
    before, after = _evidence(ground, 0.3, 1), ground.labels.copy()
    after[:60] = (after[:60] + 1) % 7
    said = decide(_evidence(ground, predicted=after), before, ground, Promote(floors=LOW))
    assert [check.name for check in said.checks if not check.ok] == ["slice brightness dark"]
    assert "promote.slices.margin" in said.reasons[0]
    assert "100 images" in said.reasons[0]
    wide = decide(_evidence(ground, predicted=after), before, ground, Promote(floors=LOW, slices=Losses(margin=0.9)))
    assert wide.promoted
    small = decide(_evidence(ground, predicted=after), before, ground, Promote(floors=LOW, slices=Losses(smallest=101)))
    assert small.promoted
    assert [check.name for check in small.checks if check.name.startswith("slice")] == ["slice brightness light"]


def test_groups_of_equal_models_are_hardly_ever_refused() -> None:
    """20 groups of 50 images, 20 pairs of models that are as good as each other."""
    refused = 0
    ground = _ground(1000, slices={"group": [f"{number % 20:02d}" for number in range(1000)]})
    made, random = _evidence(ground), np.random.default_rng(4)
    for _ in range(20):
        pair = [
            replace(made, predicted=np.where(random.random(1000) < 0.3, (ground.labels + 1) % 7, ground.labels))
            for _ in range(2)
        ]
        said = decide(pair[0], pair[1], ground, Promote(floors=LOW, min_gain=-1.0, resamples=1000))
        refused += not said.promoted
    assert refused <= 3


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"twin": Twin(0.2, 0.9, 700)}, "parity 0.200 is over its ceiling 0.050 (params: promote.ceilings.parity)"),
        ({"twin": "it does not load"}, "parity could not be measured: it does not load"),
        ({"twin": None}, "parity could not be measured: nothing was"),
        ({"latency_ms": 9.0}, "latency_ms 9.000 is over its ceiling 5.000"),
        ({"latency_ms": "no such file"}, "latency_ms could not be measured: no such file"),
        ({"seen": 1}, "it was trained or chosen on 1 of the 700 images of public"),
        ({"seen": "it is damaged"}, "what it was trained on could not be read: it is damaged"),
    ],
)
def test_what_else_refuses(changes: dict[str, object], said: str) -> None:
    ground, params = _ground(), Promote(ceilings=Ceilings(latency_ms=5.0))
    found = decide(replace(_evidence(ground, latency_ms=1.0), **changes), None, ground, params)  # type: ignore[arg-type]
    assert len(found.reasons) == 1
    assert found.reasons[0].startswith(said)
    off = Promote(ceilings=Ceilings(parity=1.0, latency_ms=0.0, seen=1.0))
    assert decide(replace(_evidence(ground), **changes), None, ground, off).promoted  # type: ignore[arg-type]


@pytest.mark.parametrize("changes", [{"seen": None}, {"unknown": ("teacher",)}])
def test_what_it_was_trained_on_may_be_unknown_unless_it_is_asked_for(changes: dict[str, object]) -> None:
    ground = _ground()
    candidate = replace(_evidence(ground), **changes)  # type: ignore[arg-type]
    said = decide(candidate, None, ground, Promote())
    assert said.promoted
    assert _named(said, "seen").note == "not known"
    strict = decide(candidate, None, ground, Promote(require=Require(trained_on=True)))
    assert "promote.require.trained_on" in strict.reasons[0]


@pytest.mark.parametrize(
    ("revision", "required", "ok"),
    [
        (KNOWN, True, True),
        (Revision(None, None, None, "no dvc.lock names it"), False, True),
        (Revision(None, None, None, "no dvc.lock names it"), True, False),
        (Revision("abc.dir", False, None, "other files"), False, False),
    ],
)
def test_the_data_version_is_known_or_that_is_allowed(revision: Revision, required: bool, ok: bool) -> None:
    ground = _ground(revision=revision)
    said = decide(_evidence(ground), None, ground, Promote(require=Require(dvc=required)))
    assert said.promoted is _named(said, "dvc").ok is ok


def test_images_that_are_not_those_of_the_manifest_refuse() -> None:
    ground = _ground(found="e" * 64)
    said = decide(_evidence(ground), None, ground, Promote())
    assert "they were changed" in said.reasons[0]


def test_different_images_cannot_be_compared() -> None:
    ground = _ground()
    other = _evidence(replace(ground, digest="e" * 64))
    with pytest.raises(ValueError, match=r"different images: d{64} and e{64}"):
        decide(_evidence(ground), other, ground, Promote())


@settings(deadline=None, max_examples=25)
@given(st.floats(0, 0.9), st.floats(0, 0.9), st.floats(0, 1), st.sampled_from(["mean", "lower"]))
def test_promoted_exactly_when_every_check_holds(after: float, before: float, floor: float, by: str) -> None:
    ground = _ground(140)
    params = Promote.model_validate(
        {"floors": Floors(accuracy=floor, macro_f1=0.0, recall={"fear": floor}), "gain_by": by, "resamples": 200}
    )
    said = decide(_evidence(ground, after, 1), _evidence(ground, before, 2), ground, params)
    assert said.promoted == all(check.ok for check in said.checks) == (not said.reasons)
    assert len(said.reasons) == sum(not check.ok for check in said.checks)
    assert all(bool(check.reason) is not check.ok for check in said.checks)
