"""Measures Aspose.OCR on many pages in one process: seconds, memory, files left behind.

    PYTHONPATH=.scanproof/aspose-layer-3.11/python .venv/bin/python benchmarks/aspose_pages.py --pages 200

Every page is new, drawn here. Prints JSON. Reports processor seconds as well as elapsed ones, because elapsed time on a
shared machine says little. The engine is that of the pipeline, with the licence that the environment names, if any.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import sys
import tempfile
import time
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

WORDS = ("invoice", "total", "paper", "ledger", "binding", "cloth", "thread", "March", "delivery", "amount", "street")


def main() -> None:
    """Parses the command line, measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--pages", type=int, default=200)
    parser.add_argument("--lines", type=int, default=3, help="lines of text on each page")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        os.environ["TMPDIR"] = tempfile.tempdir = scratch
        print(json.dumps(measure(options.pages, options.lines, Path(scratch)), indent=1))


def measure(pages: int, lines: int, scratch: Path) -> dict[str, object]:
    """Measures seconds of the first page and of later ones, resident memory, and the files left in ``scratch``."""
    from scanproof.ocr.aspose.engine import AsposeEngine, AsposeSettings
    from scanproof.workers.engines import aspose_settings

    started, processor = time.perf_counter(), time.process_time()
    engine = AsposeEngine(AsposeSettings(aspose_settings().read_licence, show_trial=True))
    seconds, cpu, memory = [], [], {}
    for number in range(1, pages + 1):
        before = time.process_time()
        generator = random.Random(number)  # noqa: S311 - the same pages every time
        engine.recognise(page(generator, lines), 150.0, "en")
        engine.free()
        seconds.append(time.perf_counter() - started)
        cpu.append(time.process_time() - (processor if number == 1 else before))
        if number == 1 or number % max(pages // 20, 1) == 0:
            memory[number] = resident_mb()
            print(f"page {number}: {memory[number]} MB", file=sys.stderr)
        started = time.perf_counter()
    return {
        "cold": {"seconds": round(seconds[0], 1), "processor_seconds": round(cpu[0], 1)},
        "warm_median": {
            "seconds": round(sorted(seconds[1:])[len(seconds) // 2 - 1], 1),
            "processor_seconds": round(sorted(cpu[1:])[len(cpu) // 2 - 1], 1),
        },
        "resident_mb_after_page": memory,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "files_left": sorted(str(file.relative_to(scratch)) for file in scratch.rglob("*") if file.is_file()),
    }


def page(generator: random.Random, lines: int) -> Image.Image:
    """Draws printed words on white."""
    image = Image.new("RGB", (1000, 60 + 50 * lines), "white")
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(size=32)
    for row in range(lines):
        draw.text((30, 30 + 50 * row), " ".join(generator.choices(WORDS, k=7)), fill="black", font=font)
    return image


def resident_mb() -> int:
    """Returns the current resident memory of this process in MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() >> 20


if __name__ == "__main__":
    main()
