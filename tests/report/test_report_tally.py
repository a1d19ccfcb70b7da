from collections import Counter
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scored_folder import Media, write_folder

from tasks.report import filetable
from tasks.report.checks import compare
from tasks.report.faces import KINDS, Span, tally
from tasks.report.failures import Failures
from tasks.report.filetable import count_files
from tasks.report.folders import Places
from tasks.report.frames import MAX_BINS, count_frames
from tasks.report.thumbs import data_uri
from tasks.schema import ABSTENTIONS, EMOTIONS

LABELS = st.lists(st.sampled_from([*EMOTIONS, *(e.upper() for e in EMOTIONS)]), max_size=4).map(tuple)
CLIPS = st.lists(st.lists(st.none() | LABELS, min_size=1, max_size=8).map(tuple), min_size=1, max_size=4)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(CLIPS)
def test_every_face_is_counted_once_in_each_place(
    tmp_path_factory: pytest.TempPathFactory, clips: list[tuple[tuple[str, ...] | None, ...]]
) -> None:
    media = [Media("box.zip", member=f"{i}.mp4", frames=f, media="video") for i, f in enumerate(clips)]
    folder = write_folder(tmp_path_factory.mktemp("run"), media, thumbs=None)
    places = Places(["box.zip"])
    files = count_files(folder / "files", places)
    names = [f"box.zip\0{i}.mp4" for i in range(len(clips))]
    frames = count_frames(folder / "frames", names)
    found = tally(folder / "faces", places, frames.spans)
    labels = [label for clip in clips for faces in clip for label in faces or ()]
    expected = Counter("abstained" if label.isupper() else label for label in labels)
    assert dict(zip(KINDS, found.total.tolist(), strict=True)) == {kind: expected[kind] for kind in KINDS}
    reasons = dict(zip(ABSTENTIONS, found.reasons.tolist(), strict=True))
    assert reasons == dict.fromkeys(ABSTENTIONS, 0) | {"unsure": expected["abstained"]}
    assert sum(counts.sum() for counts in found.per_folder.values()) == len(labels)
    assert sum(counts.sum() for counts in found.per_video) == len(labels)
    assert all(counts.shape[0] <= MAX_BINS for counts in found.per_video)
    assert all(check.ok for check in compare({}, files, frames, expected, reasons, 0))
    assert found.sizes.kinds.sum(axis=0).tolist() == found.total.tolist()
    assert frames.total == sum(len(clip) for clip in clips)


def test_long_videos_are_cut_into_bins_of_equal_frames(tmp_path: Path) -> None:
    clip = Media("clip.mp4", frames=(("happy",),) * 130, media="video")
    folder = write_folder(tmp_path, [clip], thumbs=None)
    frames = count_frames(folder / "frames", ["clip.mp4\0"])
    assert frames.spans == (Span("clip.mp4\0", 0.0, 66_000.0, 44, 500.0),)
    found = tally(folder / "faces", Places([]), frames.spans)
    assert set(found.per_video[0].sum(axis=1).tolist()) == {1, 3}


def test_duplicates_and_archives_do_not_count_twice(tmp_path: Path) -> None:
    media = [Media("a.jpg", frames=(("sad",),)), Media("b.zip", media="archive"), Media("c.jpg", "duplicate")]
    folder = write_folder(tmp_path, media, thumbs=None)
    files = count_files(folder / "files", Places([]))
    assert [(row.status, row.files, row.faces) for row in files.statuses] == [("scored", 2, 1), ("duplicate", 1, 0)]


def test_half_of_the_room_is_left_to_files_that_went_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filetable, "MAX_ROWS", 10)
    media = [Media(f"{i:03}", "timeout", error="slow") for i in range(30)]
    media += [Media(f"z{i:03}", "no_face", ((),)) for i in range(30)]
    shown = count_files(write_folder(tmp_path, media, thumbs=None) / "files", Places([])).shown["status"].to_pylist()
    assert shown == ["timeout"] * 5 + ["no_face"] * 5


def test_failures_add_up_however_many_texts_there_are() -> None:
    def rows(texts: list[str | None]) -> pa.Table:
        return pa.table(
            {
                "source": [f"{i}.jpg" for i in range(len(texts))],
                "member": pa.nulls(len(texts), pa.string()),
                "status": ["decode_error"] * len(texts),
                "error": pa.array(texts, pa.string()),
            }
        )

    found = Failures().plus(rows(["cut off", None, "cut off"])).plus(rows(["cut off"])).plus(rows([]))
    assert [(item.text, item.count, item.example) for item in found.found] == [
        ("cut off", 3, "0.jpg"), ("no text was given", 1, "1.jpg"),
    ]  # fmt: skip
    many = found.plus(rows([f"at byte {i}" for i in range(3_000)]))
    assert many.total == 3_004
    assert sum(item.count for item in many.found) + many.others == many.total
    assert many.found[0].text == "cut off"


def test_kinds_of_pictures() -> None:
    assert data_uri(b"\x89PNG..") == "data:image/png;base64,iVBORy4u"
    assert data_uri(b"\xff\xd8").startswith("data:image/jpeg;base64,")
