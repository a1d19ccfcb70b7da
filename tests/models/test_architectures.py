"""What all architectures have in common: the contract, and exact numbers of parameters."""

from collections.abc import Callable
from typing import Any, get_args

import numpy as np
import pytest

from tasks.errors import ParamsError
from tasks.models import ARCHITECTURES
from tasks.models.sizes import sizes
from tasks.params import ModelParams

pytestmark = pytest.mark.chain

PARAMS = ModelParams(weights="none")
SMALL = ModelParams(weights="none", backbone="MobileNetV3Small")
# (trainable, other) for 48 pixels
COUNTS = {
    "cnn4": (320_167, 896),
    "cnn5": (1_326_567, 2_176),
    "vgg": (40_377_671, 3_840),
    "resnet": (1_557_159, 2_816),
    "mini_xception": (49_927, 1_472),
    "student": (134_967, 3_776),
    "transfer": (4_016_515, 42_023),
}


@pytest.fixture(scope="module")
def built() -> Callable[[str], Any]:
    """Each network for 48 pixels, made once."""
    kept: dict[str, Any] = {}

    def build(name: str) -> Any:
        if name not in kept:
            kept[name] = ARCHITECTURES[name](PARAMS, 48)
        return kept[name]

    return build


def test_every_name_of_the_parameters_is_there() -> None:
    assert set(get_args(ModelParams.model_fields["architecture"].annotation)) == set(ARCHITECTURES) == set(COUNTS)


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_counts_are_exact(name: str, built: Callable[[str], Any]) -> None:
    found = sizes(lambda params, size: built(name))
    assert (found.trainable, found.other) == COUNTS[name]
    assert found.float32 == 4 * sum(COUNTS[name])
    doc = ARCHITECTURES[name].__doc__ or ""
    assert all(f"{count:,}" in doc for count in COUNTS[name])


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_pixels_in_probabilities_out(name: str, built: Callable[[str], Any]) -> None:
    faces = np.random.default_rng(0).uniform(0, 255, (2, 48, 48, 3)).astype(np.float32)
    network = built(name)
    assert network.name == name
    assert [tensor.name for tensor in network.inputs] == ["pixels"]
    found = np.asarray(network(faces))
    assert found.shape == (2, 7)
    assert found.dtype == np.float32
    assert found.sum(axis=1) == pytest.approx(np.ones(2), abs=1e-5)
    assert np.abs(found[0] - found[1]).max() > 0  # it looks at the pixels


@pytest.mark.parametrize("name", [name for name in ARCHITECTURES if name != "transfer"])
def test_light_and_contrast_do_not_matter(name: str, built: Callable[[str], Any]) -> None:
    faces = np.random.default_rng(0).uniform(50, 150, (1, 48, 48, 3)).astype(np.float32)
    network = built(name)
    assert np.asarray(network(faces * 1.5 + 20)) == pytest.approx(np.asarray(network(faces)), abs=1e-4)


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_small_and_large_faces(name: str) -> None:
    for size in (16, 24 if name == "vgg" else 100):  # at 100 pixels vgg has 97 million parameters
        network = ARCHITECTURES[name](SMALL, size)
        assert network.input_shape == (None, size, size, 3)
        assert network.output_shape == (None, 7)


@pytest.mark.parametrize(("name", "least"), [("cnn4", 8), ("cnn5", 16), ("vgg", 16), ("mini_xception", 6)])
def test_faces_that_are_too_small(name: str, least: int) -> None:
    assert ARCHITECTURES[name](PARAMS, least).output_shape == (None, 7)
    with pytest.raises(ParamsError, match=f"{name} takes faces of at least {least} pixels, received {least - 1}"):
        ARCHITECTURES[name](PARAMS, least - 1)


@pytest.mark.parametrize("name", [name for name in ARCHITECTURES if name != "vgg"])
def test_bfloat16_inside_float32_outside(name: str) -> None:
    import keras

    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        network = ARCHITECTURES[name](SMALL, 32)
    finally:
        keras.config.set_dtype_policy("float32")
    assert network.output.dtype == "float32"
    assert "bfloat16" in {layer.compute_dtype for layer in network.layers}
    assert {weight.dtype for weight in network.trainable_weights} == {"float32"}


def test_several_emotions_per_face() -> None:
    params = ModelParams(weights="none", head="sigmoid")
    faces = np.random.default_rng(0).uniform(0, 255, (2, 32, 32, 3)).astype(np.float32)
    for name in ("cnn4", "mini_xception", "student"):
        network = ARCHITECTURES[name](params, 32)
        assert network.get_layer("probabilities").activation.__name__ == "sigmoid"
        assert not np.allclose(np.asarray(network(faces)).sum(axis=1), 1, atol=1e-3)


@pytest.mark.parametrize(("name", "drops"), [("cnn4", 3), ("cnn5", 4), ("mini_xception", 1), ("student", 1)])
def test_the_dropout_is_the_one_that_was_asked_for(name: str, drops: int) -> None:
    network = ARCHITECTURES[name](ModelParams(dropout=0.4), 32)
    assert [layer.rate for layer in network.layers if "dropout" in layer.name] == [0.4] * drops


def test_the_students_widths_are_those_of_the_parameters() -> None:
    def expected(*widths: int) -> int:
        total, before = 3 * 32 * 9 + 2 * 32, 32
        for width in widths:
            for _ in range(3):
                total += before * 9 + 2 * before + before * width + 2 * width
                before = width
        return total + before * 7 + 7

    build = ARCHITECTURES["student"]
    assert sizes(build).trainable == expected(48, 96, 192)
    assert sizes(build, ModelParams(widths=(16, 24))).trainable == expected(16, 24)


def test_the_student_fits_a_device() -> None:
    found = sizes(ARCHITECTURES["student"])
    assert found.trainable + found.other < 300_000
    assert found.int8 < 300_000


def test_mini_xception_has_the_papers_parameters() -> None:
    # The authors' code has 58,423 for one channel; ours have three, and a dense layer for the last convolution.
    colour, convolution, dense = 2 * 9 * 8, 3 * 3 * 128 * 7 + 7, 128 * 7 + 7
    assert sum(COUNTS["mini_xception"]) == 58_423 + colour - convolution + dense


def test_vggs_first_dense_layer_sees_the_size() -> None:
    kernels = 9 * (3 * 64 + 64 * 64 + 64 * 128 + 128 * 128 + 128 * 256 + 256 * 256 + 256 * 512 + 512 * 512)
    offsets_and_scales = 2 * (64 + 128 + 256 + 512) * 3
    dense = (9 * 512 + 1) * 4096 + 4097 * 4096 + 4097 * 7
    assert COUNTS["vgg"][0] == kernels + offsets_and_scales + dense
