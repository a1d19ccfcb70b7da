"""Media drawn again: drawn clips and pictures with known faces, and what FFmpeg reads of the result."""

import hashlib
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from made_faces import faces, results, sampled
from made_job import face_row
from made_media import video

from tasks.errors import UsageError
from tasks.media.entry import Entry
from tasks.media.sampling import Sampling
from tasks.media.video import Video, read_frames
from tasks.params import Limits
from tasks.schema import EMOTIONS
from tasks.show import annotate, seen
from tasks.show.choose import chosen
from tasks.show.paint import Style
from tasks.show.seen import Faces, Key
from tasks.show.spans import Span
from tasks.show.words import COLOURS
from tasks.synthetic.clips import Clip, clip
from tasks.synthetic.movie import write_clip
from tasks.synthetic.scenes import still

LIMITS = Limits()
Image = npt.NDArray[np.uint8]


def work(to: Path, style: Style | None = None) -> annotate.Work:
    return annotate.Work(style or Style(), LIMITS, to, str(to.parent))


def read(path: Path) -> list[tuple[float, Image]]:
    frames = read_frames(str(path), Sampling(every=1), LIMITS)
    return [(f.pts_ms, f.image) for f in frames if f.pts_ms is not None and f.image is not None]


def drawn(tmp_path: Path, name: str = "v.mp4", faces: int = 2, **more: Any) -> tuple[Path, Clip, Faces]:
    """A clip, and its true faces at 5 frames per second."""
    path = tmp_path / name
    scene = clip(7, 2, seconds=1.6, fps=10.0, faces=faces, width=320, height=240, **more)
    write_clip(path, scene, codec="mpeg4")
    out = results(tmp_path / "out", sampled(path, scene.truth), [str(tmp_path)])
    ((_, known),) = seen.media(out / "faces")
    return path, scene, known


def near(image: Image, box: tuple[float, float, float, float], colour: tuple[int, int, int]) -> float:
    """Share of the lower edge of ``box`` (labels lie over the upper one) that has about this colour."""
    x, y, w, h = (round(value) for value in box)
    edge = image[y + h - 2 : y + h + 3, x + 3 : x + w - 3].astype(int)
    return float((np.abs(edge - colour[::-1]).max(axis=2) < 70).any(axis=0).mean())


@pytest.mark.parametrize("variable", [False, True])
def test_every_frame_comes_at_its_time_with_boxes_along_the_track(tmp_path: Path, variable: bool) -> None:
    path, scene, known = drawn(tmp_path, variable=variable)
    assert annotate.redraw((Key(str(path), None), known, Span(0, 200)), work(tmp_path / "to")) is None
    shown = read(tmp_path / "to" / "v.mp4.annotated.mp4")
    assert [ms for ms, _ in shown] == pytest.approx(scene.pts_ms, abs=0.02)
    hits = []
    for face in scene.truth:
        ms, image = shown[face.frame]
        # Between samples the box is on the straight line between two true ones: heads move along a curve.
        rows = known.ms[known.track == (0 if face.identity == scene.truth[0].identity else 1)]
        if rows[0] <= ms < rows[-1] + 200:
            emotion = EMOTIONS[known.emotion[np.flatnonzero(known.ms <= ms + 0.01)].tolist()[-1]]
            hits.append(max(near(image, (face.x, face.y, face.w, face.h), COLOURS[name]) for name in EMOTIONS))
            assert emotion in EMOTIONS
    assert len(hits) >= 2 * len(shown) - 2
    assert np.mean([hit > 0.5 for hit in hits]) > 0.9
    assert all(path.suffix == ".mp4" for path in (tmp_path / "to").rglob("*") if path.is_file())


def test_others_are_hidden_and_the_kept_one_is_not(tmp_path: Path) -> None:
    path, scene, known = drawn(tmp_path)
    plain = [image for _, image in read(path)]
    keep = Style(blur=True, keep=frozenset({0}))
    annotate.redraw((Key(str(path), None), known, Span(0, 200)), work(tmp_path / "to", keep))
    shown = [image for _, image in read(tmp_path / "to" / "v.mp4.annotated.mp4")]
    people = list(dict.fromkeys(face.identity for face in scene.truth))
    for face in scene.truth:
        x, y, w, h = int(face.x + face.w * 0.2), int(face.y + face.h * 0.3), int(face.w * 0.6), int(face.h * 0.6)
        before, after = (image[face.frame][y : y + h, x : x + w] for image in (plain, shown))
        same = float(np.corrcoef(before.ravel(), after.ravel())[0, 1])
        if people.index(face.identity) == 0:
            assert same > 0.95, face
        else:
            assert same < 0.9, face


def test_a_face_is_hidden_before_and_behind_its_samples_too(tmp_path: Path) -> None:
    path, _, known = drawn(tmp_path, faces=1)
    one = np.flatnonzero(known.ms == 800)[:1]
    known = replace(
        known, **{name: getattr(known, name)[one] for name in ("track", "ms", "box", "emotion", "abstained")}
    )
    annotate.redraw((Key(str(path), None), known, Span(0, 200)), work(tmp_path / "to", Style(blur=True)))
    shown = read(tmp_path / "to" / "v.mp4.annotated.mp4")
    x, y, w, h = (int(value) for value in known.box[0])
    changed = [
        ms for (ms, after), (_, before) in zip(shown, read(path), strict=True)
        if np.abs(after[y : y + h, x : x + w].astype(int) - before[y : y + h, x : x + w]).mean() > 12
    ]  # fmt: skip
    assert changed == pytest.approx([500, 600, 700, 800, 900, 1000], abs=0.02)


@pytest.mark.parametrize("rotation", [None, 90])
def test_rotation_odd_sizes_and_a_clock_that_begins_elsewhere(tmp_path: Path, rotation: int | None) -> None:
    path = tmp_path / "v.mkv"
    times = [5000, 5040, 5100, 5300, 5310]
    kind = "matroska" if rotation is None else "mov"
    codec = {"codec": "ffv1"} if rotation is None else {"codec": "mpeg4"}
    size = (65, 49) if rotation is None else (64, 48)
    path.write_bytes(video(5, container=kind, times_ms=times, rotation=rotation, size=size, **codec))  # type: ignore[arg-type]
    known = replace(
        faces([(0, 5000.0, (10, 10, 20, 20), "happy")]), sha256=hashlib.sha256(path.read_bytes()).hexdigest()
    )
    assert annotate.redraw((Key(str(path), None), known, Span(5000, 40)), work(tmp_path / "to")) is None
    made = tmp_path / "to" / "v.mkv.annotated.mp4"
    assert [ms for ms, _ in read(made)] == pytest.approx([0, 40, 100, 300, 310], abs=0.02)
    with Video(str(made), LIMITS) as clip_:
        assert (clip_.info.width, clip_.info.height) == ((66, 50) if rotation is None else (48, 64))
        assert clip_.info.rotation == 0
    first, before = read(made)[-1][1], read(path)[-1][1]
    height, width = before.shape[:2]
    assert np.abs(first[:height, :width].astype(int) - before).mean() < 12


def test_where_the_sound_begins_earlier_the_first_frame_stands_from_0(tmp_path: Path) -> None:
    from test_subtitles import with_sound

    path = tmp_path / "v.mkv"
    with_sound(path, 1500)
    known = replace(faces([(0, 1500.0, (1, 1, 9, 9), "happy")]), sha256=hashlib.sha256(path.read_bytes()).hexdigest())
    annotate.redraw((Key(str(path), None), known, Span(1500, 40)), work(tmp_path / "to"))
    times = [ms for ms, _ in read(tmp_path / "to" / "v.mkv.annotated.mp4")]
    assert times[0] == 0
    assert 1400 < times[1] <= 1600
    assert len(times) == 11


def test_pictures_are_drawn_upright_and_hidden(tmp_path: Path) -> None:
    image, truth = still(3, 5, faces=2)
    path = tmp_path / "p.webp"
    cv2.imwrite(str(path), image)
    source = cv2.imread(str(path))
    assert source is not None
    rows = [
        face_row(str(path), face=n, x=f.x, y=f.y, w=f.w, h=f.h, emotion="sad", p_sad=1.0) for n, f in enumerate(truth)
    ]
    out = results(tmp_path / "out", rows, [str(path)])
    for style in (Style(), Style(blur=True, keep=frozenset({1}))):
        ((key, known),) = chosen(out / "faces", str(path), [1])
        assert annotate.redraw((key, known, Span(0, 0)), work(tmp_path / "to", style)) is None
        shown = cv2.imread(str(tmp_path / "to" / "p.webp.annotated.png"))
        assert shown is not None
        for n, face in enumerate(truth):
            box = (face.x, face.y, face.w, face.h)
            assert near(shown, box, COLOURS["sad"]) > 0.9
            x, y, w, h = (
                round(value) for value in (face.x + face.w * 0.2, face.y + face.h * 0.4, face.w / 2, face.h / 3)
            )
            same = np.array_equal(shown[y : y + h, x : x + w], source[y : y + h, x : x + w])
            assert same == (n in style.keep or not style.blur)


def test_a_jpeg_turned_by_exif(tmp_path: Path) -> None:
    from PIL import Image as Pictures

    path = tmp_path / "p.jpg"
    exif = Pictures.Exif()
    exif[274] = 6
    Pictures.new("RGB", (80, 40), (90, 90, 90)).save(path, exif=exif)
    out = results(tmp_path / "out", [face_row(str(path))], [str(path)])
    ((key, known),) = chosen(out / "faces", None, [])
    annotate.redraw((key, known, Span(0, 0)), work(tmp_path / "to"))
    with Pictures.open(tmp_path / "to" / "p.jpg.annotated.jpg") as shown:
        assert shown.size == (40, 80)
        assert dict(shown.getexif()) == {}


def test_a_member_of_an_archive(tmp_path: Path) -> None:
    path = tmp_path / "all.zip"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("in/v.mp4", video(6))
    found = Entry(str(path), "in/v.mp4", "video", None, 0, hashlib.sha256(video(6)).hexdigest())
    known = replace(faces([(0, 0.0, (10, 10, 20, 20), "happy")]), sha256=str(found.sha256))
    assert annotate.redraw((Key(str(path), "in/v.mp4"), known, Span(0, 40)), work(tmp_path / "to")) is None
    assert len(read(tmp_path / "to" / "all.zip" / "in" / "v.mp4.annotated.mp4")) == 6


def test_what_is_gone_or_has_changed_is_named_and_nothing_is_written(tmp_path: Path) -> None:
    path = tmp_path / "v.mp4"
    path.write_bytes(video(6))
    known = faces([(0, 0.0, (10, 10, 20, 20), "happy")])
    assert "sha256" in str(annotate.redraw((Key(str(path), None), known, Span(0, 40)), work(tmp_path / "to")))
    path.unlink()
    assert "No such file" in str(annotate.redraw((Key(str(path), None), known, Span(0, 40)), work(tmp_path / "to")))
    assert not [place for place in tmp_path.rglob("*") if place.is_file()]


def test_a_source_and_a_track_that_are_not_there(tmp_path: Path) -> None:
    rows = [face_row("a.mp4", media_type="video", track=n, pts_ms=0.0) for n in (0, 3)]
    out = results(tmp_path / "out", rows, ["a.mp4"])
    with pytest.raises(UsageError, match=r"b\.mp4.*files\.csv"):
        chosen(out / "faces", "b.mp4", [])
    with pytest.raises(UsageError, match=r"no track 2. It has 0, 3"):
        chosen(out / "faces", "a.mp4", [3, 2])
    assert len(list(chosen(out / "faces", None, []))) == 1
