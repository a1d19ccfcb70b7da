"""Media behind URLs are what they are on disk."""

import hashlib
from dataclasses import replace
from pathlib import Path

import fsspec
import numpy as np
import pytest
from made_media import encoded, tarred, video, zipped
from s3_server import Bucket
from web_server import Web

from tasks import remote
from tasks.errors import DecodeError, SourceError, TooLargeError
from tasks.media import content
from tasks.media.entry import Entry
from tasks.media.examine import examine
from tasks.media.sampling import Sampling
from tasks.media.segments import WHOLE
from tasks.media.video import Video
from tasks.media.walk import files
from tasks.params import Limits

pytestmark = pytest.mark.chain
LIMITS = Limits()
CLIP = video(90, options={"g": "15"})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """One of each kind."""
    made = tmp_path / "media"
    for name, data in {
        "a.png": encoded(seed=1),
        "b.jpg": encoded(".jpg")[:-9],
        "deep/.hidden.png": encoded(seed=2),
        "deep/v.mp4": CLIP,
        "empty.png": b"",
        "in.zip": zipped({"x/c.png": encoded(seed=3), "v.mp4": CLIP}),
        "in.tar": tarred({"d.png": encoded(seed=4)}),
        "in.tar.gz": tarred({"e.png": encoded(seed=5)}, "w:gz"),
        "text": b"none",
    }.items():
        (made / name).parent.mkdir(parents=True, exist_ok=True)
        (made / name).write_bytes(data)
    return made


def _entries(*sources: str) -> list[Entry]:
    return [entry for source in files(sources) for entry in examine(source, LIMITS, 1.0)]


def test_a_bucket_is_examined_as_a_folder_is(folder: Path, bucket: Bucket) -> None:
    near, far = _entries(str(folder)), _entries(bucket.fill(folder))
    assert [replace(one, source=one.source.replace(bucket.url, str(folder))) for one in far] == near
    assert len(next(one for one in far if one.source.endswith("deep/v.mp4")).parts) > 1
    for one, other in zip(near, far, strict=True):
        if one.media_type in ("image", "video") and one.bytes:
            assert content.read(one, LIMITS) == content.read(other, LIMITS)


def test_parts_of_a_video_in_a_bucket_give_the_frames_of_the_file(folder: Path, bucket: Bucket) -> None:
    (near,) = _entries(str(folder / "deep/v.mp4"))
    (far,) = _entries(bucket.put("v.mp4", CLIP))
    assert near.parts == far.parts
    for mode in (Sampling(1, 0), Sampling(0, 5.0), Sampling(0, 2.0, "keyframes")):
        for part in far.parts if mode.mode == "fps" else (WHOLE,):
            found = []
            for entry in (near, far):
                with Video(content.video_input(entry, LIMITS), LIMITS) as clip:
                    found.append(list(clip.frames(mode, part)))
            assert len(found[0]) > 0
            for one, other in zip(*found, strict=True):
                assert (one.index, one.pts_ms, one.error) == (other.index, other.pts_ms, other.error)
                assert np.array_equal(one.image, other.image)  # type: ignore[arg-type]


def test_patterns_and_lists_of_objects(folder: Path, bucket: Bucket) -> None:
    url = bucket.fill(folder)
    assert list(files([f"{url}/**/*.png"])) == [f"{url}/a.png", f"{url}/empty.png"]
    assert list(files([f"{url}/in.*", f"{url}/in.tar"])) == [f"{url}/in.tar", f"{url}/in.tar.gz", f"{url}/in.zip"]
    bucket.put("odd[1]*.png", b"x")
    assert list(files([f"{url}/odd[1]*.png"])) == [f"{url}/odd[1]*.png"]
    bucket.put("lists/l.txt", b"../gone.png\nx.png\n" + f"{url}/deep/\n".encode())
    assert list(files([f"@{url}/lists/l.txt"])) == [
        f"{url}/lists/../gone.png", f"{url}/lists/x.png", f"{url}/deep/.hidden.png", f"{url}/deep/v.mp4",
    ]  # fmt: skip
    (gone,) = examine(f"{url}/lists/x.png", LIMITS)
    assert (gone.status, gone.error) == ("decode_error", "cannot be read: no such file or object")


def test_sources_out_of_reach_are_said_on_one_line(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "WAITS", ())
    for source, said in {
        f"{bucket.url}/gone": f"no such file or folder: '{bucket.url}/gone'",
        "s3://no-such-bucket/x": "no such file or folder: 's3://no-such-bucket/x'",
        f"{bucket.url}/*.jpg": f"no object matches '{bucket.url}/*.jpg'",
        "http://me:GEHEIM@127.0.0.1:9/x?sig=GEHEIM": "'http://127.0.0.1:9/x' cannot be read: Cannot connect to host",
        "odd://x/y": "'odd://x/y' cannot be read: Protocol not known: odd",
    }.items():
        with pytest.raises(SourceError) as caught:
            files([source])
        assert said in str(caught.value)
        assert "GEHEIM" not in str(caught.value)
        assert "\n" not in str(caught.value)


def test_signed_addresses_are_read_and_not_shown(web: Web) -> None:
    web.content = {"/a.png": encoded(), "/in.zip": zipped({"c.png": encoded(seed=3)}), "/v.mp4": CLIP}
    given = [f"{web.url.replace('//', '//me:GEHEIM@')}{path}?sig=GEHEIM&id=1" for path in web.content]
    found = _entries(*given)
    assert [one.source for one in found] == [
        f"{web.url}/{name}?id=1" for name in ("a.png", "in.zip", "in.zip", "v.mp4")
    ]
    assert [one.status for one in found] == [None] * 4
    assert "GEHEIM" not in repr(found)
    assert found[0].sha256 == hashlib.sha256(content.read(found[0], LIMITS)).hexdigest()
    ((_, member),) = content.read_many([found[2]], LIMITS)
    assert member == encoded(seed=3)
    assert all("GEHEIM" in one.place for one in found)


@pytest.mark.parametrize("ranges", [True, False])
def test_a_video_on_the_web(web: Web, ranges: bool) -> None:
    web.content, web.ranges = {"/v.mp4": CLIP}, ranges
    (entry,) = _entries(f"{web.url}/v.mp4")
    with Video(content.video_input(entry, LIMITS), LIMITS) as clip:
        assert len(list(clip.frames(Sampling(1, 0)))) == 90


def test_limits_hold_for_objects() -> None:
    fsspec.filesystem("memory").pipe_file("/objects/a.png", encoded())
    (entry,) = examine("memory://objects/a.png", Limits(file_bytes=100))
    assert entry.status == "too_large"
    (entry,) = examine("memory://objects/a.png", LIMITS)
    with pytest.raises(TooLargeError):
        content.read(entry, Limits(member_bytes=100))
    with pytest.raises(TooLargeError):
        content.video_input(entry, Limits(file_bytes=100))


def test_a_store_that_stops_to_answer_is_no_end_of_a_video(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "WAITS", ())
    monkeypatch.setattr(remote, "BLOCK", 1 << 14)
    web.content = {"/v.mp4": video(120, size=(320, 240))}
    (entry,) = _entries(f"{web.url}/v.mp4")
    with Video(content.video_input(entry, LIMITS), LIMITS) as clip:
        frames = clip.frames(Sampling(1, 0))
        next(frames)
        web.failing = [500] * 99
        with pytest.raises(DecodeError, match="cannot be read: the server answers 500"):
            list(frames)
