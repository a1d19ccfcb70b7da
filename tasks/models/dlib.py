"""The weights in a file of dlib's, as far as a network of convolutions, scales and shifts needs them.

Source: dlib's serialize.h, tensor.h and layers.h: an integer is a byte with its number of bytes and its sign, and those
bytes, the lowest first; a tensor is its version, four dimensions and its float32; a layer is its name, its tensor and
what it was made with.
"""

from math import prod
from pathlib import Path

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]

CONVOLUTION = b"\x01\x05con_4"
AFFINE = b"\x01\x07affine_"
VERSION = 2  # of a tensor


def read(path: Path) -> list[Array]:
    """Kernel (height, width, in, out) and bias of each convolution, scale and shift of each affine layer, in order.

    Raises:
        ValueError: no such layers, or one that isn't whole.
    """
    content = path.read_bytes()
    found: list[Array] = []
    place = 0
    while (layer := _next(content, place)) is not None:
        name, place = layer
        values, place = _tensor(content, place)
        if name == AFFINE:
            found += np.split(values, 2)
        else:
            (filters, height, width), place = _integers(content, place, 3)
            if min(filters, height, width) < 1 or len(values) <= filters:
                raise ValueError(f"before byte {place} is no convolution")
            kernel, bias = values[:-filters], values[-filters:]
            found += [kernel.reshape(filters, -1, height, width).transpose(2, 3, 1, 0), bias]
    if not found:
        raise ValueError("no convolution in it, such as dlib writes")
    return found


def _next(content: bytes, place: int) -> tuple[bytes, int] | None:
    """Name of the first layer with a tensor from ``place`` on, and where its tensor begins."""
    found = [(at, name) for name in (CONVOLUTION, AFFINE) if (at := content.find(name, place)) >= 0]
    return (min(found)[1], min(found)[0] + len(min(found)[1])) if found else None


def _tensor(content: bytes, place: int) -> tuple[Array, int]:
    (version, *shape), place = _integers(content, place, 5)
    end = place + 4 * prod(shape)
    if version != VERSION or min(shape) < 1 or end > len(content):
        raise ValueError(f"at byte {place} is no whole tensor")
    return np.frombuffer(content[place:end], "<f4"), end


def _integers(content: bytes, place: int, number: int) -> tuple[list[int], int]:
    found = []
    for _ in range(number):
        head = content[place] if place < len(content) else 0
        size = head & 0x0F
        magnitude = int.from_bytes(content[place + 1 : place + 1 + size], "little")
        found.append(-magnitude if head & 0x80 else magnitude)
        place += 1 + size
    return found, place
