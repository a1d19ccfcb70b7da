from pathlib import Path

import pytest

from tasks.errors import UsageError
from tasks.lineage.asked import Bundle, Labels, Named, Registered, read


@pytest.fixture(autouse=True)
def _there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("labels/run.json", "a:b/run.json", "out/model/model.json"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("{}")
    monkeypatch.chdir(tmp_path)


LABELS, ODD = Path("labels"), Path("a:b")


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("labels", Labels(LABELS)),
        ("labels/", Labels(LABELS)),
        ("labels:media/a.png", Labels(LABELS, "media/a.png")),
        ("labels:media/clip.mp4#12", Labels(LABELS, "media/clip.mp4", 12)),
        ("labels:media/clip.mp4#12/3", Labels(LABELS, "media/clip.mp4", 12, 3)),
        ("labels:box.zip::in/a.png#0/0", Labels(LABELS, "box.zip::in/a.png", 0, 0)),
        ("labels:s3://bucket/a.png#0/1", Labels(LABELS, "s3://bucket/a.png", 0, 1)),
        ("labels:odd#name.png", Labels(LABELS, "odd#name.png")),
        ("labels:odd#1.png#2/0", Labels(LABELS, "odd#1.png", 2, 0)),
        ("a:b", Labels(ODD)),
        ("a:b:c.png", Labels(ODD, "c.png")),
        ("models:/emotion@champion", Registered("models:/emotion@champion")),
        ("emotion v3", Registered("models:/emotion/3")),
        ("out/model", Bundle(Path("out/model"))),
        ("out/model/model.tflite", Bundle(Path("out/model"))),
        ("puny-eggs", Named("puny-eggs")),
    ],
)
def test_what_is_meant(text: str, meant: object) -> None:
    assert read(text) == meant


@pytest.mark.parametrize("text", ["nothing/here", "out", "nolabels:a.png"])
def test_what_is_nothing(text: str) -> None:
    with pytest.raises(UsageError, match="is neither a scored folder"):
        read(text)
