"""The review page as a reviewer uses it."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image, ImageStat
from playwright.sync_api import Browser, Page, expect

from scanproof.correction.availability import load_corrector
from scanproof.correction.model_pool import ModelPool
from scanproof.document import Box, Document, Line, Word
from scanproof.local_run import read_scan
from scanproof.ocr.registry import Engines
from scanproof.options import Output, ScanOptions
from scanproof.output.review_page import review_page
from scanproof.tables.find import DocumentTables
from tests.browser.conftest import ROOT, SCREENSHOTS, Watched
from tests.builders import document, edit, page
from tests.unit.output.test_review_page import PAYLOADS
from tests.unit.tables.pages import GROUPED, INVOICE
from tests.unit.tables.pages import page as typewritten

Read = tuple[Document, dict[int, bytes]]
MORE_PAYLOADS = [
    template.format(wrapped)
    for wrapped in ("alert(1)", "window.hit=1", "fetch('http://127.0.0.1:9/')")
    for template in (
        "<script>{}</script>",
        '"><img src=x onerror="{}">',
        "' onclick='{}' x='",
        "<svg/onload={}>",
        "<iframe srcdoc='<script>{}</script>'>",
        "<style>*{{background:url(javascript:{})}}</style>",
        "<a href=javascript:{}>x</a>",
        "]]><script>{}</script>",
        "--><script>{}</script>",
        "<base href=//{}/>",
        "<meta http-equiv=refresh content='0;url=javascript:{}'>",
        "<form action=javascript:{}><button>",
        "<math><mtext><script>{}</script>",
        "<template><script>{}</script></template>",
        "\\u003cscript\\u003e{}\\u003c/script\\u003e",
        "&lt;script&gt;{}&lt;/script&gt;",
        "${{{}}}",
        "{{{{{}}}}}",
        "<details open ontoggle={}>",
        "<input autofocus onfocus={}>",
        "<object data='data:text/html,<script>{}</script>'>",
        "<embed src=javascript:{}>",
        "<video><source onerror={}>",
        "<body onload={}>",
        "<marquee onstart={}>",
        "<link rel=stylesheet href=javascript:{}>",
        "<x onmouseover={}>x",
        "</title><script>{}</script>",
        "</textarea><script>{}</script>",
        "</style><script>{}</script>",
        "\u2028<script>{}</script>",
    )
]


def written(tmp_path: Path, read: Read) -> Path:
    path = tmp_path / "review.html"
    path.write_bytes(review_page(*read))
    return path


def test_reviewer_steps_through_and_saves(watched: Watched, read_invoice: Read, tmp_path: Path) -> None:
    view = watched.open(written(tmp_path, read_invoice))
    expect(view.get_by_role("heading", level=1)).to_have_text("noisy-invoice.png")
    view.keyboard.press("n")
    first = view.locator(".word[aria-current=true]")
    expect(first).to_be_focused()
    expect(view.locator("#crop")).to_be_visible()
    raw = view.locator("#item-text del").inner_text()
    view.keyboard.press("u")
    expect(first).to_have_text(raw)
    view.keyboard.press("n")
    view.keyboard.press("a")
    view.keyboard.press("n")
    view.locator("#item-input").fill("Retyped <b>")
    view.keyboard.press("Enter")
    expect(view.locator(".word.decided")).to_have_count(3)
    expect(view.locator("#count")).to_contain_text("3 of")
    view.get_by_label("total").fill("264.66")
    with view.expect_download() as download:
        view.get_by_role("button", name="Save corrections").click()
    saved = json.loads(Path(download.value.path()).read_text(encoding="utf-8"))
    assert [one["action"] for one in saved["corrections"]] == ["undone", "accepted", "retyped"]
    assert saved["corrections"][0]["replacement"] == raw
    assert saved["corrections"][2]["replacement"] == "Retyped <b>"
    assert saved["document_id"] == read_invoice[0].id
    lines = read_invoice[0].pages[0].lines
    for one in saved["corrections"]:
        assert lines[one["line"]].text[one["start"] : one["end"]] == one["text"]
    watched.check_silent()


def test_filter_shows_open_items_only(watched: Watched, read_invoice: Read, tmp_path: Path) -> None:
    view = watched.open(written(tmp_path, read_invoice))
    view.get_by_label("Show").select_option("doubtful")
    view.keyboard.press("n")
    view.locator("body").press("n")
    expect(view.locator(".word[aria-current=true].doubtful")).to_have_count(1)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [400, 1300])
def test_page_is_accessible(browser: Browser, read_invoice: Read, tmp_path: Path, scheme: Any, width: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, bypass_csp=True)
    view = context.new_page()
    view.goto(written(tmp_path, read_invoice).as_uri())
    view.keyboard.press("n")
    assert view.evaluate("document.documentElement.scrollWidth") <= width
    found = Axe().run(view).response["violations"]
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    view.screenshot(path=SCREENSHOTS / f"review-{scheme}-{width}.png")
    context.close()
    assert [(one["id"], one["nodes"][0]["html"][:80]) for one in found] == []


def hostile(texts: list[str]) -> Document:
    box = Box(left=0, top=0, right=10, bottom=10)
    lines = [
        Line(
            raw=text,
            text=text + "x",
            box=box,
            words=(Word(start=0, end=len(text), box=box, confidence=0.1),),
            edits=(edit(text, len(text), len(text), "x"),),
        )
        for text in texts
    ]
    made = document(page(1, *lines))
    return made.model_copy(update={"source": made.source.model_copy(update={"name": texts[0]})})


def test_hostile_text_stays_text(watched: Watched, tmp_path: Path) -> None:
    texts = [*PAYLOADS, *MORE_PAYLOADS]
    assert len(texts) >= 100
    dialogs: list[str] = []
    watched.page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    view = watched.open(written(tmp_path, (hostile(texts), {})))
    for _ in range(len(texts)):
        view.keyboard.press("n")
    assert view.evaluate("window.hit") is None
    assert dialogs == []
    assert shown(view) == [" ".join((text + "x").split()) for text in texts]
    watched.check_silent()


def shown(view: Page) -> list[str]:
    texts: list[str] = view.locator(".text p").all_text_contents()
    return [" ".join(text.split()) for text in texts]


def test_large_document_loads_pictures_lazily(watched: Watched, read_invoice: Read, tmp_path: Path) -> None:
    one, previews = read_invoice
    pages = tuple(one.pages[0].model_copy(update={"number": number}) for number in range(1, 201))
    many = one.model_copy(update={"pages": pages})
    path = written(tmp_path, (many, dict.fromkeys(range(1, 201), previews[1])))
    assert path.stat().st_size < 60e6
    view = watched.open(path)
    expect(view.locator("article")).to_have_count(200)
    assert 0 < view.locator("img").count() < 20
    view.locator("#page-200").scroll_into_view_if_needed()
    expect(view.get_by_alt_text("Page 200 as scanned")).to_be_visible()
    watched.check_silent()


def test_document_without_text_opens(watched: Watched, tmp_path: Path) -> None:
    view = watched.open(written(tmp_path, (document(page(1)), {})))
    view.keyboard.press("n")
    expect(view.get_by_text("No text was found on this page.")).to_be_visible()
    expect(view.get_by_text("There is no image of this page.")).to_be_visible()
    watched.check_silent()


def test_page_of_many_words_opens(watched: Watched, tmp_path: Path) -> None:
    """10,000 words on one page, each of which is doubtful."""
    box = Box(left=0, top=0, right=600, bottom=10)
    text = " ".join(f"word{number:04d}" for number in range(100))
    words = tuple(Word(start=9 * number, end=9 * number + 8, box=box, confidence=0.2) for number in range(100))
    lines = [Line(raw=text, text=text, box=box, words=words)] * 100
    view = watched.open(written(tmp_path, (document(page(1, *lines)), {})))
    expect(view.locator("#count")).to_have_text("0 of 10000 reviewed")
    view.keyboard.press("p")  # from the first to the last one
    expect(view.locator("#item-title")).to_have_text("Page 1, line 100")
    view.keyboard.press("a")
    expect(view.locator("#count")).to_have_text("1 of 10000 reviewed")
    watched.check_silent()


def with_tables(*texts: str) -> Document:
    """Pages of typewritten text with their tables; the price of the second row is doubtful."""
    found = DocumentTables()
    pages = []
    for number, text in enumerate(texts, start=1):
        typed = typewritten(text, number)
        lines = [
            line.model_copy(
                update={
                    "words": tuple(
                        word.model_copy(
                            update={"confidence": 0.3 if line.text[word.start : word.end] == "7.25" else 0.99}
                        )
                        for word in line.words
                    )
                }
            )
            for line in typed.lines
        ]
        pages.append(found.add(typed.model_copy(update={"lines": tuple(lines)})))
    return document(*pages)


def test_tables_show_header_and_doubts(watched: Watched, tmp_path: Path) -> None:
    view = watched.open(written(tmp_path, (with_tables(INVOICE, GROUPED), {})))
    table = view.get_by_role("table", name="Table 1: 4 rows, 5 columns")
    expect(table.get_by_role("columnheader")).to_have_text(["Pos", "Description", "Qty", "Price", "Amount"])
    expect(table.get_by_role("row").nth(2)).to_contain_text("Paint brush, soft, for walls")
    expect(view.locator("th[scope=colgroup]")).to_have_text("Sales in units")
    assert view.locator("th[scope=colgroup]").get_attribute("colspan") == "3"
    table.get_by_role("button", name="7.25").click()
    expect(view.locator("#item-title")).to_have_text("Page 1, line 4")
    view.get_by_label("Text").fill("7.26")
    view.keyboard.press("Enter")
    expect(table.locator(".decided")).to_have_text("7.26")
    expect(view.locator(".text > p .decided")).to_have_text("7.26")
    watched.check_silent()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [400, 1300])
def test_tables_are_accessible(browser: Browser, tmp_path: Path, scheme: Any, width: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, bypass_csp=True)
    view = context.new_page()
    view.goto(written(tmp_path, (with_tables(INVOICE, GROUPED), {})).as_uri())
    view.locator(".found-table").last.scroll_into_view_if_needed()
    assert view.evaluate("document.documentElement.scrollWidth") <= width
    found = Axe().run(view).response["violations"]
    context.close()
    assert [(one["id"], one["nodes"][0]["html"][:80]) for one in found] == []


def test_many_cells_wait_until_opened(watched: Watched, tmp_path: Path) -> None:
    rows = "\n".join(f"{number:<8}{number:<8}Bolt {number:<8}{number}.50" for number in range(1, 1001))
    view = watched.open(written(tmp_path, (with_tables(f"Pos     Qty     Article      Amount\n{rows}"), {})))
    expect(view.locator(".found-table table")).to_have_count(0)
    view.get_by_text("Table 1: 1001 rows, 4 columns").click()
    expect(view.locator(".found-table tr")).to_have_count(1001)
    watched.check_silent()


def test_rotated_page_is_shown_upright(watched: Watched, tmp_path: Path) -> None:
    scan = tmp_path / "lying.png"
    with Image.open(ROOT / "samples" / "clean-letter.png") as upright:
        upright.rotate(90, expand=True).save(scan)
    previews: dict[int, bytes] = {}
    options = ScanOptions(outputs=frozenset({Output.REVIEW}))
    read = read_scan(scan, options, Engines(), ModelPool(load_corrector()), on_preview=previews.__setitem__)
    assert read.pages[0].rotation != 0
    low = [
        line.model_copy(update={"words": tuple(word.model_copy(update={"confidence": 0.1}) for word in line.words)})
        for line in read.pages[0].lines
    ]
    read = read.model_copy(update={"pages": (read.pages[0].model_copy(update={"lines": tuple(low)}),)})
    view = watched.open(written(tmp_path, (read, previews)))
    picture = view.get_by_alt_text("Page 1 as scanned")
    expect(picture).to_be_visible()
    width, height = picture.evaluate("(image) => [image.naturalWidth, image.naturalHeight]")
    assert width / height == pytest.approx(read.pages[0].width / read.pages[0].height, rel=0.01)
    assert height > width
    # Where the boxes are, there is ink.
    darkest = min(_brightness(previews[1], read.pages[0].width, word.box) for word in read.pages[0].lines[0].words)
    assert darkest < 235
    watched.check_silent()


def _brightness(picture: bytes, width: int, box: Box) -> float:
    with Image.open(io.BytesIO(picture)) as image:
        scale = image.width / width
        place = tuple(round(scale * side) for side in (box.left, box.top, box.right, box.bottom))
        return ImageStat.Stat(image.convert("L").crop(place)).mean[0]
