import json

import pyarrow as pa
import pytest

from tasks import errors, schema


def _statuses(kind: type[errors.MediaError]) -> set[str]:
    return {kind.status}.union(*(_statuses(below) for below in kind.__subclasses__()))


def test_there_are_seven_emotions_in_alphabetical_order() -> None:
    assert list(schema.EMOTIONS) == sorted(set(schema.EMOTIONS))
    assert len(schema.EMOTIONS) == 7


def test_every_media_error_has_a_status_of_files() -> None:
    assert _statuses(errors.MediaError) == set(schema.FILE_STATUSES) - {"scored", "no_face", "duplicate"}
    assert set(schema.FRAME_STATUSES) < set(schema.FILE_STATUSES)


@pytest.mark.parametrize(
    ("table", "name", "version"),
    [
        (schema.SHARD, b"shard", schema.SHARD_VERSION),
        (schema.REJECT, b"reject", schema.SHARD_VERSION),
        (schema.FACES, b"faces", schema.SCORE_VERSION),
        (schema.FRAMES, b"frames", schema.SCORE_VERSION),
        (schema.FILES, b"files", schema.SCORE_VERSION),
    ],
)
def test_tables_say_what_they_are(table: pa.Schema, name: bytes, version: str) -> None:
    assert table.metadata[b"fermata.table"] == name
    assert table.metadata[b"fermata.version"].decode() == version
    assert len(set(table.names)) == len(table.names)


def test_shards_open_with_hugging_face_datasets() -> None:
    features = json.loads(schema.SHARD.metadata[b"huggingface"])["info"]["features"]
    assert list(features) == schema.SHARD.names
    assert features["label"] == {"names": list(schema.EMOTIONS), "_type": "ClassLabel"}
    assert features["image"] == {"_type": "Image"}
    image = schema.SHARD.field("image").type
    assert {field.name: field.type for field in image} == {"bytes": pa.binary(), "path": pa.string()}
    assert schema.SHARD.field("image").nullable  # the library takes its own types for nullable columns only
    assert features["votes"] == {"feature": {"dtype": "int16", "_type": "Value"}, "_type": "List"}
    for name in set(features) - {"label", "image", "votes"}:
        assert str(schema.SHARD.field(name).type).replace("float", "float32") == features[name]["dtype"]


def test_faces_hold_a_probability_per_emotion_in_their_order() -> None:
    assert [name[2:] for name in schema.FACES.names if name.startswith("p_")] == [*schema.EMOTIONS, *schema.REJECTS]


@pytest.mark.parametrize(
    ("error", "code"),
    [(errors.FermataError, 1), (errors.UsageError, 2), (errors.ParamsError, 2), (errors.SourceError, 2),
     (errors.OutputError, 2), (errors.GateError, 3), (errors.ReconcileError, 1), (errors.RegistryError, 1)],
)  # fmt: skip
def test_exit_codes(error: type[errors.FermataError], code: int) -> None:
    assert issubclass(error, errors.FermataError)
    assert error.exit_code == code
