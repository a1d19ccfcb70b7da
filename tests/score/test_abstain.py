import numpy as np

from tasks.params import Score
from tasks.score import abstain
from tasks.score.abstain import Pictures, Rule

NOTHING = np.zeros((1, 3), np.float32)
SURE = np.array([0.9], np.float32)


def _because(confidence: float, rejects: tuple[float, float, float], seen: Pictures, rule: Rule) -> str | None:
    (found,) = abstain.because(np.array([confidence], np.float32), np.array([rejects], np.float32), seen, rule)
    return found


def test_a_sure_label_of_a_good_picture_stays() -> None:
    assert (
        _because(
            0.9, (0.1, 0.1, 0.1), Pictures(np.array([0.9], np.float32), ["blurred"]), Rule(0.4, 0.5, 0.5, 0.5, 0.6)
        )
        is None
    )


def test_each_reason_by_itself() -> None:
    rule, none = Rule(0.4, 0.5, 0.5, 0.5, 0.6), Pictures(None, None)
    assert _because(0.3, (0, 0, 0), none, rule) == "unsure"
    assert _because(0.9, (0.6, 0, 0), none, rule) == "unsure"
    assert _because(0.9, (0, 0.6, 0), none, rule) == "covered"
    assert _because(0.9, (0, 0, 0.6), none, rule) == "not_a_face"
    for reason in ("too_small", "blurred", "turned"):
        assert _because(0.9, (0, 0, 0), Pictures(np.array([0.5], np.float32), [reason]), rule) == reason


def test_of_several_reasons_the_first_of_the_list_is_given() -> None:
    rule, poor = Rule(0.4, 0.5, 0.5, 0.5, 0.6), Pictures(np.array([0.1], np.float32), ["too_small"])
    assert _because(0.1, (0.9, 0.9, 0.9), poor, rule) == "not_a_face"
    assert _because(0.1, (0.9, 0.9, 0), poor, rule) == "too_small"
    assert _because(0.1, (0.9, 0.9, 0), Pictures(None, None), rule) == "covered"


def test_thresholds_can_be_switched_off() -> None:
    poor = Pictures(np.array([0.0], np.float32), ["too_small"])
    assert _because(0.0, (1.0, 1.0, 1.0), poor, Rule(0.0)) is None


def test_a_network_without_rejects_is_only_unsure() -> None:
    assert abstain.because(SURE, np.zeros((1, 0), np.float32), Pictures(None, None), Rule(0.95)) == ["unsure"]


def test_the_rule_is_that_of_the_parameters() -> None:
    wanted = Score.model_validate(
        {"abstain_below": 0.3, "abstain": {"covered": 0.7, "quality": 0.2, "unreadable": 0.6, "not_a_face": 0.4}}
    )
    assert Rule.of(wanted) == Rule(0.3, 0.6, 0.7, 0.4, 0.2)


def test_scores_of_other_detectors_say_nothing() -> None:
    columns = {name: np.ones(1) for name in ("size", "sharpness", "yaw", "pitch", "det_score")}
    assert np.isnan(abstain.features(columns, "haar")[0, 5])
    assert not np.isnan(abstain.features(columns, "yunet")[0, 5])
