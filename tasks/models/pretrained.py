"""Weights for a backbone: ImageNet's, or those of a file or a bundle."""

import warnings
from pathlib import Path
from typing import Any, Final

from tasks import bundle
from tasks.errors import ParamsError, UsageError
from tasks.models import backbones, dlib, face_resnet
from tasks.models.preprocessing import DEVIATION

SUFFIXES: Final = (".keras", ".h5", ".dat")


def fill(backbone: Any, name: str, weights: str) -> None:
    """Give ``backbone`` (of the class ``name``) its weights.

    Args:
        weights: none | imagenet | a .keras or .h5 file of the backbone | dlib's .dat for FaceResNet | a bundle of a
            `transfer` network or its model.keras, of which the backbone is taken. A .h5 that doesn't end in
            .weights.h5 is taken for one of those that keras.applications publishes.

    Raises:
        ParamsError: no such file, not one of weights, or of another network.
        UsageError: ImageNet's can't be fetched.
    """
    if weights == "none":
        return
    if weights == "imagenet" and name == backbones.FACE:
        raise ParamsError(
            f"model.weights: there are none of ImageNet for {name}. Give dlib_face_recognition_resnet_model_v1.dat, "
            "which the package face_recognition_models has in it, a bundle, or none"
        )
    if weights == "imagenet":
        _copy(_published(name), backbone, name, weights)
        _square(backbone, name)
        return
    path = _file(Path(weights))
    if path.suffix == ".keras":
        _copy(_kept(path), backbone, name, weights)
        return
    if path.suffix == ".dat":
        _dlib(backbone, path, name)
        return
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", UserWarning)  # by which Keras says that it left some weights as they were
            backbone.load_weights(path)
    except (ValueError, OSError, KeyError, TypeError, UserWarning) as error:
        raise ParamsError(_misfit(name, weights, _line(error))) from None
    if not path.name.endswith(".weights.h5"):
        _square(backbone, name)


def _file(path: Path) -> Path:
    found = path / bundle.KERAS if path.is_dir() else path
    if not found.is_file():
        raise ParamsError(f"model.weights: no file at '{found}'. Give imagenet, none, a file of weights or a bundle")
    if found.suffix not in SUFFIXES:
        raise ParamsError(
            f"model.weights: '{found}' is of no kind that is read here. Give a {' or '.join(SUFFIXES)} file or a bundle"
        )
    return found


def _published(name: str) -> Any:
    try:
        return backbones.find(name)(include_top=False, weights="imagenet", input_shape=(224, 224, 3))
    except Exception as error:  # Keras raises just that when a download fails
        raise UsageError(
            f"model.weights: imagenet: the weights of {name} can't be had ({_line(error)}). Without a network: fetch "
            "that file elsewhere and name it (model.weights=PATH) or lay it into ~/.keras/models, name a bundle whose "
            "backbone is taken, or start untrained (model.weights=none)"
        ) from error


def _kept(path: Path) -> Any:
    """The network in a .keras file: the backbone of a transfer network, or the whole of another."""
    from keras import saving

    try:
        network = saving.load_model(path, compile=False, safe_mode=True)
    except (ValueError, OSError, KeyError, TypeError) as error:
        raise ParamsError(f"model.weights: '{path}' is no Keras model that can be read: {_line(error)}") from None
    return next((layer for layer in network.layers if layer.name == "backbone"), network)


def _dlib(backbone: Any, path: Path, name: str) -> None:
    if name != backbones.FACE:
        raise ParamsError(_misfit(name, str(path), f"a .dat file is for {backbones.FACE}"))
    try:
        face_resnet.fill(backbone, dlib.read(path))
    except ValueError as error:
        raise ParamsError(_misfit(name, str(path), _line(error))) from None


def _copy(source: Any, target: Any, name: str, weights: str) -> None:
    given, wanted = ([weight.shape for weight in network.weights] for network in (source, target))
    if given != wanted:
        first = next((f"first {g}, not {w}" for g, w in zip(given, wanted, strict=False) if g != w), "all that are fit")
        raise ParamsError(_misfit(name, weights, f"{len(given)} arrays of {len(wanted)}, {first}"))
    target.set_weights(source.get_weights())


def _square(backbone: Any, name: str) -> None:
    """EfficientNet's published files want their input divided once more by the root of the deviation.

    Keras adds a layer for that to networks that it fills itself. Here it goes into the variance, so that a network is
    the same whatever its weights are from: x / sqrt(v) / sqrt(d) = x / sqrt(v d).
    """
    import numpy as np

    if not name.startswith("EfficientNetB"):
        return
    layer = next(layer for layer in backbone.layers if type(layer).__name__ == "Normalization")
    mean, variance, *count = layer.get_weights()
    layer.set_weights([mean, variance * np.asarray(DEVIATION, np.float32), *count])
    layer.finalize_state()


def _misfit(name: str, weights: str, why: str) -> str:
    return f"model.weights: '{weights}' doesn't fit model.backbone={name}: {why}. Name the backbone that it is of"


def _line(error: Exception) -> str:
    return " ".join(str(error).split())
