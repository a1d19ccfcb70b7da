from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from dlib_file import content

from tasks.errors import ParamsError
from tasks.models import backbones, face_resnet, pretrained, transfer
from tasks.params import ModelParams

Array = npt.NDArray[Any]

pytestmark = pytest.mark.chain


def arrays(seed: int = 0) -> list[Array]:
    """Such as dlib's file has: in the network's shapes, of numbers with which the answers stay finite."""
    draw = np.random.default_rng(seed)
    channels = [(7, 3, 32), *[(3, 32, 32)] * 6]
    for before, after, convolutions in ((32, 64, 8), (64, 128, 6), (128, 256, 6)):
        channels += [(3, before, after), *[(3, after, after)] * (convolutions - 1)]
    made: list[Array] = []
    for side, before, after in channels:
        kernel = draw.normal(0, 1 / np.sqrt(side * side * before), (side, side, before, after))
        made += [kernel, *(draw.normal(mean, 0.1, after) for mean in (0, 1, 0))]
    return [array.astype(np.float32) for array in made]


def test_parameters_and_cells() -> None:
    network = face_resnet.build(112)
    assert network.output_shape == (None, 3, 3, 256)
    assert sum(int(np.prod(weight.shape)) for weight in network.trainable_weights) == 4_400_640
    assert network.count_params() == 4_400_640 + 6_080
    assert face_resnet.build(150).output_shape == (None, 4, 4, 256)


def test_it_computes_what_dlib_does(tmp_path: Path) -> None:
    """Convolution by convolution, in numpy, as dlib's documentation describes its layers."""
    given = arrays()
    (tmp_path / "a.dat").write_bytes(content(given))
    network = transfer.build(ModelParams(backbone="FaceResNet", weights=str(tmp_path / "a.dat")), 150)
    face = np.random.default_rng(1).integers(0, 256, (1, 150, 150, 3)).astype(np.float32)
    found = np.asarray(network.get_layer("backbone")(face, training=False))[0]
    assert found == pytest.approx(_dlib(face[0], given), rel=1e-3, abs=1e-3)


def test_files_that_do_not_fit(tmp_path: Path) -> None:
    (tmp_path / "short.dat").write_bytes(content(arrays()[:8]))
    (tmp_path / "other.dat").write_bytes(content([np.ones((3, 3, 3, 32), np.float32), *arrays()[1:]]))
    (tmp_path / "none.dat").write_bytes(b"nothing")
    network = backbones.untrained("FaceResNet", 112)
    for name, why in (
        ("short", "doesn't fit .*8 arrays, not 108"),
        ("other", "doesn't fit"),
        ("none", "doesn't fit .*no convolution in it"),
    ):
        with pytest.raises(ParamsError, match=f"{name}.dat' {why}"):
            pretrained.fill(network, "FaceResNet", str(tmp_path / f"{name}.dat"))
    with pytest.raises(ParamsError, match=r"doesn't fit model.backbone=VGG16: a .dat file is for FaceResNet"):
        pretrained.fill(network, "VGG16", str(tmp_path / "short.dat"))
    with pytest.raises(ParamsError, match=r"none of ImageNet for FaceResNet. Give dlib_face"):
        pretrained.fill(network, "FaceResNet", "imagenet")


def _dlib(face: Array, given: list[Array]) -> Array:
    left = iter(given)

    def convolved(x: Array, stride: int, border: int) -> Array:
        kernel, bias, scale, shift = (next(left) for _ in range(4))
        side = len(kernel)
        x = np.pad(x, ((border, border), (border, border), (0, 0)))
        windows = np.lib.stride_tricks.sliding_window_view(x, (side, side), (0, 1))[::stride, ::stride]
        found: Array = np.einsum("yxcij,ijcf->yxf", windows, kernel, optimize=True)
        return (found + bias) * scale + shift

    x = np.maximum(convolved((face - [122.782, 117.001, 104.298]) / 256, 2, 0), 0)
    x = np.lib.stride_tricks.sliding_window_view(x, (3, 3), (0, 1))[::2, ::2].max((-1, -2))
    for stage, blocks in enumerate((3, 4, 3, 3)):
        for block in range(blocks):
            down = stage > 0 and block == 0
            short = np.lib.stride_tricks.sliding_window_view(x, (2, 2), (0, 1))[::2, ::2].mean((-1, -2)) if down else x
            inner = convolved(np.maximum(convolved(x, 2 if down else 1, 0 if down else 1), 0), 1, 1)
            total: Array = np.zeros(np.maximum(inner.shape, short.shape))
            total[: inner.shape[0], : inner.shape[1], : inner.shape[2]] += inner
            total[: short.shape[0], : short.shape[1], : short.shape[2]] += short
            x = np.maximum(total, 0)
    return x
