import itertools
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser import CHROMIUM, Tab, browser
from large_folder import write_large
from websockets.sync.connection import Connection

from tasks.explore.findings import findings
from tasks.explore.gallery import gather
from tasks.explore.prepared import Prepared, open_folder
from tasks.explore.report import write_page
from tasks.explore.scan import scan
from tasks.params import Explore

pytestmark = [pytest.mark.chain, pytest.mark.skipif(not CHROMIUM, reason="no Chromium is installed")]

REJECTS, COPIES, DISPUTED = (f'form[data-gallery="{name}"] ' for name in ("rejects", "copies", "disputed"))
CARDS = '[data-cards="rejects"] .card'


def written(folder: Path, prepared: Prepared, wanted: Explore) -> str:
    scanned = scan(prepared, wanted)
    shown = gather(prepared, scanned, wanted.pairs)
    path = write_page(folder / "report.html", prepared, scanned, shown, findings(prepared.manifest, scanned), wanted)
    return path.as_uri()


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory, prepared: Prepared) -> str:
    return written(tmp_path_factory.mktemp("page"), prepared, Explore())


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    with browser(tmp_path_factory.mktemp("profile")) as socket:
        yield socket


@pytest.fixture
def tab(chromium: Connection, page: str) -> Iterator[Tab]:
    """The report, opened in a tab of its own; nothing may be heard of its console, nor may it load anything."""
    tab = Tab(chromium)
    tab.look(1280)
    tab.open(page)
    yield tab
    assert tab.said == []
    assert {url.partition("#")[0] for url in tab.requests if not url.startswith("data:")} == {page}


def said(tab: Tab, form: str) -> str:
    (text,) = tab.texts(f"{form}output")
    return text


def test_everything_is_shown_at_first(tab: Tab) -> None:
    assert said(tab, REJECTS) == "36 of 36 shown"
    assert said(tab, COPIES) == "5 of 5 shown"
    assert said(tab, DISPUTED) == "31 of 31 shown"
    assert tab.count(CARDS) == 36
    pictures = "Array.from(document.querySelectorAll('img[src]'))"
    assert tab.run(f"Promise.all({pictures}.map(one => one.decode())).then(all => all.length)") == 33 + 128 + 16 + 31


def test_filters_narrow_the_gallery(tab: Tab) -> None:
    tab.choose(f"{REJECTS}[name=reason]", "blank")
    assert (said(tab, REJECTS), tab.count(CARDS)) == ("13 of 13 shown", 13)
    tab.choose(f"{REJECTS}[name=split]", "public")
    assert (said(tab, REJECTS), tab.count(CARDS)) == ("6 of 6 shown", 6)
    tab.choose(f"{REJECTS}[name=label]", "sad")
    assert (said(tab, REJECTS), tab.count(CARDS)) == ("0 of 0 shown", 0)
    assert "nothing matches" in tab.texts('[data-cards="rejects"] + .pager')[0]
    tab.choose(f"{REJECTS}[name=reason]", "")
    tab.choose(f"{REJECTS}[name=split]", "")
    assert (said(tab, REJECTS), tab.count(CARDS)) == ("1 of 1 shown", 1)


def test_every_word_of_a_search_must_match(tab: Tab) -> None:
    tab.choose(f"{REJECTS}[name=q]", "NEAR-6")
    assert (said(tab, REJECTS), tab.count(CARDS)) == ("1 of 36 match", 1)
    tab.choose(f"{REJECTS}[name=q]", "bits 256 angry near-")
    assert said(tab, REJECTS) == "9 of 36 match"
    tab.choose(f"{REJECTS}[name=q]", "8,000 bytes")
    assert tab.texts(f"{CARDS} .why") == ["JPEG ends after 312 of 8,000 bytes"]
    tab.choose(f"{REJECTS}[name=q]", "")
    assert tab.count(CARDS) == 36


def test_the_address_keeps_a_view(tab: Tab, page: str) -> None:
    tab.choose(f"{REJECTS}[name=reason]", "near_duplicate")
    tab.choose(f"{REJECTS}[name=q]", "near-3")
    address = tab.run("location.href")
    assert address == f"{page}#gallery=rejects&q=near-3&reason=near_duplicate"
    tab.open("about:blank")
    tab.open(address)
    assert said(tab, REJECTS) == "1 of 6 match"
    tab.requests.clear()
    tab.requests.append(page)


def test_a_reason_in_the_table_leads_to_its_pictures(tab: Tab) -> None:
    tab.click('#rejects table a[href="#gallery=rejects&reason=blank"]')
    tab.run("new Promise(done => setTimeout(done, 50))")
    assert said(tab, REJECTS) == "13 of 13 shown"
    tab.click('#copies table a[href="#gallery=copies&kind=duplicate"]')
    tab.run("new Promise(done => setTimeout(done, 50))")
    assert (said(tab, COPIES), said(tab, REJECTS)) == ("1 of 1 shown", "13 of 13 shown")


def test_pictures_are_ordered_by_what_was_measured(tab: Tab) -> None:
    tab.choose(f"{REJECTS}[name=sort]", "-mean")
    assert tab.texts(f"{CARDS} .key")[0] == "training/neutral/too_bright.jpg"
    tab.choose(f"{REJECTS}[name=sort]", "mean")
    keys = tab.texts(f"{CARDS} .key")
    assert keys[0] == "training/happy/blank-0.jpg"
    assert set(keys[-5:]) == {  # those that could not be measured come last in either order
        "training/angry/broken.jpg", "training/../../etc/passwd", "training/angry/huge.png", "training/angry/tiny.png",
        "training/contempt/1.png",
    }  # fmt: skip


def test_sets_show_what_stayed_beside_what_did_not(tab: Tab) -> None:
    tab.choose(f"{COPIES}[name=labels]", "agree")
    assert said(tab, COPIES) == "1 of 1 shown"
    assert tab.count('[data-cards="copies"] .kept') == 1
    tab.choose(f"{COPIES}[name=labels]", "differ")
    tab.choose(f"{COPIES}[name=sort]", "-bits")
    assert tab.texts(".set header")[0].split("\n") == ["near_duplicate_across_splits", "labels differ"]
    assert tab.texts(".set .apart")[:3] == ["8 bits apart", "9 bits apart", "10 bits apart"]
    assert tab.count(".set .other") > 3
    assert "and 1 more" in tab.texts(".set .why")[1]


def test_disputed_images_are_of_one_kind_at_a_time(tab: Tab) -> None:
    tab.choose(f"{DISPUTED}[name=kind]", "disputed")
    assert said(tab, DISPUTED) == "125 of 125 shown"
    assert tab.count('[data-cards="disputed"] .card') == 48
    tab.choose(f"{DISPUTED}[name=majority]", "tied")
    assert said(tab, DISPUTED) == "25 of 25 shown"
    assert set(tab.texts('[data-cards="disputed"] .card .say > span:nth-child(2)')) == {"votes tied"}


def test_a_picture_is_enlarged_and_steps_by_keys(tab: Tab) -> None:
    tab.choose(f"{REJECTS}[name=reason]", "near_duplicate_across_splits")
    tab.run(f"document.querySelector({json.dumps(CARDS)}).focus()")
    tab.press("Enter")
    assert tab.run("document.querySelector('dialog').open")
    assert tab.texts("#zoom-where") == ["1 of 3"]
    facts = tab.texts("#zoom-facts")[0]
    for word in ("near_duplicate_across_splits", "Copy of", "sharpness", "of 256 bits differ"):
        assert word in facts
    first = tab.run("document.getElementById('zoom-picture').src")
    tab.press("ArrowRight")
    tab.press("ArrowRight")
    tab.press("ArrowRight")
    assert tab.texts("#zoom-where") == ["3 of 3"]
    assert tab.run("document.getElementById('zoom-picture').src") != first
    tab.press("ArrowLeft")
    assert tab.texts("#zoom-where") == ["2 of 3"]
    tab.press("Escape")
    assert not tab.run("document.querySelector('dialog').open")


def test_samples_are_enlarged_too(tab: Tab) -> None:
    tab.click('[data-zoom="warped"]')
    facts = tab.texts("#zoom-facts")[0]
    assert '{"flip":true}' in facts
    assert tab.run("document.getElementById('zoom-picture').naturalWidth") == 48


def test_keys_can_be_taken_away(tab: Tab) -> None:
    tab.choose(f"{REJECTS}[name=reason]", "blank")
    tab.click('[data-cards="rejects"] ~ .keys summary')
    tab.run("new Promise(done => setTimeout(done, 50))")
    keys = tab.run("document.querySelector('[data-cards=\"rejects\"] ~ .keys textarea').value").split("\n")
    assert sorted(keys) == sorted(f"training/happy/blank-{n}.jpg" for n in range(13))


def test_charts_change_with_what_is_compared(tab: Tab) -> None:
    def shown() -> list[bool]:
        return [
            bool(tab.run(f"document.querySelector('#measures div.for-{name}').checkVisibility()"))
            for name in ("all", "split", "class")
        ]

    assert shown() == [True, False, False]
    tab.click("#view-class")
    assert shown() == [False, False, True]
    tab.click("#view-split")
    assert shown() == [False, True, False]


def test_pictures_can_be_blurred(tab: Tab) -> None:
    tab.click("#blur")
    assert "blur" in tab.run(f"getComputedStyle(document.querySelector({json.dumps(CARDS + ' img')})).filter")


@pytest.mark.parametrize(
    ("width", "dark", "media"), [*itertools.product((400, 1280), (False, True), ("screen",)), (794, False, "print")]
)
def test_nothing_is_wider_than_the_page(tab: Tab, width: int, dark: bool, media: str) -> None:
    tab.look(width, dark=dark, media=media)
    assert tab.run("document.documentElement.scrollWidth") == width
    paper = tab.run("getComputedStyle(document.body).backgroundColor")
    assert paper == ("rgb(14, 18, 22)" if dark else "rgb(255, 255, 255)" if media == "print" else "rgb(247, 247, 244)")
    tools = tab.run(f"document.querySelector({json.dumps(REJECTS)}).checkVisibility()")
    assert tools == (media == "screen")
    tab.click(CARDS)
    dialog = tab.run("document.querySelector('dialog').getBoundingClientRect().right")
    assert dialog <= width


def test_without_scripts_figures_and_samples_are_there(chromium: Connection, page: str) -> None:
    tab = Tab(chromium)
    tab.call("Emulation.setScriptExecutionDisabled", value=True)
    tab.open(page)
    text = tab.texts("main")[0]
    assert "These pictures are shown by the page's script, which this browser doesn't run." in text
    assert "161 images" in text
    assert tab.count("#samples img") == 128
    assert not tab.run("document.querySelector('form.tools').checkVisibility()")


def test_of_five_thousand_pictures_a_page_is_drawn(
    chromium: Connection, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("large")
    prepared = open_folder(write_large(folder / "data", 6_000, 6_000))
    tab = Tab(chromium)
    tab.look(1280)
    tab.open(written(folder, prepared, Explore(gallery=5000, pairs=100)))
    assert said(tab, REJECTS) == "5,000 of 6,000 shown"
    assert said(tab, COPIES) == "100 of 6,000 shown"
    assert tab.count(CARDS) == 48
    assert tab.texts('[data-cards="rejects"] + .pager span') == ["1–48"]
    tab.click('[data-cards="rejects"] + .pager button:last-child')
    assert tab.texts('[data-cards="rejects"] + .pager span') == ["49–96"]
    tab.choose(f"{REJECTS}[name=rows]", "480")
    assert tab.count(CARDS) == 480
    drawn = tab.run(
        "(() => { const q = document.querySelector('[name=q]'), cards = [];"
        "for (const text of ['n', 'ne', 'near', 'near-1', 'near-12']) {"
        "q.value = text; q.dispatchEvent(new Event('input', {bubbles: true}));"
        f"cards.push(document.querySelectorAll(`{CARDS}`).length); }} return cards; }})()"
    )
    assert len(drawn) == 5
    assert max(drawn) <= 480  # each letter draws a page, not 5,000 pictures
    assert tab.said == []
