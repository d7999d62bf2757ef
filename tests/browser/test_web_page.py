"""The web page of the local stack as a person uses it: the deployed template, the real engine, a real browser."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from devstack.stack import LocalStack
from devstack.web.server import web_page
from scanproof.cli.local_stack import access_to
from tests.browser.conftest import ROOT, SCREENSHOTS

NAME = "März & 7%2F #1?.png"  # all of it would be misread wherever it is not encoded
SAMPLE: Any = {
    "name": NAME,
    "mimeType": "image/png",
    "buffer": (ROOT / "samples" / "noisy-invoice.png").read_bytes(),
}
DONE = 180_000  # milliseconds: the first page loads the models, and the machine may be busy
HOSTILE = "<img src=x onerror=window.hit=1>'\"&\u202e.png"
DROP = """([name, content]) => {
  const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
  const data = new DataTransfer();
  data.items.add(new File([bytes], name));
  document.body.dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
}"""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    logs, copy = tmp_path_factory.mktemp("logs"), tmp_path_factory.mktemp("copy") / "index.sqlite"
    with LocalStack(logs) as stack, web_page(access_to(stack).stack_client, copy) as address:
        stack.warm()
        yield address


class Visit:
    """A page that remembers errors, and requests that leave it."""

    def __init__(self, browser: Browser, address: str, **settings: Any) -> None:
        self.context = browser.new_context(viewport={"width": 1300, "height": 900}, accept_downloads=True, **settings)
        self.page = self.context.new_page()
        self.errors: list[str] = []
        self.foreign: list[str] = []
        self.page.on("console", lambda message: self.errors.append(message.text) if message.type == "error" else None)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("request", lambda made: None if made.url.startswith(address) else self.foreign.append(made.url))
        self.page.goto(address)

    def check_silent(self) -> None:
        assert self.errors == []
        assert [url for url in self.foreign if not url.startswith("data:")] == []


@pytest.fixture
def visit(browser: Browser, address: str) -> Iterator[Visit]:
    made = Visit(browser, address)
    yield made
    made.context.close()


def entry(view: Page, key: str) -> Any:
    return view.locator("#list li").filter(has_text=key)


def test_scan_is_uploaded_reviewed_and_found(visit: Visit, tmp_path: Path) -> None:
    view = visit.page
    view.get_by_label("Choose scans").set_input_files(SAMPLE)
    mine = entry(view, f"incoming/{NAME}")
    expect(mine.get_by_role("progressbar")).to_be_visible()
    mine.get_by_role("button").click()
    expect(view.locator("#state")).to_contain_text("of")
    expect(mine).to_contain_text("published", timeout=DONE)  # without reloading
    expect(view.locator("#pages")).to_contain_text("MARLOWE")
    expect(view.locator("#pages ins").first).to_be_visible()
    expect(view.locator("#fields")).to_contain_text("264.66")

    with visit.context.expect_page() as opened:
        view.get_by_role("link", name="Open review").click()
    review = opened.value
    expect(review.locator("article")).to_be_visible()
    review.keyboard.press("n")
    review.keyboard.press("u")
    review.keyboard.press("n")
    review.keyboard.press("a")
    review.keyboard.press("n")
    review.locator("#item-input").fill("Pangolin")
    review.keyboard.press("Enter")
    with review.expect_download() as download:
        review.get_by_role("button", name="Save corrections").click()
    saved = tmp_path / "corrections.json"
    download.value.save_as(saved)
    assert [one["action"] for one in json.loads(saved.read_bytes())["corrections"]] == ["undone", "accepted", "retyped"]
    review.close()

    view.get_by_label("Choose scans").set_input_files(saved)
    expect(mine).to_contain_text("attempt 2")
    expect(view.locator("#pages")).to_contain_text("Pangolin")

    view.get_by_label("Search").fill("pangolin")
    view.get_by_role("button", name="Find").click()
    expect(view.locator("#list-title")).to_have_text("1 document found")
    expect(view.locator("#list mark")).to_have_text("Pangolin")
    view.get_by_role("button", name="Show all").click()
    expect(view.locator("#list-title")).to_have_text("Documents")

    with visit.context.expect_page() as opened:
        view.get_by_role("link", name="Open searchable PDF").click()
    assert "document.pdf" in opened.value.url or opened.value.url.startswith(("about:", "chrome"))
    visit.check_silent()


def test_hostile_names_stay_text(visit: Visit) -> None:
    view = visit.page
    view.evaluate(DROP, [HOSTILE, base64.b64encode(b"no scan at all").decode()])
    mine = view.locator("#list .key").filter(has_text="onerror")
    shown = f"incoming/{HOSTILE}".replace("\u202e", "\ufffd")
    expect(mine).to_have_text(shown)
    expect(entry(view, "onerror")).to_contain_text("failed", timeout=DONE)
    mine.click()
    expect(view.locator("#name")).to_have_text(shown)
    assert view.evaluate("window.hit") is None
    view.get_by_label("Search").fill('<script>window.hit=1</script> " OR *')
    view.get_by_role("button", name="Find").click()
    expect(view.locator("#list-title")).to_have_text("0 documents found")
    assert view.evaluate("window.hit") is None
    visit.check_silent()


def test_refused_upload_is_explained(visit: Visit) -> None:
    view = visit.page
    view.get_by_label("Language").fill("martian!")
    view.get_by_label("Choose scans").set_input_files(SAMPLE)
    expect(view.get_by_role("alert")).to_contain_text(f"{NAME}: ")
    corrections = {"name": "corrections.json", "mimeType": "application/json", "buffer": b"{}"}
    view.get_by_label("Choose scans").set_input_files(corrections)  # type: ignore[arg-type]
    expect(view.get_by_role("alert")).to_contain_text("corrections.json: ")
    assert all("400" in error for error in visit.errors)  # the browser's own note of the refusals


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [400, 1300])
def test_page_is_accessible(browser: Browser, address: str, scheme: Any, width: int) -> None:
    visit = Visit(browser, address, color_scheme=scheme, bypass_csp=True)
    view = visit.page
    view.set_viewport_size({"width": width, "height": 900})
    if not entry(view, f"incoming/{NAME}").count():
        view.get_by_label("Choose scans").set_input_files(SAMPLE)
    mine = entry(view, f"incoming/{NAME}").first
    expect(mine).to_contain_text("published", timeout=DONE)
    mine.get_by_role("button").click()
    expect(view.locator("#pages")).to_contain_text("Before")
    view.locator("summary").click()
    assert view.evaluate("document.documentElement.scrollWidth") <= width
    found = Axe().run(view).response["violations"]
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    view.screenshot(path=SCREENSHOTS / f"web-{scheme}-{width}.png", full_page=True)
    visit.context.close()
    assert [(one["id"], one["nodes"][0]["html"][:80]) for one in found] == []


def test_other_site_cannot_post(browser: Browser, address: str) -> None:
    """A page of another origin in the same browser: its request is refused, and its answer hidden."""
    context = browser.new_context()
    page = context.new_page()
    other = "<title>other</title>"
    page.route("http://other.example/", lambda route: route.fulfill(body=other, content_type="text/html"))
    page.goto("http://other.example/")
    outcome = page.evaluate(
        """async (address) => {
          const forged = { method: "POST", body: "x", mode: "no-cors" };
          await fetch(`${address}scans?name=forged.png`, forged).catch(() => null);
          return fetch(`${address}search?text=pangolin`).then(() => "read", () => "blocked");
        }""",
        address,
    )
    assert outcome == "blocked"
    page.goto(address)
    expect(page.locator("#list-title")).to_have_text("Documents")
    page.wait_for_timeout(1500)  # two rounds of the live list
    assert entry(page, "forged").count() == 0
    context.close()
