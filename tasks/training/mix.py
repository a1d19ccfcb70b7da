"""Pictures mixed in pairs, with their targets.

Sources: Zhang et al., mixup: Beyond Empirical Risk Minimization, ICLR 2018; Yun et al., CutMix, ICCV 2019.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tasks.params import Mixing

Batch = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Mix:
    """One drawn mixture of a batch with itself.

    Attributes:
        partner: (b,) the position that each face is mixed with.
        share: of the face itself, 0..1; the partner has the rest.
        window: rows and columns that the partner fills; None: both are added.
    """

    partner: npt.NDArray[np.int64]
    share: float
    window: tuple[slice, slice] | None


def draw(params: Mixing, faces: int, size: int, random: np.random.Generator) -> Mix | None:
    """Draw a mixture for a batch; None when neither kind is on. With both on, each has an even chance.

    Args:
        faces: of the batch.
        size: of a face's side, pixels.
    """
    kinds = [kind for kind in ("mixup", "cutmix") if getattr(params, kind)]
    if not kinds:
        return None
    kind = kinds[int(random.integers(len(kinds)))]
    share = float(random.beta(getattr(params, kind), getattr(params, kind)))
    partner = random.permutation(faces)
    if kind == "mixup":
        return Mix(partner, share, None)
    side = round(size * np.sqrt(1 - share))
    y, x = (int(at) for at in random.integers(0, size - side + 1, 2))
    return Mix(partner, 1 - side**2 / size**2, (slice(y, y + side), slice(x, x + side)))


def apply(faces: Batch, mix: Mix) -> Batch:
    """Mix (b, size, size, 3) levels."""
    if mix.window is None:
        return blend(faces, mix)
    mixed = faces.copy()
    mixed[:, *mix.window] = faces[mix.partner][:, *mix.window]
    return mixed


def blend(rows: Batch, mix: Mix) -> Batch:
    """Mix (b, ...) targets or weights by the same shares."""
    return (mix.share * rows + (1 - mix.share) * rows[mix.partner]).astype(np.float32)
