"""Measures how large a long document's review page is, and how long Chromium takes to open it.

    .venv-browser/bin/python -m benchmarks.review_page [--pages 200]

The pages are dense: 69 lines, 740 words, one in ten changed or doubtful, with the picture of a scanned page in the size
that long documents have. Prints JSON: megabytes; seconds from the start of loading until the first page shows its
picture and the keys work; megabytes of the script's memory.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import tempfile
import time
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

from benchmarks.large_documents import dense_page
from devstack import PROJECT_ROOT
from scanproof.document import Edit, Line, Page
from scanproof.output.preview import preview
from scanproof.output.review_page import review_page
from tests.builders import document

SCAN = PROJECT_ROOT / "samples" / "noisy-invoice.png"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
_EVERY = 10  # words of which one is listed: as on a bad scan


def with_places(page: Page) -> Page:
    """Changes or doubts every tenth word of a page."""
    return page.model_copy(update={"lines": tuple(_with_places(line) for line in page.lines)})


def _with_places(line: Line) -> Line:
    words = list(line.words)
    edits = []
    for number in range(0, len(words), _EVERY):
        word = words[number]
        if number % (2 * _EVERY):
            words[number] = word.model_copy(update={"confidence": 0.5})
            continue
        raw = line.raw[word.start]
        made = {"start": word.start, "end": word.start + 1, "raw": raw, "corrected": raw.upper()}
        edits.append(Edit(**made, probability=0.9, corrector="fast", model="fast", model_version="0"))
    text = line.raw
    for edit in reversed(edits):
        text = text[: edit.start] + edit.corrected + text[edit.end :]
    return line.model_copy(update={"words": tuple(words), "edits": tuple(edits), "text": text})


def main() -> None:
    """Runs the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=200)
    pages = parser.parse_args().pages
    with Image.open(SCAN) as scan:
        picture = preview(scan.convert("RGB"), pages)
    made = document(*(with_places(dense_page(number)) for number in range(1, pages + 1)))
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        path = Path(folder) / "review.html"
        path.write_bytes(review_page(made, dict.fromkeys(range(1, pages + 1), picture)))
        browser = driver.chromium.launch(
            executable_path=os.environ.get("CHROMIUM") or shutil.which("chromium"), args=ARGUMENTS
        )
        view = browser.new_page(viewport={"width": 1300, "height": 900})
        started = time.monotonic()
        view.goto(path.as_uri())
        view.locator("img").first.wait_for()
        view.keyboard.press("n")
        view.locator(".word[aria-current=true]").wait_for()
        seconds = time.monotonic() - started
        heap = view.evaluate("performance.memory.usedJSHeapSize")
        browser.close()
        figures = {
            "pages": pages,
            "file_mb": round(path.stat().st_size / 1e6, 1),
            "seconds": round(seconds, 2),
            "script_mb": round(heap / 1e6, 1),
        }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
