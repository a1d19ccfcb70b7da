"""Which column of a table is which: named in ``data.columns``, or told by the types and by Hugging Face's metadata."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import pyarrow as pa

from tasks.errors import SourceError
from tasks.params import Columns, Data

KIND: Final = b"fermata.table"  # in the metadata of Fermata's own tables


class Fields(NamedTuple):
    """Names of columns; empty: not there."""

    image: str
    label: str
    names: tuple[str, ...] = ()  # words that the label's numbers stand for
    split: str = ""
    group: str = ""
    key: str = ""
    copy: str = ""  # set in rows that Fermata made by warping others


def fields(schema: Any, features: Mapping[str, Any], data: Data, path: str) -> Fields:
    """Find the columns of one table.

    Args:
        schema: pa.Schema of the table.
        features: Hugging Face's description of the columns; of the schema's own metadata where it has one.
        path: of the table, for messages.

    Raises:
        SourceError: a column is missing, or more than one may be meant.
    """
    wanted, described = data.columns, metadata(schema) or features
    shard = (schema.metadata or {}).get(KIND) == b"shard"

    def needed(name: str, key: str) -> str:
        if schema.get_field_index(name) < 0:
            received = ", ".join(map(repr, schema.names[:12]))
            raise SourceError(f"data.path: {path!r} has no column {name!r} (data.columns.{key}). Received: {received}")
        return name

    label = needed(wanted.label, "label")
    if not _readable(schema.field(label).type):
        raise SourceError(f"data.path: column {label!r} of {path!r} holds {schema.field(label).type}, expected labels")
    split = wanted.split if wanted.split in schema.names or wanted.split != Columns().split else ""
    group = wanted.group or ("group" if shard else "")
    return Fields(
        _named_image(schema, needed(wanted.image, "image"), path)
        if wanted.image
        else _image(schema, described, wanted, path),
        label,
        _class_names(described.get(label)),
        needed(split, "split") if split else "",
        needed(group, "group") if group else "",
        "key" if shard else "",
        "augmented_from" if shard else "",
    )


def metadata(schema: Any) -> Mapping[str, Any]:
    """Hugging Face's features that ``datasets`` keeps in the schema; empty without them."""
    try:
        features = json.loads((schema.metadata or {}).get(b"huggingface", b"{}"))["info"]["features"]
    except (ValueError, LookupError, TypeError, RecursionError):
        return {}
    return features if isinstance(features, dict) else {}


def _class_names(feature: Any) -> tuple[str, ...]:
    names = feature.get("names") if isinstance(feature, dict) and feature.get("_type") == "ClassLabel" else None
    return tuple(map(str, names)) if isinstance(names, list) else ()


def _image(schema: Any, features: Mapping[str, Any], wanted: Columns, path: str) -> str:
    """The one column that is an image by its description, else by its type, else a path by its name."""
    columns = [field for field in schema if field.name not in (wanted.label, wanted.split, wanted.group)]
    tests: tuple[Callable[[Any], bool], ...] = (
        lambda field: _described_as_image(features.get(field.name)) and not pa.types.is_list(field.type),
        lambda field: _is_pair(field.type),
        lambda field: _is_bytes(field.type),
        lambda field: _is_text(field.type) and field.name in (wanted.path, "image"),
    )
    for test in tests:
        found: Sequence[str] = [field.name for field in columns if test(field)]
        if len(found) > 1:
            raise SourceError(f"data.path: {path!r} has images in {', '.join(found)}. Name one in data.columns.image")
        if found:
            return found[0]
    received = ", ".join(map(repr, schema.names[:12]))
    raise SourceError(
        f"data.path: {path!r} has no column of images. Name it in data.columns.image. Received: {received}"
    )


def _named_image(schema: Any, name: str, path: str) -> str:
    kind = schema.field(name).type
    if not (_is_pair(kind) or _is_bytes(kind) or _is_text(kind)):
        raise SourceError(f"data.path: column {name!r} of {path!r} holds {kind}, expected images: bytes or paths")
    return name


def _described_as_image(feature: Any) -> bool:
    return isinstance(feature, dict) and feature.get("_type") == "Image"


def _is_pair(kind: Any) -> bool:
    return bool(pa.types.is_struct(kind) and kind.get_field_index("bytes") >= 0)


def _is_bytes(kind: Any) -> bool:
    return bool(pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind))


def _is_text(kind: Any) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _readable(kind: Any) -> bool:
    """Whether a cell is one word or number."""
    plain = kind.value_type if pa.types.is_dictionary(kind) else kind
    return pa.types.is_primitive(plain) or _is_text(plain) or _is_bytes(plain) or pa.types.is_null(plain)
