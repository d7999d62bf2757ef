"""Puts Aspose.OCR's optional models into the layer: handwriting, receipts, invoices, further scripts.

Usage: resources.py LAYER [FOLDER | fetch]

FOLDER holds downloaded ``*.ocr`` files. ``fetch`` has Aspose.OCR download them itself, where there is a network.
Without either, or where they cannot be had, the layer is built without: what needs them then fails by name at run time.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

WANTED = "aspose-ocr-advanced-recognition-v1.ocr"  # handwriting, receipts, invoices
FETCH_SECONDS = 300
FETCH = """
import sys
from aspose.ocr import Resources
Resources.set_local_path(sys.argv[1])
Resources.fetch_resource(sys.argv[2])
"""


def copy(source: Path, target: Path) -> None:
    """Copies every resource of a folder."""
    for file in sorted(source.glob("*.ocr")):
        shutil.copy(file, target / file.name)


def fetch(layer: Path, target: Path) -> None:
    """Has the layer's own Aspose.OCR download the advanced recognition model."""
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(layer / "python"),
        "LD_LIBRARY_PATH": str(layer / "lib"),
        "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1",
    }
    command = [_python(layer), "-c", FETCH, str(target), WANTED]
    try:
        subprocess.run(command, env=environment, cwd=target, check=True, capture_output=True, timeout=FETCH_SECONDS)
    except (subprocess.SubprocessError, OSError) as error:
        print(f"aspose layer: {WANTED} could not be fetched ({type(error).__name__})", file=sys.stderr)


def _python(layer: Path) -> str:
    """The interpreter that the layer's extension is for, by name."""
    [extension] = (layer / "python" / "aspose").glob("ocr.cpython-*.so")
    digits = extension.name.split("-")[1]
    return f"python{digits[0]}.{digits[1:]}"


def main(layer: Path, wanted: str) -> None:
    """Says what is there and what that leaves out."""
    target = layer / "aspose-resources"
    target.mkdir(exist_ok=True)
    if wanted == "fetch":
        fetch(layer, target)
    elif wanted:
        copy(Path(wanted), target)
    for leftover in target.glob("*.txt"):  # Aspose.OCR's own log
        leftover.unlink()
    found = sorted(file.name for file in target.glob("*.ocr"))
    print(f"aspose layer: resources: {', '.join(found) or 'none'}")
    if WANTED not in found:
        print("aspose layer: without it, handwritten, receipt and invoice modes are not to be had")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else "")
