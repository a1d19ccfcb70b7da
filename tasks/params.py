"""params.yaml as frozen models: the only reader of that file; everything else is handed a part of it.

Each default here is also what params.yaml ships with, so an empty file trains on the synthetic faces.
"""

from pathlib import Path
from typing import Any, Literal, get_args

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tasks.errors import ParamsError
from tasks.schema import EMOTIONS


class Model(BaseModel):
    """Base of all parameter groups: unknown keys, silent conversions and changes are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class Synthetic(Model):
    """The embedded default data set of drawn faces."""

    per_class: int = Field(230, ge=2, le=1_000_000)  # faces per emotion, over all splits
    identities: int = Field(120, ge=3)


class Data(Model):
    """Where labelled faces come from."""

    source: Literal["synthetic", "class-folders", "fer2013-csv"] = "synthetic"
    path: str = "data/raw"  # not read by `synthetic`
    seed: int = Field(1, ge=0)
    synthetic: Synthetic = Synthetic()


class Prepare(Model):
    """How faces are cleaned and cut into shards."""

    shard_rows: int = Field(4096, ge=1)  # source images per shard
    blank_std: float = Field(1.0, ge=0)  # grey levels; flatter images are blank
    validation: float = Field(0.1, ge=0, lt=1)  # share of `training` moved to `validation`


class ModelParams(Model):
    """Which network."""

    architecture: Literal["cnn5"] = "cnn5"
    dropout: float = Field(0.1, ge=0, lt=1)


class Augment(Model):
    """Ranges of the random warp; borders are filled with the nearest pixel."""

    rotation: float = Field(10.0, ge=0, le=180)  # degrees
    shift: float = Field(0.05, ge=0, lt=1)  # share of the side
    shear: float = Field(0.05, ge=0, lt=1)  # tangent of the angle
    zoom: float = Field(0.05, ge=0, lt=1)  # factor 1 - zoom .. 1 + zoom
    flip: bool = True


class Train(Model):
    """How it is trained."""

    split: str = "training"
    validation: str = "validation"
    epochs: int = Field(12, ge=1)
    batch_size: int = Field(32, ge=1)
    learning_rate: float = Field(0.002, gt=0)
    class_weights: bool = True
    schedule: Literal["cosine", "constant"] = "cosine"
    precision: Literal["auto", "float32", "bfloat16"] = (
        "auto"  # auto: bfloat16 where the processor computes it natively
    )
    seed: int = Field(1, ge=0)
    augment: Augment = Augment()


class Evaluate(Model):
    """What it is judged on."""

    split: str = "public"
    batch_size: int = Field(256, ge=1)


class Floors(Model):
    """Least values that a model must reach, 0..1."""

    accuracy: float = Field(0.5, ge=0, le=1)
    macro_f1: float = Field(0.45, ge=0, le=1)
    recall: dict[Literal[EMOTIONS], float] = {}  # type: ignore[valid-type]


class Promote(Model):
    """When a candidate becomes champion."""

    floors: Floors = Floors()
    min_gain: float = Field(0.0, ge=-1, le=1)  # accuracy over the champion's on the same images


class Limits(Model):
    """What scoring refuses to open."""

    file_bytes: int = Field(64 << 30, ge=1)
    member_bytes: int = Field(1 << 30, ge=1)  # unpacked, held in memory
    members: int = Field(1_000_000, ge=1)
    image_pixels: int = Field(200_000_000, ge=1)
    frame_pixels: int = Field(40_000_000, ge=1)
    unit_seconds: float = Field(3600.0, gt=0)


class Detector(Model):
    """How faces are found in pictures and frames."""

    name: Literal["auto", "yunet", "haar"] = "auto"  # auto: yunet, and haar when its file cannot be had
    weights: str = ""  # YuNet's file; empty: cache, then download
    threshold: float = Field(0.6, gt=0, le=1)
    min_size: int = Field(16, ge=1)  # pixels, shorter side of a face
    max_side: int = Field(1024, ge=64)  # larger pictures are reduced to this before detection
    margin: float = Field(0.0, ge=-0.4, le=2)  # of the box, added on each side before the crop


class Score(Model):
    """How archives are labelled."""

    model: str = "models:/emotion@champion"
    every: int = Field(0, ge=0)  # every n-th frame; 0: use fps
    fps: float = Field(2.0, gt=0)
    abstain_below: float = Field(0.4, ge=0, le=1)
    images_per_unit: int = Field(64, ge=1)
    limits: Limits = Limits()
    detector: Detector = Detector()


class Cluster(Model):
    """Where Dask runs."""

    address: str = ""  # of an existing scheduler; empty: a local cluster
    workers: int = Field(0, ge=0)  # 0: one per core


class Tracking(Model):
    """The MLflow store."""

    uri: str = ""  # empty: MLFLOW_TRACKING_URI, else sqlite under out/
    experiment: str = "fermata"
    model_name: str = "emotion"


class Params(Model):
    """Everything that params.yaml may say."""

    data: Data = Data()
    prepare: Prepare = Prepare()
    model: ModelParams = ModelParams()
    train: Train = Train()
    evaluate: Evaluate = Evaluate()
    promote: Promote = Promote()
    score: Score = Score()
    cluster: Cluster = Cluster()
    tracking: Tracking = Tracking()


# PyYAML lets more than its own error out: 2024-13-45 is a ValueError, `!!bool x` a KeyError, `!!timestamp x` an
# AttributeError, a date before year 1 an OverflowError, brackets a thousand deep a RecursionError.
_NOT_YAML = (yaml.YAMLError, ValueError, LookupError, AttributeError, ArithmeticError, RecursionError)


def load(path: Path = Path("params.yaml"), overrides: tuple[str, ...] = ()) -> Params:
    """Read ``path`` and apply ``overrides`` such as ``train.epochs=3``; without a params.yaml the defaults hold.

    Raises:
        ParamsError: a file that is missing or not YAML, an unknown key, a wrong type, an impossible value.
    """
    try:
        absent = path == Path("params.yaml") and not path.exists()
        data = {} if absent else yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except OSError as error:
        raise ParamsError(
            f"{path}: cannot be read ({error.strerror}). Run from the project's folder or use --params FILE"
        ) from None
    except _NOT_YAML as error:
        raise ParamsError(f"{path}: not valid YAML: {' '.join(str(error).split())}") from None
    if not isinstance(data, dict):
        raise ParamsError(f"{path}: expected groups such as 'train:', received {data!r}")
    for override in overrides:
        _override(data, override)
    return parse(data, str(path))


def parse(data: dict[str, Any], name: str = "params") -> Params:
    """Validate a mapping; ``name`` stands in front of each message."""
    try:
        return Params.model_validate(data)
    except ValidationError as error:
        raise ParamsError("\n".join(f"{name}: {_explain(dict(item))}" for item in error.errors())) from None


def _override(data: dict[str, Any], override: str) -> None:
    key, equals, value = override.partition("=")
    if not equals or not key:
        raise ParamsError(f"--set {override!r}: expected KEY=VALUE, such as --set train.epochs=3")
    *groups, last = key.split(".")
    for group in groups:
        data = data.setdefault(group, {})
        if not isinstance(data, dict):
            raise ParamsError(f"--set {override!r}: {group!r} is a value, not a group")
    try:
        data[last] = yaml.safe_load(value)
    except _NOT_YAML:
        raise ParamsError(f"--set {override!r}: the value is not valid YAML") from None


_EXPECTED = {
    "int_type": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "string_type": "text",
    "dict_type": "a group of keys",
    "model_type": "a group of keys",
}


def _explain(item: dict[str, Any]) -> str:
    """One line for one pydantic error: the key, what was received, what is allowed."""
    location = [str(part) for part in item["loc"] if part != "[key]"]
    key, kind, context = ".".join(location) or "(top)", item["type"], item.get("ctx", {})
    if kind == "extra_forbidden":
        return f"{key}: unknown key (received {item['input']!r}). Allowed here: {', '.join(_siblings(location))}"
    if kind == "literal_error":
        return f"{key}: received {item['input']!r}, allowed: {context['expected']}"
    if kind in _EXPECTED:
        hint = (
            " (YAML reads 1e-3 as text: write 0.001 or 1.0e-3)"
            if kind == "float_type" and isinstance(item["input"], str)
            else ""
        )
        return f"{key}: received {item['input']!r}, expected {_EXPECTED[kind]}{hint}"
    return f"{key}: received {item['input']!r}, {item['msg'][0].lower()}{item['msg'][1:]}"


def _siblings(location: list[str]) -> list[str]:
    model: type[BaseModel] = Params
    for part in location[:-1]:
        annotation = model.model_fields[part].annotation
        candidates = [annotation, *get_args(annotation)]
        model = next(c for c in candidates if isinstance(c, type) and issubclass(c, BaseModel))
    return sorted(model.model_fields)
