"""A .keras archive with its kernels in half the room.

The kernels are stored as float16 and every other array as before. The network's own description stays float32, so
`keras.saving.load_model` gives a float32 network anywhere, without Fermata: Keras converts what it reads to the type of
the variable. A network under a float16 policy would compute in float16, which is slow on CPUs, and its first layer's
variance of levels 0..255 would lose digits.
"""

import io
import zipfile
from pathlib import Path
from typing import Any, Final

import numpy as np

WEIGHTS: Final = "model.weights.h5"


def halve(path: Path) -> None:
    """Rewrite the .keras archive ``path`` in place with its kernels as float16."""
    with zipfile.ZipFile(path) as archive:
        parts = {info.filename: archive.read(info) for info in archive.infolist()}
    parts[WEIGHTS] = _halved(parts[WEIGHTS])
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in parts.items():
            archive.writestr(zipfile.ZipInfo(name), data)  # without the time: equal weights give equal files


def _halved(data: bytes) -> bytes:
    import h5py

    result = io.BytesIO()
    with h5py.File(io.BytesIO(data), "r") as source, h5py.File(result, "w") as target:
        _copy(source, target)
    return result.getvalue()


def _copy(source: Any, target: Any) -> None:
    """Copy a group with all that is below it."""
    import h5py

    target.attrs.update(source.attrs)
    for name, item in source.items():
        if isinstance(item, h5py.Group):
            _copy(item, target.create_group(name))
        else:
            written = target.create_dataset(name, data=_small(item[()]))
            written.attrs.update(item.attrs)


def _small(values: Any) -> Any:
    """A kernel as float16; vectors (biases, the statistics of batch norm) stay: they weigh little and range widely."""
    if values.dtype != np.float32 or values.ndim < 2 or np.abs(values).max(initial=0.0) > np.finfo(np.float16).max:
        return values
    return values.astype(np.float16)
