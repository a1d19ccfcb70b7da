"""The profile of a run's tables, counted again by pandas."""

from pathlib import Path

import pandas as pd
import pyarrow as pa
from made_job import entry, job
from made_run import BELOW, Picture, Video, probabilities, write_run
from scored_folder import Media, older, write_folder

from tasks.media.entry import Entry
from tasks.monitor import keep, measure
from tasks.monitor.quantities import QUANTITIES
from tasks.schema import EMOTIONS
from tasks.score.store import Folder
from tasks.score.units import arrange

MEDIA: list[Picture | Video] = [2, [[1, 2, None], [1]], 0, 1]
RUN = {"run_id": "a", "model": {"name": "emotion", "version": "1", "digest": "d" * 64}}


def _made(out: Path) -> list[Entry]:
    return write_run(out, MEDIA, probabilities(7, 1))


def _known(entries: list[Entry]) -> dict[tuple[str, str | None], tuple[str, str]]:
    media = [one for one in entries if one.media_type in ("image", "video")]
    return {(one.source, None): (one.sha256 or "", "scored") for one in media}


def test_a_whole_run(tmp_path: Path) -> None:
    _made(tmp_path)
    found = measure.profile(tmp_path, RUN, "t")
    faces = pd.read_parquet(tmp_path / "faces")
    assert found.faces == len(faces) == 7
    assert found.model == "emotion v1"
    seen = faces["emotion"].value_counts()
    assert found.counts["classes"] == tuple(int(seen.get(one, 0)) for one in EMOTIONS)
    assert found.counts["abstention"] == (int((faces["confidence"] >= BELOW).sum()), int(faces["abstained"].sum()))
    for name in ("confidence", "size", "blur", "brightness"):
        one = QUANTITIES[name]
        limits = [float("-inf"), *one.edges, float("inf")]
        told = pd.cut(faces[name].astype("float64"), limits, right=False, labels=list(one.bins)).value_counts(
            sort=False
        )
        assert found.counts[name] == tuple(told), name
    assert found.counts["detection"] == (5, 1)
    assert found.counts["frames"] == (6, 1)
    assert found.counts["failures"] == (4, 0, 1, 0, 0, 0)  # the text file; neither the copy nor the archive
    assert (found.files, found.frames, found.media) == (5, 7, 4)
    assert found.people == faces["track"].isna().sum() + len(pd.read_parquet(tmp_path / "tracks"))


FEW = [
    Media("a.jpg", frames=(("happy", "SAD/too_small", "SAD/unsure"),), quality=0.52),
    Media("b.jpg", frames=(("happy", "ANGRY/not_a_face", "FEAR/covered", "surprise"),), quality=0.97),
]


def test_faces_without_a_label_are_counted_by_reason_and_not_as_emotions(tmp_path: Path) -> None:
    found = measure.profile(write_folder(tmp_path, FEW), RUN, "t")
    assert found.counts["abstention"] == (3, 4)
    # answered, not_a_face, too_small, blurred, turned, covered, unsure
    assert found.counts["reasons"] == (3, 1, 1, 0, 0, 1, 1)
    # angry, disgust, fear, happy, neutral, sad, surprise: of the four only the unsure one counts
    assert found.counts["classes"] == (0, 0, 0, 2, 0, 1, 1)
    assert found.counts["quality"] == tuple(3 if at == 10 else 4 if at == 19 else 0 for at in range(20))
    assert sum(found.counts["confidence"]) == found.faces == found.people == 7
    assert found.independent("reasons") == 7
    assert found.independent("classes") == 4


def test_tables_of_version_2_and_models_without_quality(tmp_path: Path) -> None:
    found = measure.profile(older(write_folder(tmp_path, FEW)), RUN, "t")
    assert found.counts["reasons"] == (3, 0, 0, 0, 0, 0, 4)
    assert found.counts["classes"] == (1, 0, 1, 2, 0, 2, 1)
    assert "quality" not in found.counts


def test_what_stood_there_before_is_not_counted_again(tmp_path: Path) -> None:
    entries = _made(tmp_path)
    listed = {name: one.status or "" for one in entries if (name := one.source)}
    assert listed["media/t.txt"] == "unsupported"
    known = _known(entries)
    del known["media/3.png", None], known["other/copy.png", None]
    old = measure.standing(tmp_path, arrange(entries, job(), known))
    assert "media/3.png" not in old.to_pylist()
    found = measure.profile(tmp_path, RUN, "t", old)
    assert (found.files, found.faces, found.frames) == (1, 1, 1)
    assert sum(found.counts["failures"]) == 1
    changed = [*entries[:1], entry("media/t.txt", "other", media_type="other", status="unsupported"), *entries[2:]]
    old = measure.standing(tmp_path, arrange(changed, job(), known))
    assert measure.profile(tmp_path, RUN, "t", old).counts["failures"] == (1, 0, 1, 0, 0, 0)
    assert measure.standing(tmp_path / "nothing", arrange(entries, job())) == pa.array([], pa.string())


def test_a_run_that_added_nothing_leaves_no_profile(tmp_path: Path) -> None:
    entries = _made(tmp_path)
    place = Folder(tmp_path)
    known = _known(entries)
    old = measure.standing(tmp_path, arrange(entries, job(), known))
    keep.write(place, tmp_path, measure.profile(tmp_path, RUN, "t", old))
    assert keep.read(tmp_path) == []
    for run_id, time in (("b", "2026-01-01"), ("a", "2026-01-02")):
        keep.write(place, tmp_path, measure.profile(tmp_path, RUN | {"run_id": run_id}, time))
    assert [one.run_id for one in keep.read(tmp_path)] == ["b", "a"]
    assert all(path.stat().st_size < 4096 for path in (tmp_path / "profiles").iterdir())
