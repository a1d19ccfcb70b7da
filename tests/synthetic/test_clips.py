from collections import defaultdict
from itertools import pairwise
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.errors import UsageError
from tasks.synthetic.clips import clip
from tasks.synthetic.movie import write_clip


@settings(max_examples=30, deadline=None)
@given(
    st.integers(0, 999), st.sampled_from((5.0, 23.976, 25.0, 60.0)), st.integers(1, 3), st.integers(0, 4), st.booleans()
)
def test_a_clip_keeps_its_promises(index: int, fps: float, shots: int, faces: int, variable: bool) -> None:
    made = clip(1, index, 2.0, fps, shots, faces, variable=variable)
    assert len(made) == round(2 * fps)
    assert made.pts_ms[0] == 0
    assert all(later > earlier for earlier, later in pairwise(made.pts_ms))
    bounds = (0, *made.cuts, len(made))
    assert len(made.cuts) == shots - 1
    assert all(stop - start >= 2 for start, stop in pairwise(bounds))
    people = defaultdict(set)
    for face in made.truth:
        shot = sum(face.frame >= cut for cut in made.cuts)
        people[shot].add(face.identity)
        assert face.pts_ms == made.pts_ms[face.frame]
        assert 0 <= face.x < face.x + face.w <= 480
        assert 0 <= face.y < face.y + face.h <= 360
    assert len(made.truth) == faces * len(made)
    assert [len(people[shot]) for shot in range(shots)] == [faces] * shots
    assert len(set().union(*people.values())) == faces * shots


def test_people_stay_apart_and_move_steadily() -> None:
    made = clip(3, 1, 3.0, 25.0, 1, 3)
    tracks = defaultdict(list)
    for face in made.truth:
        tracks[face.identity].append(face)
    for faces in zip(*tracks.values(), strict=True):
        ordered = sorted(faces, key=lambda face: face.x)
        for left, right in pairwise(ordered):  # not even shoulders reach a neighbour's face
            between = right.x + right.w / 2 - left.x - left.w / 2
            assert between > 0.88 * left.h + right.w / 2
            assert between > 0.88 * right.h + left.w / 2
    for track in tracks.values():
        steps = [abs(b.x - a.x) + abs(b.y - a.y) for a, b in pairwise(track)]
        assert max(steps) < 0.25 * track[0].w
        assert sum(steps) > 1


def test_emotions_rise_fall_and_change_in_the_middle() -> None:
    made = clip(3, 2, 4.0, 25.0)
    first, second = made.truth[:48], made.truth[52:]
    assert len({face.emotion for face in first}) == len({face.emotion for face in second}) == 1
    assert first[0].emotion != second[0].emotion
    for half in (first, second):
        assert min(half[0].intensity, half[-1].intensity) < 0.2
        assert max(face.intensity for face in half) >= 0.8


def test_frames_are_repeatable_and_cuts_are_hard() -> None:
    made = clip(3, 5, 1.0, 10.0, 2, 1, 240, 200)
    frames, again = list(made.frames), list(made.frames)
    assert len(frames) == len(made)
    for one, two in zip(frames, again, strict=True):
        np.testing.assert_array_equal(one, two)
    change = [float(cv2.absdiff(a, b).mean()) for a, b in pairwise(frames)]
    cut = made.cuts[0] - 1
    assert int(np.argmax(change)) == cut
    assert change[cut] > 3 * max(value for place, value in enumerate(change) if place != cut)
    assert (next(iter(clip(3, 6, 1.0, 10.0, 2, 1, 240, 200).frames)) != frames[0]).any()


@pytest.mark.parametrize(
    ("name", "codec", "fps", "variable"),
    [("a.mp4", "h264", 25.0, False), ("b.mkv", "h264", 29.97, True), ("c.mp4", "mpeg4", 24.0, True),
     ("d.mkv", "mpeg4", 30.0, False)],
)  # fmt: skip
def test_times_read_back_are_the_truth(tmp_path: Path, name: str, codec: str, fps: float, variable: bool) -> None:
    made = clip(2, 1, 0.8, fps, 1, 1, 240, 200, variable=variable)
    write_clip(tmp_path / name, made, codec)
    with av.open(str(tmp_path / name)) as container:
        frames = [
            (float(frame.pts * frame.time_base * 1000), frame.to_ndarray(format="bgr24"))
            for frame in container.decode(video=0)
        ]
    assert [pts for pts, _ in frames] == pytest.approx(made.pts_ms, abs=1e-6)
    drawn = list(made.frames)
    for (_, read), true in zip(frames, drawn, strict=True):
        assert float(cv2.absdiff(read, true).mean()) < 6
    assert not list(tmp_path.glob(".*"))


def test_the_same_clip_gives_the_same_file(tmp_path: Path) -> None:
    for name in ("one.mp4", "two.mp4"):
        write_clip(tmp_path / name, clip(2, 1, 0.4, 10.0, 1, 1, 240, 200))
    assert (tmp_path / "one.mp4").read_bytes() == (tmp_path / "two.mp4").read_bytes()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"width": 241}, "width=241"),
        ({"faces": 9}, "faces=9"),
        ({"shots": 0}, "shots=0"),
        ({"seconds": 0.01}, "seconds"),
    ],
)
def test_impossible_clips_are_refused(arguments: dict[str, int], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        clip(1, 1, **arguments)  # type: ignore[arg-type]


@pytest.mark.parametrize(("name", "codec"), [("a.avi", "h264"), ("a.mp4", "vp9")])
def test_unknown_formats_are_refused(tmp_path: Path, name: str, codec: str) -> None:
    with pytest.raises(UsageError, match=r"avi|vp9"):
        write_clip(tmp_path / name, clip(1, 1, 0.4, 10.0), codec)
    assert not list(tmp_path.iterdir())
