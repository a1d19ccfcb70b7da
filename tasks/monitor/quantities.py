"""What a profile counts, in which bins. Other bins of a quantity, or more quantities, need another VERSION.

Quantities of all READ versions have the same bins, so that their counts can be added.

Quantities of faces:
classes      the emotion with the highest probability, of faces that have a label or are unsure; those without a label
             for reasons of the picture (too small, covered, no face at all) show none. In version 1 of all faces,
             where unsure was the only reason
confidence   its probability, twenty bins from 0 to 1, of all faces
brightness   mean grey level of the face, sixteen bins of 16 levels
blur         variance of the Laplacian, half an octave per bin from 64 to 8192, open at both ends
size         pixels of the box' shorter side, half an octave or so per bin from 16 to 512, open at both ends
abstention   faces that were answered, or got no label
reasons      the same by reason, from version 2 on
quality      share of labels that are right for such pictures, twenty bins from 0 to 1, of models that tell it; from
             version 2 on

Others:
detection    decoded frames with a face, and without one
frames       sampled frames that decoded, and that did not
failures     files and members by status; `scored` and `no_face` are fine, copies and archives don't count
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from tasks.schema import ABSTENTIONS, EMOTIONS, FILE_STATUSES

VERSION: Final = 2
READ: Final = (1, 2)
FINE: Final = ("scored", "no_face")
FAILED: Final = tuple(status for status in FILE_STATUSES if status not in (*FINE, "duplicate"))

Unit = Literal["faces", "frames", "files"]
Counts = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Quantity:
    """One thing that is counted.

    Attributes:
        unit: of what.
        bins: their names, in order.
        edges: between the bins, of what is measured; none where bins are kinds. A value on an edge is in the bin above.
        rate: the bins say how often something happens, the first that it went well.
    """

    name: str
    title: str
    unit: Unit
    bins: tuple[str, ...]
    edges: tuple[float, ...] = ()
    rate: bool = False

    def count(self, values: npt.ArrayLike) -> Counts:
        """How many of the measured ``values`` are in each bin."""
        return np.bincount(np.digitize(np.asarray(values, np.float64), self.edges), minlength=len(self.bins)).astype(
            np.int64
        )


def _measured(name: str, title: str, edges: tuple[float, ...]) -> Quantity:
    names = [f"{low:g} to {high:g}" for low, high in pairwise(edges)]
    return Quantity(name, title, "faces", (f"under {edges[0]:g}", *names, f"from {edges[-1]:g}"), edges)


_TWENTIETHS: Final = tuple(round(0.05 * n, 2) for n in range(1, 20))
_LEVELS: Final = tuple(float(16 * n) for n in range(1, 16))
_OCTAVES: Final = tuple(float(round(64 * 2 ** (n / 2))) for n in range(15))
_SIDES: Final = (16.0, 24.0, 32.0, 48.0, 64.0, 96.0, 128.0, 192.0, 256.0, 384.0, 512.0)

QUANTITIES: Final = {
    one.name: one
    for one in (
        Quantity("classes", "Emotions", "faces", EMOTIONS),
        _measured("confidence", "Confidence", _TWENTIETHS),
        _measured("brightness", "Brightness, grey level", _LEVELS),
        _measured("blur", "Sharpness, variance of the Laplacian", _OCTAVES),
        _measured("size", "Size of faces, pixels", _SIDES),
        Quantity("abstention", "Abstention", "faces", ("answered", "abstained"), rate=True),
        Quantity("reasons", "Reasons for no label", "faces", ("answered", *ABSTENTIONS), rate=True),
        _measured("quality", "Quality of faces", _TWENTIETHS),
        Quantity("detection", "Frames with faces", "frames", ("with a face", "without"), rate=True),
        Quantity("frames", "Frames that decode", "frames", ("decoded", "failed"), rate=True),
        Quantity("failures", "Files by status", "files", ("fine", *FAILED), rate=True),
    )
}
