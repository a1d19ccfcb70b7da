"""Brows, eyes, nose and mouth painted on a canvas, each moved by its action units.

How far an action unit moves a feature is fitted by eye to the pictures of the FACS manual, not measured.
"""

from typing import Final

import numpy as np

from tasks.synthetic.canvas import Canvas, Points, ellipse
from tasks.synthetic.expression import ActionUnits
from tasks.synthetic.identity import Colour, Identity

_INK: Final[Colour] = (22.0, 20.0, 26.0)
_TEETH: Final[Colour] = (218.0, 230.0, 236.0)
_WHITE: Final[Colour] = (226.0, 230.0, 234.0)
_RUN: Final = np.linspace(-1, 1, 21)
_ROUND: Final = 1 - _RUN**2


def shade(colour: Colour, blue: float, green: float, red: float) -> Colour:
    """``colour`` with each channel multiplied, kept in 0..255."""
    return min(255.0, colour[0] * blue), min(255.0, colour[1] * green), min(255.0, colour[2] * red)


def brow(canvas: Canvas, who: Identity, units: ActionUnits, sign: int) -> None:
    """Paint the brow at the left (``sign`` -1) or right (1) of the picture."""
    u, base = units, -who.brow_height
    raised = -0.04 * u.au2 + 0.085 * u.au9
    inner = (0.125 - 0.06 * u.au4, base + 0.015 + raised - 0.155 * u.au1 + 0.135 * u.au4)
    middle = (0.29, base - who.brow_arch - 0.06 * u.au1 - 0.12 * u.au2 + 0.08 * u.au4 + 0.06 * u.au9)
    outer = (0.455, base + 0.03 - 0.15 * u.au2 + 0.02 * u.au4 + 0.03 * u.au1)
    share = np.linspace(0, 1, 13)
    path = sum(
        weight[:, None] * np.array(point)
        for weight, point in zip(
            ((1 - share) * (1 - 2 * share), 4 * share * (1 - share), share * (2 * share - 1)),
            (inner, middle, outer),
            strict=True,
        )
    )
    thick = who.brow_thickness * (1 - 0.65 * share**2) * np.minimum(1, 0.55 + 2 * share)
    points = np.asarray(path) * (sign, 1)
    up, down = points - np.column_stack([0 * thick, thick]), points + np.column_stack([0 * thick, 0.6 * thick])
    canvas.polygon(np.concatenate([up, down[::-1]]), shade(who.hair, 0.6, 0.6, 0.6))


def eye(canvas: Canvas, who: Identity, units: ActionUnits, sign: int, gaze: tuple[float, float]) -> None:
    """Paint one eye; ``gaze`` is where the pupil stands, -1..1 of its room across and down."""
    u, half = units, who.eye_width
    squeeze = 0.36 * u.au7 + 0.22 * u.au6 + 0.38 * u.au9 + 0.12 * u.au12
    upper = who.eye_open * max(0.12, 1 + 0.9 * u.au5 - squeeze)
    lower = who.eye_open * 0.72 * max(0.05, 1 - 0.45 * u.au7 - 0.55 * u.au6 - 0.35 * u.au9 + 0.10 * u.au5)
    middle = sign * who.eye_spacing
    along = middle + half * _RUN
    tilt = -0.018 * _RUN * sign  # the outer corner stands a little higher
    lid = np.column_stack([along, tilt - upper * _ROUND**0.8])
    floor = np.column_stack([along, tilt + lower * _ROUND])
    opening = np.concatenate([lid, floor[::-1]])

    ball, mask = canvas.copy(), canvas.mask()
    ball.polygon(opening + (opening - (middle, 0)) * 0.15, _WHITE)
    x, y, iris = middle + 0.035 * gaze[0], -0.012 + 0.012 * gaze[1], 0.068
    ball.disc(x, y, iris, shade(who.iris, 0.55, 0.55, 0.55))
    ball.disc(x, y, iris * 0.8, who.iris)
    ball.disc(x, y, iris * 0.45, _INK)
    ball.disc(x - 0.02, y - 0.024, 0.014, (250.0, 250.0, 250.0))
    mask.polygon(opening)
    canvas.lay(ball, mask)

    canvas.line(lid, shade(who.skin, 0.22, 0.22, 0.26), 0.026)
    canvas.line(floor[3:-3], shade(who.skin, 0.66, 0.64, 0.70), 0.012)
    fold = lid[2:-2] - (0, 0.034 + 0.016 * u.au7 - 0.012 * u.au5)
    canvas.line(fold, shade(who.skin, 0.62, 0.62, 0.68), 0.014)


def nostrils(canvas: Canvas, who: Identity, units: ActionUnits) -> None:
    """Paint the underside of the nose."""
    lift = 0.06 * units.au9 + 0.02 * units.au10
    flare = 1 + 0.25 * units.au9
    for sign in (-1, 1):
        x, y = sign * who.nose_width * 0.5 * flare, who.nose_length - lift
        canvas.polygon(ellipse(x, y, 0.036, 0.016), shade(who.skin, 0.28, 0.26, 0.34))
        wing = np.array([[0.85, -0.085], [1.1, -0.045], [1.08, 0.0], [0.8, 0.02]]) * (sign * who.nose_width * flare, 1)
        canvas.line(wing + np.array([0, y]), shade(who.skin, 0.66, 0.64, 0.7), 0.016)


def mouth(canvas: Canvas, who: Identity, left: ActionUnits, right: ActionUnits) -> None:
    """Paint lips, teeth and the opening; each corner follows the units of its own side."""
    both = [(one + two) / 2 for one, two in zip(_pull(who, left), _pull(who, right), strict=True)]
    corner_l, corner_r = _pull(who, left), _pull(who, right)
    half = np.where(_RUN < 0, corner_l[0], corner_r[0])
    corner = np.where(_RUN < 0, corner_l[1], corner_r[1])
    _, _, centre, gap, thin, teeth = both
    along = half * _RUN
    line = corner + (centre - corner) * (1 - np.abs(_RUN) ** 1.8)
    ceiling, floor = line - 0.35 * gap * _ROUND**0.7, line + 0.65 * gap * _ROUND**0.6
    bow = 1 - 0.3 * np.exp(-((_RUN / 0.16) ** 2))
    lip_up, lip_low = 0.68 * who.lip * thin * _ROUND**0.8 * bow, who.lip * thin * _ROUND**0.7
    lips = shade(who.skin, 0.70, 0.58, 0.86)

    def band(above: Points, below: Points, colour: Colour) -> None:
        canvas.polygon(np.column_stack([np.append(along, along[::-1]), np.append(above, below[::-1])]), colour)

    band(ceiling - lip_up, ceiling + 0.004, shade(lips, 0.86, 0.86, 0.88))
    band(floor - 0.004, floor + lip_low, lips)
    if gap > 0.025:
        band(ceiling, floor, (26.0, 20.0, 44.0))
        band(ceiling, np.minimum(floor, ceiling + teeth * _ROUND**0.3), _TEETH)
        if gap > 0.12:
            band(floor - 0.35 * gap * _ROUND, floor, (84.0, 78.0, 150.0))
    else:
        canvas.line(np.column_stack([along, line]), shade(who.skin, 0.36, 0.3, 0.42), 0.02)
    under = np.column_stack([along[6:-6], (floor + lip_low + 0.022)[6:-6]])
    canvas.line(under, shade(who.skin, 0.78, 0.76, 0.8), 0.018)


def _pull(who: Identity, units: ActionUnits) -> tuple[float, float, float, float, float, float]:
    """The mouth's half width, height of corners and middle, opening, thinning (a factor), bared teeth; head units."""
    u = units
    half = who.mouth_width * (1 + 0.30 * u.au12 + 0.36 * u.au20 - 0.28 * u.au23 - 0.36 * u.au26 - 0.06 * u.au17)
    corner = who.mouth_height - 0.155 * u.au12 + 0.15 * u.au15 + 0.035 * u.au20 + 0.02 * u.au26
    centre = who.mouth_height - 0.035 * u.au10 - 0.02 * u.au9 - 0.045 * u.au17 + 0.015 * u.au12
    gap = 0.085 * u.au25 + 0.32 * u.au26 + 0.025 * u.au10 * u.au25
    thin = 1 - 0.55 * u.au23 - 0.22 * u.au12 - 0.25 * u.au20 - 0.15 * u.au17
    teeth = 0.08 - 0.055 * u.au26 * (1 - u.au12)  # a jaw that only drops leaves the teeth behind the lip
    return half, corner, centre, gap, max(0.2, thin), teeth


def creases(canvas: Canvas, who: Identity, units: ActionUnits, sign: int) -> None:
    """Draw one side's wrinkles as light on a dark single-channel canvas."""
    u, base = units, -who.brow_height

    def fold(strength: float, width: float, *points: tuple[float, float]) -> None:
        if strength > 0.03:
            canvas.line(np.array(points) * (sign, 1), (255 * min(1.0, strength),) * 3, width)

    wing = who.nose_width
    fold(
        0.22 + 0.5 * u.au12 + 0.7 * u.au10 + 0.5 * u.au9, 0.022,
        (wing * 1.15, who.nose_length - 0.06 - 0.03 * u.au9), (wing * 1.15 + 0.09, who.nose_length + 0.05),
        (who.mouth_width * (1.18 + 0.22 * u.au12), who.mouth_height - 0.06 * u.au12),
    )  # fmt: skip
    fold(0.8 * u.au4, 0.02, (0.045, base + 0.09), (0.038, base - 0.04))  # between the brows
    fold(0.9 * u.au9, 0.024, (0.0, 0.03), (0.07, 0.0))
    fold(0.9 * u.au9, 0.024, (0.0, 0.10), (0.08, 0.06))
    for row in range(3):  # the brow raisers fold the forehead
        height = base - 0.16 - 0.06 * row
        fold(0.35 * u.au1 + 0.15 * u.au2, 0.014, (0.0, height), (0.14, height - 0.01 * u.au2 - 0.012 * u.au1))
        fold(0.5 * u.au2, 0.014, (0.14, height - 0.01 * u.au2), (0.34, height + 0.015))
    outer = who.eye_spacing + who.eye_width
    for row in (-1, 0, 1):  # crow's feet
        fold(0.5 * u.au6, 0.012, (outer + 0.035, 0.012 * row), (outer + 0.11, 0.045 * row + 0.005))
    fold(0.3 + 0.45 * u.au6, 0.016, (who.eye_spacing - 0.11, 0.085), (who.eye_spacing, 0.108), (outer, 0.075))
    fold(0.6 * u.au15, 0.02, (who.mouth_width * 1.05, who.mouth_height + 0.12), (0.21, who.mouth_height + 0.22))
    fold(0.5 * u.au17, 0.02, (0.0, 0.79), (0.08, 0.805))
