from collections import Counter
from itertools import groupby

from hypothesis import given
from hypothesis import strategies as st
from made_job import entry, job

from tasks.media.entry import Entry
from tasks.score.units import Arrangement, Known, arrange, name


def _ids(made: Arrangement) -> list[str]:
    return [unit.id for unit in made.units]


def test_names_tell_members_from_files() -> None:
    assert name(entry("a.zip")) == "a.zip"
    assert name(entry("a.zip", member="b/c.png")) == "a.zip::b/c.png"


def test_images_are_cut_into_pieces_and_videos_stand_alone() -> None:
    entries = [entry(f"{n}.png") for n in range(9)] + [
        entry("v.mp4", media_type="video"),
        entry("w.mp4", media_type="video"),
    ]
    made = arrange([entries[-1], *entries[:-1]], job(images_per_unit=4))
    videos = [unit.entries for unit in made.units if unit.entries[0].media_type == "video"]
    images = [unit.entries for unit in made.units if unit.entries[0].media_type == "image"]
    assert sorted(entry.source for (entry,) in videos) == ["v.mp4", "w.mp4"]
    assert [len(group) for group in images] == [4, 4, 1]
    assert [one.source for group in images for one in group] == [f"{n}.png" for n in range(9)]
    assert (made.listed, made.duplicates) == ([], [])


def test_a_content_that_stood_before_is_a_duplicate_of_the_first() -> None:
    first, other = entry("a.png", "x"), entry("b.png", "y")
    again, inside = entry("c.png", "x"), entry("z.zip", "x", member="d.png")
    made = arrange([first, other, again, inside], job())
    assert made.duplicates == [(again, "a.png"), (inside, "a.png")]
    assert [unit.entries for unit in made.units] == [(first, other)]
    made = arrange([inside, first], job())
    assert made.duplicates == [(first, "z.zip::d.png")]


def test_what_failed_and_archives_are_listed_and_never_originals() -> None:
    broken = entry("a.png", "x", status="too_large")
    archive = entry("b.zip", "x", media_type="archive", format="zip")
    good = entry("c.png", "x")
    made = arrange([broken, archive, good], job())
    assert made.listed == [broken, archive]
    assert made.duplicates == []
    assert made.units[0].entries == (good,)


def test_a_tars_images_stay_together_and_a_zips_do_not() -> None:
    tar = [entry("t.tar.gz", media_type="archive", format="tar.gz")]
    tar += [entry("t.tar.gz", member=f"{n}.png") for n in range(9)]
    packed = [entry("z.zip", media_type="archive", format="zip")]
    packed += [entry("z.zip", member=f"{n}.png") for n in range(9)]
    clip = entry("t.tar.gz", member="v.mp4", media_type="video")
    made = arrange([entry("0.png"), *tar, clip, *packed, entry("1.png")], job(images_per_unit=4))
    sizes = [(unit.entries[-1].source, len(unit.entries)) for unit in made.units]
    assert ("t.tar.gz", 9) in sizes
    assert ("t.tar.gz", 1) in sizes  # the video
    assert [size for source, size in sizes if source != "t.tar.gz"] == [1, 4, 4, 2]


def test_what_is_known_with_the_same_content_is_held() -> None:
    same, changed, new = entry("a.png", "x"), entry("b.png", "y2"), entry("c.png", "z")
    copy, inside = entry("d.png", "x"), entry("e.zip", "w", member="m.png")
    known: Known = {
        ("a.png", None): ("x", "scored"),
        ("b.png", None): ("y", "scored"),
        ("e.zip", "m.png"): ("w", "no_face"),
    }
    made = arrange([same, changed, new, copy, inside], job(), known)
    assert made.held == [same, inside]
    assert [unit.entries for unit in made.units] == [(changed, new)]
    assert made.duplicates == [(copy, "a.png")]


def test_nothing_gives_nothing() -> None:
    assert arrange([], job()) == Arrangement([], [], [], [])


ENTRIES = st.lists(
    st.builds(
        Entry,
        source=st.sampled_from(["a", "b", "c.zip", "d.tar"]),
        member=st.none() | st.sampled_from(["x", "y", "\udc80"]),
        media_type=st.sampled_from(["image", "video", "archive", "other"]),
        format=st.sampled_from(["png", "zip", "tar", None]),
        bytes=st.integers(0, 9),
        sha256=st.sampled_from(["1", "2", "3", "4", "5", "6"]),
        status=st.none() | st.just("unsupported"),
    ),
    max_size=20,
    unique_by=lambda one: (one.source, one.member),
)


@given(ENTRIES, st.integers(1, 5))
def test_every_entry_is_in_exactly_one_place(entries: list[Entry], size: int) -> None:
    made = arrange(entries, job(images_per_unit=size))
    places = [one for unit in made.units for one in unit.entries] + made.listed + [one for one, _ in made.duplicates]
    assert Counter(places) == Counter(entries)
    scored = [one for unit in made.units for one in unit.entries]
    assert len({one.sha256 for one in scored}) == len(scored)
    names = {name(one): one for one in scored}
    for copy, of in made.duplicates:
        assert names[of].sha256 == copy.sha256
        assert entries.index(names[of]) < entries.index(copy)
    for unit in made.units:
        kinds = {one.media_type == "video" for one in unit.entries}
        assert len(kinds) == 1
        assert kinds == {False} or len(unit.entries) == 1
    assert len(set(_ids(made))) == len(made.units)


@given(ENTRIES)
def test_units_depend_on_the_entries_and_the_fingerprint_alone(entries: list[Entry]) -> None:
    one = arrange(entries, job())
    assert one == arrange(list(entries), job(run_id="run-9", model="elsewhere"))
    other = arrange(entries, job(fps=9.0))
    assert [unit.entries for unit in one.units] == [unit.entries for unit in other.units]
    assert not set(_ids(one)) & set(_ids(other))


def test_contents_and_not_names_make_a_unit() -> None:
    base = [entry("a.png", "x"), entry("b.png", "y")]
    one = _ids(arrange(base, job()))
    assert [key for key, _ in groupby(one)] == one
    assert _ids(arrange([entry("c.png", "x"), entry("z.zip", "y", member="m")], job())) == one
    assert _ids(arrange([entry("a.png", "x"), entry("b.png", "z")], job())) != one
    assert _ids(arrange(base[:1], job())) != one


def test_what_was_labelled_under_another_name_is_held() -> None:
    moved, failed = entry("new/a.png", "x"), entry("new/b.png", "y")
    known: Known = {
        ("a.png", None): ("x", "scored"),
        ("b.png", None): ("y", "timeout"),
        ("c.png", None): ("z", "no_face"),
    }
    made = arrange([moved, failed, entry("z.zip", "z", member="c.png")], job(), known)
    assert [name(one) for one in made.held] == ["new/a.png", "z.zip::c.png"]
    assert [unit.entries for unit in made.units] == [(failed,)]  # tried again
    copy = entry("b/copy.png", "x")
    made = arrange([copy, entry("a.png", "x")], job(), known)
    assert (made.held, made.duplicates) == ([copy], [(entry("a.png", "x"), "b/copy.png")])
