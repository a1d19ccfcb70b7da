"""What a search may change, and the parameters of one of its trials."""

import difflib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic import BaseModel

from tasks.errors import ParamsError
from tasks.params import ModelParams, Params, Train, parse

# Set by the search itself (search.epochs, search.part), or nothing that a network gets better by.
KEPT: Final = frozenset(
    f"train.{name}"
    for name in ("deterministic", "device", "epochs", "fold", "memory", "part", "seed", "split", "validation")
)


@dataclass(frozen=True)
class Range:
    """Numbers from ``low`` to ``high``; with ``log`` drawn evenly by their logarithm; with ``whole`` no fractions."""

    low: float
    high: float
    log: bool
    whole: bool


@dataclass(frozen=True)
class Choice:
    """Some values, as JSON: Optuna keeps texts and numbers, and a list of widths is neither."""

    choices: tuple[str, ...]


Space = dict[str, Range | Choice]


def space(params: Params) -> Space:
    """``params.search.space``, looked up and tried: each end and each choice is a value that the parameter may have.

    Raises:
        ParamsError: an empty space, an unknown parameter (those with like names are listed), one that takes no range,
            or a value that it doesn't take.
    """
    if not params.search.space:
        raise ParamsError("search.space: received {}, nothing to search. Name parameters, such as train.batch_size")
    known = _known()
    return {name: _dimension(params, name, wanted, known) for name, wanted in sorted(params.search.space.items())}


def configured(params: Params, values: Mapping[str, Any]) -> Params:
    """``params`` with dotted names set to ``values``.

    Raises:
        ParamsError: they don't go together.
    """
    tree = params.model_dump()
    for name, value in values.items():
        *groups, last = name.split(".")
        place = tree
        for group in groups:
            place = place[group]
        place[last] = value
    return parse(tree, "search.space")


def trial(params: Params, values: Mapping[str, Any]) -> Params:
    """The parameters of one trial: with ``values``, and as short as the search's trials are."""
    return configured(params, {**values, "train.epochs": params.search.epochs, "train.part": params.search.part})


def values(space: Space, drawn: Mapping[str, Any]) -> dict[str, Any]:
    """What a sampler drew, as parameters have it."""
    return {
        name: json.loads(value) if isinstance(space[name], Choice) else value
        for name, value in drawn.items()
        if name in space
    }


def _dimension(params: Params, name: str, wanted: Any, known: Mapping[str, Any]) -> Range | Choice:
    if name not in known:
        close = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
        said = f"Close to it: {', '.join(close)}" if close else "Parameters of `model` and `train` can be searched"
        why = "is set by the search" if name in KEPT else "no such parameter to search"
        raise ParamsError(f"search.space: {name}: {why}. {said}")
    if isinstance(wanted, dict):
        for choice in wanted["choices"]:
            configured(params, {name: choice})
        return Choice(tuple(json.dumps(choice) for choice in wanted["choices"]))
    if known[name] not in (int, float):
        raise ParamsError(f"search.space: {name}: received {wanted!r}, it takes no range: give {{choices: [...]}}")
    for end in wanted[:2]:
        configured(params, {name: end})
    return Range(wanted[0], wanted[1], log=wanted[2:] == ["log"], whole=known[name] is int)


def _known() -> dict[str, Any]:
    """Dotted name -> type of all parameters that can be searched."""
    found = _leaves(ModelParams, "model") | _leaves(Train, "train")
    return {name: kind for name, kind in found.items() if name not in KEPT}


def _leaves(group: type[BaseModel], prefix: str) -> dict[str, Any]:
    leaves: dict[str, Any] = {}
    for name, field in group.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            leaves |= _leaves(kind, f"{prefix}.{name}")
        else:
            leaves[f"{prefix}.{name}"] = kind
    return leaves
