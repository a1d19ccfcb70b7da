import pytest
from made_job import entry, job

from tasks.schema import FILE_STATUSES
from tasks.score.plan import listed_rows
from tasks.score.units import Arrangement, arrange


def _archive(source: str = "z.zip", **changes: str) -> Arrangement:
    return Arrangement([], [], [entry(source, media_type="archive", format="zip", **changes)], [])


def test_rows_of_what_failed_say_why_and_of_copies_of_what() -> None:
    broken = entry("a.bin", media_type="other", status="unsupported", error="neither an image")
    first, copy = entry("b.png", "x"), entry("c.png", "x")
    rows = listed_rows(arrange([broken, first, copy], job()), [("b.png", None, "scored")])
    by_source = {row["source"]: row for row in rows}
    assert set(by_source) == {"a.bin", "c.png"}  # the scored one is in its unit
    assert (by_source["a.bin"]["status"], by_source["a.bin"]["error"]) == ("unsupported", "neither an image")
    assert (by_source["c.png"]["status"], by_source["c.png"]["duplicate_of"]) == ("duplicate", "b.png")
    assert by_source["c.png"]["frames_sampled"] == by_source["c.png"]["faces"] == 0


@pytest.mark.parametrize(
    ("members", "status"),
    [
        (["no_face", "scored", "unsupported"], "scored"),
        (["no_face", "decode_error"], "no_face"),
        (["decode_error", "unsupported"], "decode_error"),
        (["timeout", "refused"], "timeout"),
        (["unsupported"], "unsupported"),
        ([], "unsupported"),
    ],
)
def test_an_archive_is_as_good_as_its_best_member(members: list[str], status: str) -> None:
    scored = [("z.zip", f"{number}", one) for number, one in enumerate(members)]
    (row,) = listed_rows(_archive(), scored)
    assert row["status"] == status


@pytest.mark.parametrize("status", FILE_STATUSES)
def test_every_status_of_a_member_is_known(status: str) -> None:
    (row,) = listed_rows(_archive(), [("z.zip", "a", status)])
    assert row["status"] == status


def test_members_that_were_not_scored_count_too() -> None:
    archive = entry("z.zip", media_type="archive", format="zip")
    refused = entry("z.zip", member="..", media_type="other", status="refused")
    original, copy = entry("a.png", "x"), entry("z.zip", "x", member="a.png")
    (row, *_) = [row for row in listed_rows(arrange([archive, refused], job()), []) if row["member"] is None]
    assert row["status"] == "refused"
    rows = listed_rows(arrange([original, archive, copy], job()), [("a.png", None, "scored")])
    assert {row["member"]: row["status"] for row in rows} == {None: "duplicate", "a.png": "duplicate"}


def test_other_archives_and_plain_files_do_not_count() -> None:
    (row,) = listed_rows(_archive(), [("y.zip", "a", "scored"), ("z.zip", None, "scored")])
    assert row["status"] == "unsupported"


def test_an_archive_that_failed_itself_keeps_its_status() -> None:
    (row,) = listed_rows(_archive(status="decode_error", error="cut short"), [("z.zip", "a", "scored")])
    assert (row["status"], row["error"]) == ("decode_error", "cut short")
