"""What a reader does with the page, in a real browser."""

from collections.abc import Iterator

import pytest
from browser import CHROMIUM, Tab, browser
from scored_folder import Media, realistic, write_folder

from tasks.report.score import write_score_report

pytestmark = [pytest.mark.chain, pytest.mark.skipif(not CHROMIUM, reason="no Chromium is installed")]

HOSTILE = (
    "a/<img src=x onerror=alert(1)>.jpg", "a/\"quotes\" 'and' `ticks`.jpg", "a/\u202ertl\u2066.jpg", "a/new\nline.jpg",
    "a/<script>document.title='ran'</script>.mp4", "a/&lt;b&gt;&#0;.jpg", "a/</td></tr></table>.jpg",
)  # fmt: skip


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tab]:
    with browser(tmp_path_factory.mktemp("profile")) as socket:
        yield Tab(socket)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> str:
    return write_score_report(write_folder(tmp_path_factory.mktemp("scored"), realistic(), thumbs=400)).as_uri()


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> str:
    """5,000 files, seven of them with names that would break a careless page."""
    kinds = ("happy", "sad", "neutral", "fear")
    media = [
        Media(f"a/{i // 500:02}/IMG_{i:05}.jpg", frames=((kinds[i % 4],) * (1 + i % 7),), seconds=i / 1000)
        for i in range(4_800)
    ]
    media += [Media(f"b/{i}.mp4", frames=(("happy", "sad"), ("sad",)), media="video") for i in range(93)]
    media += [Media(f"c/{i}.jpg", "decode_error", error=f"cut off at byte {i}") for i in range(100)]
    media += [Media(name, frames=(("happy", "surprise"),)) for name in HOSTILE]
    run = {"sources": ["/archive/<b>&\"'"]}
    return write_score_report(write_folder(tmp_path_factory.mktemp("large"), media, thumbs=300, run=run)).as_uri()


def opened(page: Tab, address: str) -> None:
    """Load it anew, whatever stands behind its ``#``."""
    page.open("about:blank")
    page.said.clear()
    page.requests.clear()
    page.open(address)


def names(page: Tab) -> list[str]:
    return list(page.run("Array.from(document.querySelectorAll('#table tbody th bdi'), (e) => e.textContent)"))


def column(page: Tab, number: int) -> list[str]:
    return page.texts(f"#table tbody td:nth-child({number + 1})")


def shown(page: Tab) -> str:
    return str(page.run("document.getElementById('shown').textContent"))


def find(page: Tab, text: str) -> None:
    """Type into the field, letter by letter."""
    page.run("document.getElementById('find').focus(); document.getElementById('find').select()")
    page.press("Backspace")
    for letter in text:
        page.press(letter)


def choose(page: Tab, field: str, value: str) -> None:
    page.run(f"document.getElementById('{field}').value = '{value}'")
    page.run(f"document.getElementById('{field}').dispatchEvent(new Event('change'))")


def test_it_opens_without_a_word_and_asks_nobody(page: Tab, report: str) -> None:
    opened(page, report)
    assert shown(page) == "62 of 62 files"
    assert len(names(page)) == 50
    assert page.run("document.querySelectorAll('#table .mini').length") > 0
    assert page.said == []
    assert {url.partition(":")[0] for url in page.requests} <= {"file", "data"}


def test_the_address_filters(page: Tab, report: str) -> None:
    opened(page, f"{report}#status=no_face")
    assert names(page) == [f"garden/IMG_{i:04}.jpg" for i in range(9)]
    opened(page, f"{report}#media=video&sort=-faces")
    assert names(page) == ["interview.mp4", "street.mkv", "clips/short.mp4", "endless.mkv"]
    assert page.run("document.querySelector('[data-sort=faces]').getAttribute('aria-sort')") == "descending"
    opened(page, f"{report}#emotion=happy&q=party")
    assert set(column(page, 4)) == {"happy"}
    assert page.run("document.getElementById('emotion').value") == "happy"
    assert page.said == []


def test_the_keyboard_reaches_everything(page: Tab, report: str) -> None:
    opened(page, report)
    page.run("document.getElementById('find').focus()")
    reached = []
    for _ in range(13):
        page.press("Tab")
        reached.append(
            page.run(
                "document.activeElement.id || document.activeElement.textContent || document.activeElement.className"
            )
        )
    assert reached[:4] == ["status", "media", "emotion", "page"]
    assert reached[5:] == ["File", "Kind", "Status", "Faces", "Emotion", "Frames", "Seconds", "Error"]
    page.run("document.querySelector('[data-sort=seconds] button').focus()")
    page.press("Enter")
    assert column(page, 6)[:3] == ["4.20", "4.20", "4.20"]


def test_pictures_of_faces_are_blurred_on_request(page: Tab, report: str) -> None:
    opened(page, report)
    blurred = (
        "Array.from(document.images, (i) => getComputedStyle(i).filter).filter((f) => f.startsWith('blur')).length"
    )
    assert page.run(blurred) == 0
    page.run("document.querySelector('#tracks .blur').click()")
    assert page.run(blurred) == page.run("document.images.length") > 40
    assert page.run("document.querySelector('#faces .blur').checked") is True


def test_five_thousand_files_are_sorted_filtered_and_paged(page: Tab, large: str) -> None:
    opened(page, large)
    assert shown(page) == "5,000 of 5,000 files"
    assert len(names(page)) == 50
    assert page.run("document.getElementById('where').textContent") == "1–50 of 5,000"
    page.run("document.getElementById('next').click()")
    assert page.run("document.getElementById('where').textContent") == "51–100 of 5,000"
    page.run("document.querySelector('[data-sort=seconds] button').click()")
    assert column(page, 6)[:2] == ["4.80", "4.80"]
    assert page.run("document.getElementById('back').disabled") is True
    page.run("document.querySelector('[data-sort=faces] button').click()")
    assert set(column(page, 3)) == {"7"}
    find(page, "img_0012")
    assert shown(page) == "10 of 5,000 files"
    assert sorted(names(page)) == [f"a/00/IMG_{i:05}.jpg" for i in range(120, 130)]
    find(page, "")
    choose(page, "media", "video")
    assert shown(page) == "93 of 5,000 files"
    choose(page, "media", "")
    choose(page, "status", "decode_error")
    assert shown(page) == "100 of 5,000 files"
    choose(page, "status", "")
    choose(page, "emotion", "fear")
    assert shown(page) == "1,200 of 5,000 files"
    choose(page, "emotion", "")
    choose(page, "page", "100000")
    assert len(names(page)) == 5_000
    assert page.said == []


def test_names_are_text_whatever_they_say(page: Tab, large: str) -> None:
    opened(page, f"{large}#emotion=happy&q=a/&sort=name")
    visible = {name.replace("\n", "\u240a") for name in HOSTILE}
    choose(page, "page", "100000")
    assert visible <= set(names(page))
    assert page.run("document.querySelectorAll('script').length") == 1
    assert page.run("document.querySelectorAll('[onerror], img:not([src^=data])').length") == 0
    assert page.run("document.querySelectorAll('table table, #table td td').length") == 0
    assert page.run("document.title") == "<b>&\"' · Fermata"
    find(page, "<img src=x onerror")
    assert names(page) == [HOSTILE[0]]
    assert page.said == []
