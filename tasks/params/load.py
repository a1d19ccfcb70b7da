"""Read params.yaml: the only reader of that file; everything else is handed a part of it."""

from pathlib import Path
from typing import Any, get_args

import yaml
from pydantic import BaseModel, ValidationError

from tasks.errors import ParamsError
from tasks.params.params import Params

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
    "tuple_type": "a list",
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
