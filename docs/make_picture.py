"""Draws the README's picture: the noisy invoice as scanned, and its text with every correction marked.

Run it with ``.venv/bin/python docs/make_picture.py``.
"""

from __future__ import annotations

import base64
import io
from pathlib import Path

from PIL import Image
from rich.console import Console

from scanproof.cli.render import fields_table, marked_page
from scanproof.correction.availability import load_corrector
from scanproof.correction.model_pool import ModelPool
from scanproof.local_run import read_scan
from scanproof.ocr.registry import Engines
from scanproof.options import ScanOptions

ROOT = Path(__file__).resolve().parent.parent
SCAN = ROOT / "samples" / "noisy-invoice.png"
PICTURE = Path(__file__).with_name("before-after.svg")
COLUMNS = 84
SCAN_WIDTH = 520


def main() -> None:
    """Writes the picture."""
    document = read_scan(SCAN, ScanOptions(), Engines(), ModelPool(load_corrector()))
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True)
    for page in document.pages:
        console.print(marked_page(page))
    console.print()
    console.print(fields_table(document.fields))
    terminal = console.export_svg(title="scanproof read samples/noisy-invoice.png")
    PICTURE.write_text(_beside_scan(terminal), encoding="utf-8")


def _beside_scan(terminal: str) -> str:
    """Returns one SVG with the terminal's SVG to the right of the scan."""
    with Image.open(SCAN) as scan:
        height = round(scan.height * SCAN_WIDTH / scan.width)
        small = scan.convert("L").resize((SCAN_WIDTH, height))
    png = io.BytesIO()
    small.quantize(16).save(png, "PNG", optimize=True)
    picture = base64.b64encode(png.getvalue()).decode()
    terminal_width = round(height * 1.15)
    width = SCAN_WIDTH + 20 + terminal_width
    inner = terminal.replace("<svg ", f'<svg x="{SCAN_WIDTH + 20}" width="{terminal_width}" height="{height}" ', 1)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}">\n'
        f'<image width="{SCAN_WIDTH}" height="{height}" href="data:image/png;base64,{picture}"/>\n'
        f"{inner}\n</svg>\n"
    )


if __name__ == "__main__":
    main()
