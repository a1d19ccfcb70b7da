"""fermata csv, subtitles and annotate on what `fermata score` wrote of a small clip and a picture."""

from pathlib import Path

import av
import cv2
import pandas as pd
import pyarrow.parquet as pq
import pytest
from commands import ROOT, Cli

from tasks.synthetic.clips import clip
from tasks.synthetic.movie import write_clip
from tasks.synthetic.scenes import still

pytestmark = pytest.mark.chain


@pytest.fixture(scope="module")
def scored(cli: Cli, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with media/ and labels/, scored with the reference model and --csv."""
    folder = tmp_path_factory.mktemp("shown")
    for people, name in ((1, "one"), (2, "two")):
        (folder / "media" / name).mkdir(parents=True)
        write_clip(folder / "media" / name / "v.mp4", clip(5, 3, 2.0, 10.0, 1, people, 320, 240), codec="mpeg4")
    cv2.imwrite(str(folder / "media" / "=p.png"), still(3, 1)[0])
    done = cli(
        "score", "media", "--out", "labels", "--model", str(ROOT / "models" / "reference"), "--detector", "haar",
        "--workers", "1", "--csv", "--set", "score.fps=5", cwd=folder,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "labels/faces.csv" in done.stdout
    return folder


def test_csv(cli: Cli, scored: Path) -> None:
    done = cli("csv", "labels", "--to", "tables", cwd=scored)
    assert done.returncode == 0, done.stderr
    for name in ("faces", "frames", "files"):
        assert (scored / "tables" / f"{name}.csv").read_bytes() == (scored / "labels" / f"{name}.csv").read_bytes()
        assert len(pd.read_csv(scored / "tables" / f"{name}.csv")) == len(pq.read_table(scored / "labels" / name))


def test_subtitles(cli: Cli, scored: Path) -> None:
    for form in ("vtt", "ass"):
        done = cli("subtitles", "labels", "--format", form, cwd=scored)
        assert done.returncode == 0, done.stderr
        assert "2 videos" in done.stdout
        for name in ("one", "two"):
            with av.open(str(scored / "labels" / "subtitles" / "media" / name / f"v.mp4.{form}")) as container:
                assert [packet for packet in container.demux(subtitles=0) if packet.size]


def test_annotate_then_media_that_changed(cli: Cli, scored: Path) -> None:
    done = cli("annotate", "labels", "--workers", "1", "--blur-others", cwd=scored)
    assert done.returncode == 0, done.stderr
    made = sorted(path for path in (scored / "labels" / "annotated").rglob("*") if path.is_file())
    videos = [path for path in made if path.suffix == ".mp4"]
    assert len(videos) == 2
    with av.open(str(videos[0])) as container:
        assert len(list(container.decode(video=0))) == 20
    (scored / "media" / "one" / "v.mp4").write_bytes(b"something else")
    (scored / "media" / "two" / "v.mp4").unlink()
    again = cli("annotate", "labels", "--workers", "1", "--to", "again", cwd=scored)
    assert again.returncode == 1
    assert "media/one/v.mp4: has changed since it was scored" in again.stderr
    assert "media/two/v.mp4: No such file" in again.stderr
    assert "2 skipped" in again.stdout
    assert not list((scored / "again").rglob("*.mp4"))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("csv", "nowhere"), "run.json"),
        (("subtitles", "media"), "run.json"),
        (("subtitles", "labels", "--format", "srt"), "--format"),
        (("annotate", "labels", "--track", "1"), "--source"),
        (("annotate", "labels", "--source", "media/three/v.mp4"), "media/three/v.mp4"),
        (("annotate", "labels", "--source", "media/two/v.mp4", "--blur-others", "--track", "99"), "no track 99"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_line(cli: Cli, scored: Path, arguments: tuple[str, ...], said: str) -> None:
    done = cli(*arguments, cwd=scored)
    assert done.returncode == 2
    assert said in done.stderr.splitlines()[-1]
