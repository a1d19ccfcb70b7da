import numpy as np
import pytest

from tasks.synthetic.expression import action_units
from tasks.synthetic.face import Look, draw, face_box, paste
from tasks.synthetic.head import Pose
from tasks.synthetic.identity import identity
from tasks.synthetic.relief import Light


def _picture(look: Look, unit: float = 60.0) -> np.ndarray:
    picture = np.full((220, 200, 3), 120, np.uint8)
    paste(picture, draw(look, unit, (100.0, 95.0)))
    return picture


def test_the_head_covers_its_box_and_nothing_far_away() -> None:
    look = Look(identity(1, 2), action_units("happy", 1.0))
    patch, box = draw(look, 60.0, (100.0, 95.0)), face_box(look, 60.0, (100.0, 95.0))
    x, y = int(box.x - patch.left), int(box.y - patch.top)
    assert patch.alpha[y + 5 : y + int(box.h) - 5, x + int(box.w) // 2].min() > 0.99
    assert patch.alpha[:3].max() == 0


def test_emotions_move_brows_and_mouth() -> None:
    who = identity(1, 2)
    rest = _picture(Look(who, action_units("neutral", 1.0))).astype(int)
    box = face_box(Look(who, action_units("neutral", 1.0)), 60.0, (100.0, 95.0))
    middle = int(box.y + 0.6 * box.h)
    for emotion, upper, lower in (("angry", 2.0, 0.5), ("happy", 0.1, 1.0), ("surprise", 2.0, 1.0), ("sad", 1.5, 0.5)):
        moved = np.abs(_picture(Look(who, action_units(emotion, 1.0))).astype(int) - rest).mean(axis=2)
        inside = moved[int(box.y) : int(box.y + box.h), int(box.x) : int(box.x + box.w)]
        split = middle - int(box.y)
        assert inside[:split].mean() > upper, emotion
        assert inside[split:].mean() > lower, emotion


def test_the_brighter_side_is_the_lamp_s() -> None:
    look = Look(identity(1, 2), action_units("neutral", 0.0), light=Light(azimuth=60, ambient=0.4))
    picture = _picture(look)
    assert picture[90:130, 110:130].mean() > 1.15 * picture[90:130, 70:90].mean()


def test_turning_shifts_the_face_to_that_side() -> None:
    left, right = (
        face_box(Look(identity(1, 2), action_units("neutral", 0.0), Pose(yaw=yaw)), 60.0, (100.0, 95.0))
        for yaw in (-25, 25)
    )
    assert left.x + left.w / 2 < 100 < right.x + right.w / 2


def test_a_patch_outside_the_picture_leaves_it_alone() -> None:
    picture = np.full((50, 50, 3), 7, np.uint8)
    paste(picture, draw(Look(identity(1, 2), action_units("neutral", 0.0)), 20.0, (500.0, -300.0)))
    assert (picture == 7).all()


def test_an_impossible_unit_is_named() -> None:
    with pytest.raises(ValueError, match="unit=0"):
        draw(Look(identity(1, 2), action_units("neutral", 0.0)), 0.0, (1.0, 1.0))
