"""The words and tables of Fermata: emotions, statuses, reasons and Arrow schemas with their versions."""

import json
from collections.abc import Mapping
from typing import Final

import pyarrow as pa

EMOTIONS: Final = ("angry", "disgust", "fear", "happy", "neutral", "sad", "surprise")
IMAGE_SIZE: Final = 48  # pixels; side of a training crop and of a model's input

# One row of `files` per file and per archive member ends in exactly one of these.
FILE_STATUSES: Final = (
    "scored", "no_face", "decode_error", "unsupported", "too_large", "refused", "timeout", "duplicate",
)  # fmt: skip
FRAME_STATUSES: Final = ("scored", "no_face", "decode_error")
# Why `prepare` left an image out.
REASONS: Final = ("undecodable", "wrong_size", "blank", "duplicate", "duplicate_across_splits")

SHARD_VERSION: Final = "1"
SCORE_VERSION: Final = "1"


def _versioned(name: str, version: str, fields: list[pa.Field], extra: Mapping[str, str] | None = None) -> pa.Schema:
    metadata = {"fermata.table": name, "fermata.version": version, **(extra or {})}
    return pa.schema(fields, metadata=metadata)


def _required(name: str, kind: pa.DataType) -> pa.Field:
    return pa.field(name, kind, nullable=False)


# Hugging Face `datasets` decodes the column as images only with this key in the metadata.
_HUGGINGFACE = json.dumps(
    {
        "info": {
            "features": {
                "key": {"dtype": "string", "_type": "Value"},
                "split": {"dtype": "string", "_type": "Value"},
                "label": {"names": list(EMOTIONS), "_type": "ClassLabel"},
                "image": {"_type": "Image"},
                "sha256": {"dtype": "string", "_type": "Value"},
                "width": {"dtype": "int32", "_type": "Value"},
                "height": {"dtype": "int32", "_type": "Value"},
                "mean": {"dtype": "float32", "_type": "Value"},
                "std": {"dtype": "float32", "_type": "Value"},
            }
        }
    }
)
_IMAGE = pa.struct([pa.field("bytes", pa.binary()), pa.field("path", pa.string())])

# One cleaned face. `image` is a PNG of IMAGE_SIZE x IMAGE_SIZE grey pixels, `sha256` that of those pixels,
# `width` and `height` (pixels) the original's, `mean` and `std` grey levels 0..255 after normalising.
SHARD: Final = _versioned(
    "shard",
    SHARD_VERSION,
    [
        _required("key", pa.string()),
        _required("split", pa.string()),
        _required("label", pa.int64()),
        _required("image", _IMAGE),
        _required("sha256", pa.string()),
        _required("width", pa.int32()),
        _required("height", pa.int32()),
        _required("mean", pa.float32()),
        _required("std", pa.float32()),
    ],
    {"huggingface": _HUGGINGFACE},
)

# One image that was left out, with its reason and the original bytes (null when they could not be read).
REJECT: Final = _versioned(
    "reject",
    SHARD_VERSION,
    [
        _required("key", pa.string()),
        _required("split", pa.string()),
        _required("label", pa.int64()),
        _required("reason", pa.string()),
        _required("detail", pa.string()),
        pa.field("duplicate_of", pa.string()),
        pa.field("image", _IMAGE),
    ],
)

_DICTIONARY = pa.dictionary(pa.int32(), pa.string())

# One face in one sampled frame. Boxes and landmarks are pixels of the upright picture; angles are degrees.
FACES: Final = _versioned(
    "faces",
    SCORE_VERSION,
    [
        _required("source", pa.string()),
        pa.field("member", pa.string()),
        _required("source_sha256", pa.string()),
        _required("media_type", pa.string()),
        _required("frame", pa.int64()),
        pa.field("pts_ms", pa.float64()),
        _required("face", pa.int32()),
        pa.field("track", pa.int32()),
        _required("x", pa.float32()),
        _required("y", pa.float32()),
        _required("w", pa.float32()),
        _required("h", pa.float32()),
        _required("det_score", pa.float32()),
        pa.field("landmarks", pa.list_(pa.float32())),  # x1 y1 .. x5 y5; null without landmarks
        _required("size", pa.float32()),
        _required("blur", pa.float32()),
        _required("brightness", pa.float32()),
        pa.field("yaw", pa.float32()),
        pa.field("pitch", pa.float32()),
        pa.field("roll", pa.float32()),
        _required("emotion", pa.string()),
        _required("confidence", pa.float32()),
        _required("abstained", pa.bool_()),
        *[_required(f"p_{emotion}", pa.float32()) for emotion in EMOTIONS],
        pa.field("emotion_smoothed", pa.string()),
        _required("unit", pa.string()),
        _required("model_version", _DICTIONARY),
        _required("run_id", _DICTIONARY),
    ],
)

# One sampled frame; pictures have a single frame 0 without a time.
FRAMES: Final = _versioned(
    "frames",
    SCORE_VERSION,
    [
        _required("source", pa.string()),
        pa.field("member", pa.string()),
        _required("frame", pa.int64()),
        pa.field("pts_ms", pa.float64()),
        _required("status", pa.string()),
        _required("faces", pa.int32()),
        pa.field("error", pa.string()),
    ],
)

# One file, and one row more per member of an archive.
FILES: Final = _versioned(
    "files",
    SCORE_VERSION,
    [
        _required("source", pa.string()),
        pa.field("member", pa.string()),
        pa.field("source_sha256", pa.string()),
        _required("media_type", pa.string()),  # image, video, archive or other
        _required("bytes", pa.int64()),
        _required("status", pa.string()),
        pa.field("frames_total", pa.int64()),
        _required("frames_sampled", pa.int64()),
        _required("frames_failed", pa.int64()),
        _required("faces", pa.int64()),
        pa.field("duplicate_of", pa.string()),
        _required("seconds", pa.float64()),
        pa.field("error", pa.string()),
    ],
)
