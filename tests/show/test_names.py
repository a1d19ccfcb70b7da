"""Each medium's file has a place of its own, inside the folder, that a disk takes."""

from hypothesis import example, given
from hypothesis import strategies as st

from tasks.show.names import ANNOTATED, made_of, place, root
from tasks.show.seen import Key

PARTS = st.sampled_from(["..", ".", "", "a", "b.mp4", "c:d", "c_d", 'x"', "x_", "\n", "é" * 150, "é" * 151, "z.zip"])
NAMES = st.lists(PARTS, min_size=1, max_size=4).map("/".join)
KEYS = st.builds(Key, NAMES, st.one_of(st.none(), NAMES))


def test_videos_of_one_name_stay_apart_in_their_folders() -> None:
    base = root(["/archive"])
    assert str(place(Key("/archive/a/clip.mp4", None), base, ".vtt")) == "archive/a/clip.mp4.vtt"
    assert str(place(Key("/archive/b/clip.mp4", None), base, ".vtt")) == "archive/b/clip.mp4.vtt"
    assert str(place(Key("/archive/b/clip.mkv", None), base, ".vtt")) == "archive/b/clip.mkv.vtt"
    assert str(place(Key("/archive/all.zip", "b/clip.mp4"), base, ".ass")) == "archive/all.zip/b/clip.mp4.ass"


def test_roots() -> None:
    assert root(["../shared/media/"]) == "../shared"
    assert root(["../shared/a", "../shared/b/c"]) == "../shared"
    assert root(["clip.mp4"]) == root(["/a", "b"]) == root([]) == ""
    assert str(place(Key("../shared/media/x.mp4", None), "../shared", ".vtt")) == "media/x.mp4.vtt"


@given(one=KEYS, other=KEYS, base=st.sampled_from(["", "a", "/", ".."]))
@example(Key("a/c:d", None), Key("a/c_d", None), "")
@example(Key("../a", None), Key("a", None), "")
@example(Key("a/b", None), Key("a", "b"), "")
@example(Key("a/a", None), Key("../a", "a"), "..")
@example(Key("/a", None), Key("a", None), "")
def test_no_two_meet_and_none_leaves_the_folder(one: Key, other: Key, base: str) -> None:
    places = [place(key, base, ".annotated.mp4") for key in (one, other)]
    for found in places:
        assert not found.is_absolute()
        assert not {"..", "."} & set(found.parts)
        assert all(len(part.encode()) <= 235 and "\n" not in part for part in found.parts)
    # A file and a member of an archive can't have one path: the archive is no folder.
    whole = [key.source if key.member is None else f"{key.source}/{key.member}" for key in (one, other)]
    assert whole[0] == whole[1] or places[0] != places[1]


@given(key=KEYS, base=st.sampled_from(["", "a", "/", ".."]), suffix=st.sampled_from([".vtt", ".ass"]))
def test_what_a_file_is_made_of_is_known_by_its_name(key: Key, base: str, suffix: str) -> None:
    medium = place(key, base, "").as_posix()
    assert made_of("subtitles" / place(key, base, suffix)) == medium
    assert (
        made_of("annotated" / place(key, base, ANNOTATED).with_name(place(key, base, ANNOTATED).name + ".mp4"))
        == medium
    )
