"""WebVTT and ASS as FFmpeg reads them."""

import io
from typing import Any

import av
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_faces import faces

from tasks.show import ass, vtt
from tasks.show.cues import cues
from tasks.show.subtitles import FORMATS

SIZE = (320, 240)
ODD = st.lists(st.sampled_from(["{", "}", "\\", "N", "h", "<", "i>", "&", "&lt;", "-->", "a", " b"]), max_size=8)
TEXT = ODD.map(lambda parts: "x" + "".join(parts) + "x")


def packets(text: str, form: str) -> list[Any]:
    with av.open(io.BytesIO(text.encode()), format={"vtt": "webvtt"}.get(form, form)) as container:
        return [packet for packet in container.demux(subtitles=0) if packet.size]


def shown(packet: Any) -> str:
    """The text of an event, as FFmpeg hands it to a renderer: the tenth field of ASS."""
    (event,) = packet.decode()
    return str(event.ass.decode().split(",", 8)[8])


def some() -> str:
    return "x\n--> y\n\nWEBVTT {a}"


def made(form: str, size: tuple[int, int] | None = SIZE) -> list[Any]:
    seen = faces(
        [(0, 500.0 * n, (100, 120, 40, 50), name) for n, name in enumerate(["happy", "happy", "sad"])]
        + [(1, 3_600_500.0, (0, 0, 40, 50), "fear")]
    )
    return packets("\n".join(FORMATS[form](cues(seen, 0, 500), some(), size)) + "\n", form)


@pytest.mark.parametrize("form", ["vtt", "ass"])
@pytest.mark.parametrize("size", [SIZE, None])
def test_ffmpeg_reads_each_cue_at_its_time(form: str, size: tuple[int, int] | None) -> None:
    found = made(form, size)
    times = [(float(p.pts * p.time_base), float(p.duration * p.time_base)) for p in found]
    assert times == [(0, 1), (1, 0.5), (3600.5, 0.5)]
    assert [shown(p).split("}")[-1] for p in found] == ["#0 happy 80 %", "#0 sad 80 %", "#1 fear 80 %"]


def test_vtt_lies_under_the_face() -> None:
    seen = faces([(0, 0.0, (100, 120, 40, 60), "happy")], without=(0.0,))
    text = "\n".join(vtt.lines(cues(seen, 0, 500), "a", SIZE))
    assert "00:00:00.000 --> 00:00:00.500 position:37.5% line:75.0% align:center\n#0 happy? 80 %" in text


def test_ass_lies_above_the_face_or_under_it() -> None:
    assert [shown(packet).split("}")[0] for packet in made("ass")] == [
        "{\\an2\\pos(120,120)", "{\\an2\\pos(120,120)", "{\\an8\\pos(20,50)",
    ]  # fmt: skip
    text = "\n".join(ass.lines([], "a", SIZE))
    assert "PlayResX: 320\nPlayResY: 240" in text


@settings(max_examples=200, deadline=None)
@given(text=TEXT)
def test_vtt_shows_text_as_it_stands_and_ass_as_ffmpeg_would(text: str) -> None:
    """FFmpeg turns WebVTT into ASS: what it makes of our WebVTT is what we make ASS of."""
    (packet,) = packets(f"WEBVTT\n\n00:00.000 --> 00:01.000\n{vtt.escape(text)}\n", "vtt")
    assert shown(packet) == ass.escape(text)
    head = "\n".join(ass.lines([], "a", SIZE))
    (packet,) = packets(f"{head}\nDialogue: 0,0:00:00.00,0:00:01.00,happy,,0,0,0,,{ass.escape(text)}\n", "ass")
    assert shown(packet) == ass.escape(text)


@pytest.mark.parametrize("text", ["a\nb", "a\r\nb", "a\rb"])
def test_line_breaks(text: str) -> None:
    (packet,) = packets(f"WEBVTT\n\n00:00.000 --> 00:01.000\n{vtt.escape(text)}\n", "vtt")
    assert shown(packet) == ass.escape(text) == "a\\Nb"
    assert vtt.escape("a\n\n\nb\n") == "a\nb"


def test_clocks() -> None:
    assert vtt.clock(2500.4) == "00:00:02.500"
    assert vtt.clock(100 * 3_600_000 + 59_999.6) == "100:01:00.000"
    assert ass.clock(250) == "0:00:02.50"
    assert ass.clock(360_000 * 100 + 5999) == "100:00:59.99"
