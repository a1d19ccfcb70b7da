"""The words and tables of Fermata: emotions, statuses, reasons and Arrow schemas with their versions."""

import json
from collections.abc import Mapping
from typing import Any, Final

import pyarrow as pa

EMOTIONS: Final = ("angry", "disgust", "fear", "happy", "neutral", "sad", "surprise")
IMAGE_SIZE: Final = 48  # pixels; FER-2013's side, and the default side of a prepared face and of a model's input

# One row of `files` per file and per archive member ends in exactly one of these.
FILE_STATUSES: Final = (
    "scored", "no_face", "decode_error", "unsupported", "too_large", "refused", "timeout", "duplicate",
)  # fmt: skip
FRAME_STATUSES: Final = ("scored", "no_face", "decode_error")
# Why `prepare` left an image out. Where several hold, the first of this list is the reason.
REASONS: Final = (
    "refused", "too_large", "undecodable", "wrong_size", "unknown_label", "no_face", "blank", "two_tone", "too_dark",
    "too_bright", "blurred", "not_a_face", "conflicting_labels", "duplicate_across_splits", "duplicate",
    "near_duplicate_across_splits", "near_duplicate",
)  # fmt: skip
# What people could vote for, in the order of the column `votes`; the first seven are EMOTIONS.
CHOICES: Final = (*EMOTIONS, "contempt", "unknown", "not_a_face")
# What a network with `model.rejects` answers beside the emotions, each 0..1: the share of people who would name none of
# them, whether mouth or eyes are hidden, and whether it is no face at all.
REJECTS: Final = ("unreadable", "covered", "not_a_face")
# Why a face has no label. Where several hold, the first of this list is the reason.
ABSTENTIONS: Final = ("not_a_face", "too_small", "blurred", "turned", "covered", "unsure")
UNKNOWN: Final = -1  # label of an image whose own label is none of EMOTIONS; such images are rejected

SHARD_VERSION: Final = "2"
SCORE_VERSION: Final = "3"  # 3: why a face has no label, and how good its picture is


def _versioned(name: str, version: str, fields: list[pa.Field], extra: Mapping[str, str] | None = None) -> pa.Schema:
    metadata = {"fermata.table": name, "fermata.version": version, **(extra or {})}
    return pa.schema(fields, metadata=metadata)


def _required(name: str, kind: pa.DataType) -> pa.Field:
    return pa.field(name, kind, nullable=False)


_IMAGE = pa.struct([pa.field("bytes", pa.binary()), pa.field("path", pa.string())])

# What was measured of the normalised face before its light is changed (tasks/images/measure.py).
MEASURES: Final = ("mean", "std", "two_tone", "sharpness")
_VOTES = [
    pa.field("votes", pa.list_(pa.field("element", pa.int16()))),
    pa.field("majority", pa.string()),
    pa.field("entropy", pa.float32()),
]

_SHARD_FIELDS = [
    _required("key", pa.string()),
    _required("split", pa.string()),
    pa.field("label", pa.int64()),  # never null; Hugging Face takes its own types for nullable fields only
    pa.field("image", _IMAGE),  # never null
    _required("sha256", pa.string()),
    _required("width", pa.int32()),
    _required("height", pa.int32()),
    *[_required(name, pa.float32()) for name in MEASURES],
    _required("phash", pa.string()),
    _required("aligned", pa.bool_()),
    _required("group", pa.string()),
    pa.field("fold", pa.int8()),
    *_VOTES,
    pa.field("augmented_from", pa.string()),
    pa.field("augmentation", pa.string()),
]


def _feature(field: pa.Field) -> dict[str, Any]:
    if field.name == "label":
        return {"names": list(EMOTIONS), "_type": "ClassLabel"}
    if field.name == "image":
        return {"_type": "Image"}
    if pa.types.is_list(field.type):
        return {"feature": {"dtype": str(field.type.value_type), "_type": "Value"}, "_type": "List"}
    return {"dtype": {"float": "float32"}.get(str(field.type), str(field.type)), "_type": "Value"}


def _huggingface(fields: list[pa.Field]) -> dict[str, str]:
    """Metadata without which Hugging Face `datasets` doesn't decode the column as images."""
    return {"huggingface": json.dumps({"info": {"features": {field.name: _feature(field) for field in fields}}})}


# One cleaned face. `image` is a PNG of the normalised face (grey or RGB), `sha256` that of its pixels, `phash` its
# perceptual hash, `width` and `height` (pixels) the original's. Images of one `group` are never in two splits, nor
# in two `fold`s. `votes` are in the order of CHOICES, `entropy` is theirs in bits. A warped copy names the key of its
# image in `augmented_from` and what was done in `augmentation` (JSON).
SHARD: Final = _versioned("shard", SHARD_VERSION, _SHARD_FIELDS, _huggingface(_SHARD_FIELDS))

# One image that was left out: why, what was measured, and the picture: the original's bytes where the image itself was
# at fault, the normalised face (PNG) where another was preferred, null when it could not be read. `label` is -1 for a
# label that is no emotion.
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
        *[pa.field(name, pa.float32()) for name in MEASURES],
        *_VOTES,
        pa.field("image", _IMAGE),
    ],
)

_DICTIONARY = pa.dictionary(pa.int32(), pa.string())

# What people were seen with: the emotion with the largest share, and the share of each one: of the time that faces were
# seen in a video (a sample stands for the time up to the next one), of the faces of a picture. Faces that were left
# open (`abstained`) don't count; null where nothing is left.
_SHARES: Final = [
    pa.field("emotion", pa.string()),
    *[pa.field(f"share_{emotion}", pa.float32()) for emotion in EMOTIONS],
]

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
        _required("sharpness", pa.float32()),
        pa.field("yaw", pa.float32()),
        pa.field("pitch", pa.float32()),
        pa.field("roll", pa.float32()),
        pa.field("quality", pa.float32()),  # share of labels that are right for such pictures; null: not known
        _required("emotion", pa.string()),
        _required("confidence", pa.float32()),
        _required("abstained", pa.bool_()),
        pa.field("abstained_because", pa.string()),  # of ABSTENTIONS; null with a label
        *[_required(f"p_{emotion}", pa.float32()) for emotion in EMOTIONS],
        *[pa.field(f"p_{reject}", pa.float32()) for reject in REJECTS],  # null of a network without them
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
        pa.field("tracks", pa.int64()),  # of a video
        *_SHARES,
        pa.field("duplicate_of", pa.string()),
        _required("seconds", pa.float64()),
        pa.field("error", pa.string()),
    ],
)

# One face of a video from where it appears to where it is lost, or to the next cut. Times are the video's own clock's.
TRACKS: Final = _versioned(
    "tracks",
    SCORE_VERSION,
    [
        _required("source", pa.string()),
        pa.field("member", pa.string()),
        _required("source_sha256", pa.string()),
        _required("track", pa.int32()),
        pa.field("first_ms", pa.float64()),
        pa.field("last_ms", pa.float64()),
        _required("faces", pa.int64()),
        _required("abstained", pa.int64()),
        _required("changes", pa.int64()),  # of the smoothed emotion, from one sample to the next
        _required("confidence", pa.float32()),  # mean
        _required("size", pa.float32()),  # median
        *_SHARES,
        _required("run_id", _DICTIONARY),
    ],
)

_CROP_FIELDS = [
    _required("source", pa.string()),
    pa.field("member", pa.string()),
    _required("source_sha256", pa.string()),
    _required("frame", pa.int64()),
    _required("face", pa.int32()),
    _required("unit", pa.string()),
    pa.field("image", _IMAGE),  # never null
]

# What the model saw of each row of `faces`, in their order: a PNG of the normalised face (grey or RGB). How it was
# normalised stands in run.json (`crops`).
CROPS: Final = _versioned("crops", SCORE_VERSION, _CROP_FIELDS, _huggingface(_CROP_FIELDS))

# What a run is going to do: a row per file or member, and one more per further part of a video. `first` and `last` are
# where a part begins and ends, ticks of the stream's clock; `unit` is null for what isn't scored.
PLAN: Final = _versioned(
    "plan",
    SCORE_VERSION,
    [
        pa.field("unit", pa.string()),
        _required("source", pa.string()),
        pa.field("member", pa.string()),
        pa.field("source_sha256", pa.string()),
        _required("media_type", pa.string()),
        _required("bytes", pa.int64()),
        pa.field("first", pa.int64()),
        pa.field("last", pa.int64()),
        pa.field("status", pa.string()),
        pa.field("duplicate_of", pa.string()),
        pa.field("error", pa.string()),
    ],
)
