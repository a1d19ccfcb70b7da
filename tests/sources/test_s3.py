"""Every kind of data set, read from an S3 server as it is read from disk."""

import gzip
import io
import json
import shutil
import tarfile
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from made_sources import WORDS, content, data, make_folders, put, records, rejected, said, zipped
from s3_server import Bucket

from tasks.errors import SourceError
from tasks.sources import SOURCES, store

pytestmark = pytest.mark.chain
PIXELS = " ".join(["7"] * 2304)


def _folders(root: Path) -> str:
    make_folders(root)
    return ""


def _zip(root: Path) -> str:
    zipped(make_folders(root / "faces"), root / "faces.zip")
    shutil.rmtree(root / "faces")
    return ""


def _csv(root: Path) -> str:
    rows = [f"{number % 7},{PIXELS},{'Training' if number % 2 else 'PublicTest'}" for number in range(9)]
    put(root / "fer2013.csv", "\n".join(["emotion,pixels,Usage", *rows]).encode())
    return "/fer2013.csv"


def _tables(root: Path) -> str:
    for split in ("train", "test"):
        faces = pa.table({"image": [content(n) for n in range(9)], "label": [WORDS[n % 4] for n in range(9)]})
        (root / split).mkdir(parents=True)
        pq.write_table(faces, root / split / "0000.parquet", row_group_size=4)
        with pa.OSFile(str(root / split / "more.arrow"), "wb") as sink, pa.ipc.new_stream(sink, faces.schema) as writer:
            writer.write_table(faces, max_chunksize=4)
    return ""


def _listing(root: Path) -> str:
    for number in range(9):
        put(root / "faces" / f"{number}.png", content(number))
    rows = [f"faces/{number}.png,{WORDS[number % 4]},test" for number in range(9)]
    put(root / "list.csv", "\n".join(["path,label,split", *rows]).encode())
    return "/list.csv"


def _tars(root: Path) -> str:
    for number in range(2):
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w") as archive:
            for sample in range(5):
                for name, text in ((f"{sample}.jpg", content(sample)), (f"{sample}.cls", b"joy")):
                    info = tarfile.TarInfo(name)
                    info.size = len(text)
                    archive.addfile(info, io.BytesIO(text))
        packed = buffer.getvalue()
        put(root / f"train-{number:03d}.tar{['', '.gz'][number]}", gzip.compress(packed) if number else packed)
    return ""


@pytest.mark.parametrize(
    ("source", "make"),
    [
        ("class-folders", _folders),
        ("class-folders", _zip),
        ("fer2013-csv", _csv),
        ("parquet", _tables),
        ("listing", _listing),
        ("webdataset", _tars),
    ],
)
def test_a_bucket_reads_as_a_folder_does(
    tmp_path: Path, bucket: Bucket, source: str, make: Callable[[Path], str]
) -> None:
    name = make(tmp_path)
    bucket.fill(tmp_path)
    near, far = data(source, f"{tmp_path}{name}"), data(source, f"{bucket.url}{name}")
    on_disk, in_store = records(near, 4), records(far, 4)
    assert len(on_disk) >= 9
    assert not rejected(on_disk)
    assert said(in_store) == said(on_disk)
    assert [one.key for one in in_store] == [one.key for one in on_disk]
    for one, other in zip(in_store, on_disk, strict=True):
        assert one.data == other.data
        assert (one.pixels is None) == (other.pixels is None)
    planned = SOURCES[source].plan(far, 4)
    assert planned.fingerprint == SOURCES[source].plan(far, 9).fingerprint
    assert planned.warnings == SOURCES[source].plan(near, 4).warnings


def test_a_changed_object_changes_the_fingerprint(tmp_path: Path, bucket: Bucket) -> None:
    wanted = data("class-folders", bucket.fill(make_folders(tmp_path)))
    first = SOURCES["class-folders"].plan(wanted, 9).fingerprint
    bucket.put("train/happy/1.png", b"other")
    assert SOURCES["class-folders"].plan(wanted, 9).fingerprint != first


def test_an_object_that_is_gone_is_a_record(tmp_path: Path, bucket: Bucket) -> None:
    source = SOURCES["class-folders"]
    chunks = source.plan(data("class-folders", bucket.fill(make_folders(tmp_path))), 100).chunks
    bucket.store.rm_file(f"{bucket.url}/train/happy/1.png")
    bucket.put("train/happy/5.png", b"shorter")
    broken = rejected(source.read(chunks[0]))
    assert broken["train/happy/1.png"] == ("undecodable", "cannot be read: no such file or object")
    assert broken["train/happy/5.png"][0] == "undecodable"
    assert len(broken) == 2


@pytest.mark.parametrize("source", [name for name in SOURCES if name != "synthetic"])
@pytest.mark.parametrize("missing", ["bucket", "object"])
def test_what_is_not_there_is_a_source_error(bucket: Bucket, source: str, missing: str) -> None:
    url = "s3://no-such-bucket/x.zip" if missing == "bucket" else f"{bucket.url}/gone"
    with pytest.raises(SourceError, match=r"data\.path: .* at 's3://"):
        SOURCES[source].plan(data(source, url), 9)


def test_rows_of_a_listing_on_disk_may_point_to_buckets(tmp_path: Path, bucket: Bucket) -> None:
    inside = bucket.put("a b/1.png", content(1))
    put(tmp_path / "2.png", content(2))
    rows = ["path,label", f"{inside},joy", "2.png,joy", f"{bucket.url}/gone.png,joy", "s3://no-such-bucket/1.png,joy"]
    found = records(data("listing", put(tmp_path / "list.csv", "\n".join(rows).encode())))
    assert {one.key: one.data for one in found if not one.error} == {inside: content(1), "2.png": content(2)}
    gone = ("undecodable", "cannot be read: no such file or object")
    assert rejected(found) == {f"{bucket.url}/gone.png": gone, "s3://no-such-bucket/1.png": gone}


def test_saved_descriptions_are_read_from_buckets(bucket: Bucket) -> None:
    faces = pa.table({"image": [b"x"], "label": [0]})
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, faces.schema) as writer:
        writer.write_table(faces)
    names = {"features": {"label": {"names": ["joy"], "_type": "ClassLabel"}}}
    bucket.put("fold 1/data-00000-of-00001.arrow", sink.getvalue())
    bucket.put("fold 1/dataset_info.json", json.dumps(names).encode())
    bucket.put("dataset_dict.json", b'{"splits": ["fold 1"]}')
    (found,) = records(data("parquet", bucket.url))
    assert (found.split, found.error) == ("fold 1", None)


def test_a_large_object_is_read_in_pieces(bucket: Bucket) -> None:
    whole = bytes(range(256)) * 20_000
    with store.opened(bucket.put("large", whole)) as stream:
        assert stream.seek(3_000_000) == 3_000_000
        assert stream.read(5) == whole[3_000_000:3_000_005]
        stream.seek(-4, 2)
        assert stream.read() == whole[-4:]
        stream.seek(0)
        assert stream.read() == whole
