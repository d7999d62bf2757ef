"""A headless Chromium, and the review page of a real scan."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from scanproof.correction.availability import load_corrector
from scanproof.correction.model_pool import ModelPool
from scanproof.document import Document
from scanproof.local_run import read_scan
from scanproof.ocr.registry import Engines
from scanproof.options import Output, ScanOptions

ROOT = Path(__file__).parents[2]
SCREENSHOTS = ROOT / ".scanproof" / "screenshots"
# Chromium asks its maker's hosts for updates otherwise; as root, as in containers, it has no sandbox.
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]

expect.set_options(timeout=20_000)  # a busy machine takes its time


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        pytest.fail("Chromium is not installed: install it, or name its program in CHROMIUM")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


class Watched:
    """A page that remembers what a review page must not do: print errors, ask for anything, open dialogs."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.errors: list[str] = []
        self.requests: list[str] = []
        page.on("console", lambda message: self.errors.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", lambda request: self.requests.append(request.url))

    def open(self, path: Path) -> Page:
        self.page.goto(path.as_uri())
        return self.page

    def check_silent(self) -> None:
        """Asserts that nothing but the file itself and its own pictures was loaded, without an error."""
        assert self.errors == []
        others = [url for url in self.requests if not url.startswith(("file:", "blob:"))]
        assert (others, len([url for url in self.requests if url.startswith("file:")])) == ([], 1)


@pytest.fixture
def watched(browser: Browser) -> Iterator[Watched]:
    context = browser.new_context(viewport={"width": 1300, "height": 900}, accept_downloads=True)
    yield Watched(context.new_page())
    context.close()


@pytest.fixture(scope="session")
def read_invoice() -> tuple[Document, dict[int, bytes]]:
    """A sample as it is read, with the small pictures of its pages."""
    previews: dict[int, bytes] = {}
    options = ScanOptions(outputs=frozenset({Output.REVIEW}))
    document = read_scan(
        ROOT / "samples" / "noisy-invoice.png",
        options,
        Engines(),
        ModelPool(load_corrector()),
        on_preview=previews.__setitem__,
    )
    return document, previews
