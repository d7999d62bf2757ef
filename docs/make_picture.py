"""Takes the README's picture: the review page of a sample, in Chromium, with a changed word selected.

Run it with ``.venv-browser/bin/python docs/make_picture.py``.
"""

from __future__ import annotations

import io
import os
import shutil
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

from scanproof.correction.availability import load_corrector
from scanproof.correction.model_pool import ModelPool
from scanproof.local_run import read_scan
from scanproof.ocr.registry import Engines
from scanproof.options import Output, ScanOptions
from scanproof.output.review_page import review_page

ROOT = Path(__file__).resolve().parent.parent
SCAN = ROOT / "samples" / "noisy-invoice.png"
PICTURE = Path(__file__).with_name("review-page.png")
WIDTH, HEIGHT = 1100, 760
STEPS = ["n", "a"] * 14 + ["n"]  # the changes before are accepted
SCALE = 1.5  # of device pixels: letters stay legible where the picture is shown smaller
COLOURS = 64  # of the PNG's palette; with more, it grows beyond 150 kB
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]


def main() -> None:
    """Writes the picture."""
    previews: dict[int, bytes] = {}
    options = ScanOptions(outputs=frozenset({Output.REVIEW}))
    document = read_scan(SCAN, options, Engines(), ModelPool(load_corrector()), on_preview=previews.__setitem__)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        path = Path(folder) / "review.html"
        path.write_bytes(review_page(document, previews))
        program = os.environ.get("CHROMIUM") or shutil.which("chromium")
        browser = driver.chromium.launch(executable_path=program, args=ARGUMENTS)
        view = browser.new_page(
            viewport={"width": WIDTH, "height": HEIGHT}, device_scale_factor=SCALE, color_scheme="light"
        )
        view.goto(path.as_uri())
        view.locator("img").first.wait_for()
        for key in STEPS:
            view.keyboard.press(key)
        view.locator("#crop").wait_for()
        taken = view.screenshot()
        browser.close()
    with Image.open(io.BytesIO(taken)) as image:
        image.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(PICTURE, "PNG", optimize=True)


if __name__ == "__main__":
    main()
