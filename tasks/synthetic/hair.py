"""Hair, ears, neck and shoulders: all of a person that is not the face."""

from functools import lru_cache
from typing import Final

import numpy as np

from tasks.synthetic.canvas import Canvas, Floats, Points, ellipse, grid
from tasks.synthetic.features import shade
from tasks.synthetic.head import Pose, Shape, project
from tasks.synthetic.identity import Colour, Identity

_TURNED: Final = 10.0  # degrees of yaw from which the nearer ear stands before the head


def on_head(canvas: Canvas, who: Identity) -> None:
    """Paint hair, beard and glasses on a face's own canvas."""
    side = canvas.pixels.shape[0]
    if who.hair_style != "bald":
        hair, mask = canvas.copy(), canvas.mask()
        hair.pixels[:] = np.clip(_streaks(who.number, side)[None, :, None] * np.array(who.hair), 0, 255)
        mask.polygon(_hairline(who))
        canvas.lay(hair, mask)
    if who.glasses:
        for sign in (-1, 1):
            ring = ellipse(sign * who.eye_spacing, 0.02, 0.215, 0.165)
            canvas.line(np.concatenate([ring, ring[:1]]), (34.0, 32.0, 36.0), 0.018)
        canvas.line(np.array([[-0.08, 0.0], [0.0, -0.02], [0.08, 0.0]]), (34.0, 32.0, 36.0), 0.018)


def beard(canvas: Canvas, who: Identity) -> None:
    """Darken jaw and upper lip; to be done before the mouth is painted."""
    if not who.beard:
        return
    axis = grid(canvas.pixels.shape[0])
    across, down = axis[None, :], axis[:, None]
    line = who.nose_length + 0.10 + 0.55 * np.maximum(0, 0.45 - np.abs(across)) - 0.35 * np.square(across)
    cover = 1 / (1 + np.exp(-(down - line) * 30)) * (0.75 * who.beard)
    canvas.pixels[:] = canvas.pixels * (1 - cover[..., None]) + np.array(who.hair) * cover[..., None]


def behind(canvas: Canvas, alpha: Canvas, who: Identity, head: Shape, pose: Pose, lit: float) -> None:
    """Paint what lies behind the head, on the picture and on its alpha.

    Args:
        canvas: where to; head units around the middle of the head.
        alpha: the same frame, single channel.
        who: the person.
        head: the head's surface.
        pose: where the head looks.
        lit: brightness of the surroundings, 1 is full.
    """

    def both(points: Points, colour: Colour) -> None:
        canvas.polygon(points, shade(colour, lit, lit, lit))
        alpha.polygon(points)

    sway = project(np.array([[0.0, 0.75, -0.25]]), head, pose)[0]
    if who.hair_style == "long":
        both(ellipse(sway[0] * 0.4, 0.45, who.width * 1.24, 1.1), shade(who.hair, 0.8, 0.8, 0.8))
    shoulders = ellipse(sway[0] * 0.5, 2.35, 1.42, 0.95)
    both(shoulders, who.clothes)
    neck = np.array([[-0.42, 0.3], [0.42, 0.3], [0.44, 1.3], [0.62, 1.52], [0.0, 1.75], [-0.62, 1.52], [-0.44, 1.3]])
    both(neck + np.array([sway[0] * 0.6, 0]), shade(who.skin, 0.62, 0.62, 0.66))
    if who.hair_style != "bald":
        volume = {"short": 1.07, "fringe": 1.12, "long": 1.16}[who.hair_style]
        crown = project(np.array([[0.0, -0.22, -0.15]]), head, pose)[0]
        both(ellipse(crown[0], crown[1], who.width * volume, 0.84 * volume), shade(who.hair, 0.9, 0.9, 0.9))


def ears(canvas: Canvas, alpha: Canvas, who: Identity, head: Shape, pose: Pose, lit: float, before: bool) -> None:
    """Paint the ears that lie before (or behind) the head; long hair covers them."""
    if who.hair_style == "long":
        return
    for sign in (-1, 1):
        if (sign * pose.yaw < -_TURNED) != before:
            continue
        x, y = project(np.array([[sign * head.width * (0.99 if before else 1.03), 0.08, -0.1]]), head, pose)[0]
        for size, tone in ((1.0, 0.86), (0.6, 0.66)):
            outline = ellipse(x, y, 0.10 * size, 0.21 * size)
            canvas.polygon(outline, shade(who.skin, lit * tone, lit * tone, lit * tone * 1.04))
            alpha.polygon(outline)


@lru_cache(maxsize=1024)
def mottling(number: int) -> Floats:
    """Spots of the skin of person ``number``: factors around 1, (20, 20)."""
    spots: Floats = np.random.default_rng((number, 0x5C)).normal(1, 0.035, (20, 20)).astype(np.float32)
    return spots


def _streaks(number: int, side: int) -> Floats:
    """Brightness of strands of hair across a canvas, (side,)."""
    strands = np.random.default_rng((number, 0x4A)).normal(1, 0.22, 40)
    wide: Floats = np.interp(np.linspace(0, 39, side), np.arange(40), strands).astype(np.float32)
    return wide


def _hairline(who: Identity) -> Points:
    """Outline of the hair seen from the front, head units."""
    low = who.hairline + (0.12 if who.hair_style == "fringe" else 0.0)
    run = np.linspace(-1, 1, 25)
    edge = (
        low
        + 0.10 * np.abs(run) ** 3
        + (0.03 * np.cos(run * 23) if who.hair_style == "fringe" else 0.03 * np.cos(run * 7))
    )
    side = who.width * 0.83
    temple = np.array([[who.width * 0.93, -0.05], [1.1, 0.02], [1.1, -1.1]])
    outline = np.column_stack([run * side, edge])
    return np.concatenate([outline, temple, temple[::-1] * (-1, 1)])
