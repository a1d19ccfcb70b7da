"""What a scoring run says about itself: run.json as one frozen record."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tasks.errors import OutputError
from tasks.files import read_json


@dataclass(frozen=True)
class Run:
    """run.json; a key that an older or unfinished run lacks is empty, never an error.

    ``seconds`` is wall time, ``fps`` frames per second, ``abstain_below`` a confidence 0..1. ``abstain`` has the other
    thresholds under which a label is withheld, ``prior`` the class shares that labels are under.
    """

    state: str
    started: str
    finished: str
    seconds: float
    run_id: str
    sources: tuple[str, ...]
    model: Mapping[str, Any]
    detector: Mapping[str, Any]
    every: int
    fps: float
    mode: str
    most_fps: float
    abstain_below: float
    abstain: Mapping[str, Any]
    prior: Mapping[str, Any]
    warnings: tuple[str, ...]
    totals: Mapping[str, Any]
    versions: Mapping[str, Any]
    params: Mapping[str, Any]

    @property
    def sampling(self) -> str:
        """How frames were picked, in words."""
        if self.every > 0:
            return "every frame" if self.every == 1 else f"one frame in {self.every}"
        if self.mode == "keyframes":
            return "key frames"
        if self.mode == "adaptive":
            return f"{self.fps:g} to {self.most_fps:g} frames per second"
        return f"{self.fps:g} frames per second" if self.fps else "–"


def read_run(folder: Path) -> Run:
    """Read ``folder/run.json``.

    Raises:
        OutputError: the file is missing, not JSON, or a group in it has the wrong type.
    """
    path = folder / "run.json"
    try:
        data = read_json(path)
    except FileNotFoundError:
        raise OutputError(f"{folder}: no run.json, so this is not a scored folder. Score into it first") from None
    except (OSError, json.JSONDecodeError, UnicodeDecodeError) as error:
        raise OutputError(f"{path}: cannot be read ({error})") from None
    if not isinstance(data, dict):
        raise OutputError(f"{path}: expected an object, received {type(data).__name__}")
    sampling = _group(path, data, "sampling")
    return Run(
        state=str(data.get("state") or "unknown"),
        started=str(data.get("started") or ""),
        finished=str(data.get("finished") or ""),
        seconds=_number(path, data, "seconds"),
        run_id=str(data.get("run_id") or ""),
        sources=_texts(path, data, "sources"),
        model=_group(path, data, "model"),
        detector=_group(path, data, "detector"),
        every=int(_number(path, sampling, "every")),
        fps=_number(path, sampling, "fps"),
        mode=str(sampling.get("mode") or ""),
        most_fps=_number(path, sampling, "most_fps"),
        abstain_below=_number(path, data, "abstain_below"),
        abstain=_group(path, data, "abstain"),
        prior=_group(path, data, "prior"),
        warnings=_texts(path, data, "warnings"),
        totals=_group(path, data, "totals"),
        versions=_group(path, data, "versions"),
        params=_group(path, data, "params"),
    )


def _group(path: Path, data: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = data.get(key) or {}
    if not isinstance(value, dict):
        raise OutputError(f"{path}: {key}: expected an object, received {value!r}")
    return value


def _texts(path: Path, data: Mapping[str, Any], key: str) -> tuple[str, ...]:
    value = data.get(key) or []
    if not isinstance(value, list):
        raise OutputError(f"{path}: {key}: expected a list, received {value!r}")
    return tuple(str(item) for item in value)


def _number(path: Path, data: Mapping[str, Any], key: str) -> float:
    value = data.get(key) or 0
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise OutputError(f"{path}: {key}: expected a number, received {value!r}")
    return float(value)
