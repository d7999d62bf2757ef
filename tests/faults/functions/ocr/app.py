"""OcrFunction with the stand-in engine of the fault harness; a page that kills the engine ends the process."""

from __future__ import annotations

import os
import runpy
import sys
from pathlib import Path
from typing import NoReturn

PROJECT_ROOT = Path(__file__).resolve().parents[4]
sys.path.insert(0, str(PROJECT_ROOT))

from scanproof.ocr import registry  # noqa: E402
from tests.faults.reader import GreyReader  # noqa: E402


def end_process() -> NoReturn:
    """Ends the process as the kernel does when memory is exhausted."""
    os._exit(137)


registry.load_engine = lambda *_: GreyReader(end_process)  # the only difference
handler = runpy.run_path(str(PROJECT_ROOT / "functions/ocr/app.py"))["handler"]
