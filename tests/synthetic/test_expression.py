import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.schema import EMOTIONS
from tasks.synthetic.expression import NAMES, PROTOTYPES, ActionUnits, action_units, jittered, side

# Units that every published combination of an emotion has.
_CORE = {
    "angry": {"au4", "au7", "au23"},
    "disgust": {"au9"},
    "fear": {"au1", "au2", "au4", "au5", "au20", "au25"},
    "happy": {"au6", "au12"},
    "neutral": set(),
    "sad": {"au1", "au4", "au15"},
    "surprise": {"au1", "au2", "au5", "au26"},
}
_ABSENT = {"angry": {"au1", "au2", "au12"}, "happy": {"au4", "au15"}, "sad": {"au12"}, "surprise": {"au4"}}


@pytest.mark.parametrize("emotion", EMOTIONS)
def test_each_variant_has_the_units_of_its_emotion(emotion: str) -> None:
    for variant in range(len(PROTOTYPES[emotion])):
        units = action_units(emotion, 1.0, variant)
        active = {name for name in NAMES if getattr(units, name) > 0}
        assert active >= _CORE[emotion]
        assert not active & _ABSENT.get(emotion, set())


def test_all_emotions_differ() -> None:
    assert set(PROTOTYPES) == set(EMOTIONS)
    everything = [units for variants in PROTOTYPES.values() for units in variants]
    assert len(set(everything)) == len(everything)


@given(st.sampled_from(EMOTIONS), st.floats(0, 1), st.integers(0, 9))
def test_intensity_scales_each_unit(emotion: str, intensity: float, variant: int) -> None:
    full, part = action_units(emotion, 1.0, variant), action_units(emotion, intensity, variant)
    for name in NAMES:
        assert getattr(part, name) == pytest.approx(getattr(full, name) * intensity)


@given(st.integers(0, 2**32), st.floats(0, 2))
def test_jitter_stays_within_bounds(seed: int, spread: float) -> None:
    units = jittered(action_units("fear", 0.8), np.random.default_rng(seed), spread)
    assert all(0 <= getattr(units, name) <= 1 for name in NAMES)


def test_without_spread_nothing_moves() -> None:
    units = action_units("happy", 0.7)
    assert jittered(units, np.random.default_rng(1), 0.0) == units


def test_half_a_face_is_clipped_at_full_strength() -> None:
    assert side(ActionUnits(au12=0.9, au6=0.5), 1.2) == ActionUnits(au12=1.0, au6=0.6)


@pytest.mark.parametrize(("emotion", "intensity", "said"), [("joy", 0.5, "'joy'"), ("happy", 1.1, "1.1")])
def test_errors_name_the_value(emotion: str, intensity: float, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        action_units(emotion, intensity)
