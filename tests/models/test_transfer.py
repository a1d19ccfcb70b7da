from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tasks.errors import ParamsError, UsageError
from tasks.models import backbones, cnn4, pretrained, transfer
from tasks.params import ModelParams

pytestmark = pytest.mark.chain

FACES = np.random.default_rng(0).uniform(0, 255, (2, 32, 32, 3)).astype(np.float32)


def params(weights: str = "none", backbone: str = "MobileNetV3Small") -> ModelParams:
    return ModelParams(architecture="transfer", backbone=backbone, weights=weights)


@pytest.fixture(scope="module")
def network() -> Any:
    return transfer.build(params(), 32)


@pytest.fixture(scope="module")
def other() -> Any:
    return backbones.untrained("MobileNetV3Small", 32)


def same(first: Any, second: Any) -> bool:
    pairs = zip(first.get_weights(), second.get_weights(), strict=True)
    return all(np.array_equal(a, b) for a, b in pairs)


def test_the_backbone_can_be_frozen(network: Any) -> None:
    backbone = network.get_layer("backbone")
    trainable = len(network.trainable_weights)
    backbone.trainable = False
    try:
        assert [weight.path for weight in network.trainable_weights] == ["probabilities/kernel", "probabilities/bias"]
    finally:
        backbone.trainable = True
    assert len(network.trainable_weights) == trainable > 2


@pytest.mark.parametrize(("size", "side"), [(16, 32), (40, 40)])
def test_small_faces_are_enlarged(size: int, side: int) -> None:
    network = transfer.build(params(backbone="VGG16"), size)
    assert network.input_shape == (None, size, size, 3)
    assert network.get_layer("backbone").input_shape == (None, side, side, 3)
    resized = [layer.interpolation for layer in network.layers if "resizing" in layer.name]
    assert resized == (["bilinear"] if side != size else [])


def test_the_least_sides_are_those_of_keras() -> None:
    for name in ("InceptionV3", "Xception", "MobileNetV3Small", "VGG16"):
        with pytest.raises(ValueError, match=r"(?i)input size must be at least"):
            backbones.untrained(name, backbones.least(name) - 1)


def test_the_name_of_the_nested_network_changes_nothing() -> None:
    # Keras reads from the name of an EfficientNetV2 how to scale pixels: one that begins with b is of the B family.
    made = backbones.untrained("EfficientNetV2S", 32)
    assert made.name == "backbone"
    assert next(layer.scale for layer in made.layers if "rescaling" in layer.name) == 1 / 128


def test_an_unknown_backbone() -> None:
    with pytest.raises(ParamsError, match=r"no 'efficientnet-b0' in keras.applications. Did you mean EfficientNetB0"):
        transfer.build(params(backbone="efficientnet-b0"), 48)
    with pytest.raises(ParamsError, match=r"no 'zzz' in keras.applications. There are ConvNeXtBase, .*, Xception"):
        transfer.build(params(backbone="zzz"), 48)
    assert {"VGG16", "ResNet50", "InceptionV3", "EfficientNetB0"} < set(transfer.backbones())


@pytest.mark.parametrize("name", ["some.weights.h5", "some.keras"])
def test_a_file_of_the_backbones_weights(network: Any, other: Any, tmp_path: Path, name: str) -> None:
    backbone = network.get_layer("backbone")
    (backbone.save_weights if name.endswith("h5") else backbone.save)(tmp_path / name)
    other.set_weights([np.zeros_like(weight) for weight in other.get_weights()])
    pretrained.fill(other, "MobileNetV3Small", str(tmp_path / name))
    assert same(other, backbone)


def test_the_backbone_of_a_bundle(network: Any, tmp_path: Path) -> None:
    network.save(tmp_path / "model.keras")
    made = transfer.build(params(str(tmp_path)), 48)  # made for another size of face
    assert same(made.get_layer("backbone"), network.get_layer("backbone"))
    assert not same(made.get_layer("probabilities"), network.get_layer("probabilities"))


def test_a_network_survives_its_file(network: Any, tmp_path: Path) -> None:
    from keras import saving

    network.save(tmp_path / "model.keras")
    again = saving.load_model(tmp_path / "model.keras", compile=False)
    assert np.asarray(again(FACES)) == pytest.approx(np.asarray(network(FACES)), abs=1e-6)
    assert again.get_layer("backbone").name == "backbone"


def test_weights_of_another_network(network: Any, other: Any, tmp_path: Path) -> None:
    backbones.untrained("VGG16", 32).save_weights(tmp_path / "vgg16.weights.h5")
    cnn4.build(ModelParams(), 32).save(tmp_path / "model.keras")
    for name in ("vgg16.weights.h5", "model.keras"):
        with pytest.raises(ParamsError, match=f"{name}' doesn't fit model.backbone=MobileNetV3Small: "):
            pretrained.fill(other, "MobileNetV3Small", str(tmp_path / name))


def test_files_that_hold_no_weights(other: Any, tmp_path: Path) -> None:
    for name in ("a.keras", "a.weights.h5", "a.h5", "a.txt"):
        (tmp_path / name).write_text("no weights")
        with pytest.raises(ParamsError, match=f"model.weights: .*{name}"):
            pretrained.fill(other, "MobileNetV3Small", str(tmp_path / name))
    with pytest.raises(ParamsError, match=r"no file at .*nowhere.*Give imagenet, none"):
        transfer.build(params(str(tmp_path / "nowhere")), 32)


def test_imagenet_without_a_network(monkeypatch: pytest.MonkeyPatch) -> None:
    if list((Path.home() / ".keras" / "models").glob("*mobilenet_v3_small*")):
        pytest.skip("ImageNet's weights are here")
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")  # where nothing listens
    with pytest.raises(UsageError, match=r"imagenet: the weights of MobileNetV3Small can't be had \(URL fetch.*none"):
        transfer.build(params("imagenet"), 32)


def test_efficientnets_published_weights_compute_what_they_do_in_keras(tmp_path: Path) -> None:
    """Keras divides the input of the filled network by the root of the deviation: here that is in the variance."""
    source = backbones.untrained("EfficientNetB0", 32)
    layer = next(layer for layer in source.layers if "normalization" in layer.name)
    layer.set_weights([np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225]) ** 2, np.array(0)])
    layer.finalize_state()
    theirs = np.asarray(layer(FACES / 255)) / np.sqrt([0.229, 0.224, 0.225])
    source.save(tmp_path / "efficientnetb0_notop.h5")

    # Into the same network, for time's sake: the file's values replace those that are there.
    layer.set_weights([np.zeros(3), np.ones(3), np.array(0)])
    pretrained.fill(source, "EfficientNetB0", str(tmp_path / "efficientnetb0_notop.h5"))
    assert np.asarray(layer(FACES / 255)) == pytest.approx(theirs, rel=1e-4, abs=1e-4)
