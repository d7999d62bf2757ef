"""Adds Aspose.OCR's optional models to the layer: handwriting, receipts, invoices, further scripts.

Usage: resources.py LAYER [FOLDER | fetch]

FOLDER contains downloaded ``*.ocr`` files. With ``fetch``, Aspose.OCR downloads them itself, which needs a network.
Otherwise, or if the download fails, the layer has no models; modes that need one then fail at run time with its name.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ADVANCED = "aspose-ocr-advanced-recognition-v1.ocr"  # handwriting, receipts, invoices
FETCH_SECONDS = 300
FETCH = """
import sys
from aspose.ocr import Resources
Resources.set_local_path(sys.argv[1])
Resources.fetch_resource(sys.argv[2])
"""


def copy(source: Path, target: Path) -> None:
    """Copies all resources of a folder."""
    for file in sorted(source.glob("*.ocr")):
        shutil.copy(file, target / file.name)


def fetch(layer: Path, target: Path) -> None:
    """Downloads the advanced recognition model with the layer's own Aspose.OCR."""
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(layer / "python"),
        "LD_LIBRARY_PATH": str(layer / "lib"),
        "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1",
    }
    command = [_python(layer), "-c", FETCH, str(target), ADVANCED]
    try:
        subprocess.run(command, env=environment, cwd=target, check=True, capture_output=True, timeout=FETCH_SECONDS)
    except (subprocess.SubprocessError, OSError) as error:
        print(f"aspose layer: {ADVANCED} could not be fetched ({type(error).__name__})", file=sys.stderr)


def _python(layer: Path) -> str:
    """Returns the name of the interpreter that the layer's extension is for."""
    [extension] = (layer / "python" / "aspose").glob("ocr.cpython-*.so")
    digits = extension.name.split("-")[1]
    return f"python{digits[0]}.{digits[1:]}"


def main(layer: Path, source: str) -> None:
    """Adds the resources and reports which ones the layer has and what is unavailable."""
    target = layer / "aspose-resources"
    target.mkdir(exist_ok=True)
    if source == "fetch":
        fetch(layer, target)
    elif source:
        copy(Path(source), target)
    for leftover in target.glob("*.txt"):  # Aspose.OCR's own log
        leftover.unlink()
    found = sorted(file.name for file in target.glob("*.ocr"))
    print(f"aspose layer: resources: {', '.join(found) or 'none'}")
    if ADVANCED not in found:
        print(f"aspose layer: handwriting, receipt and invoice modes are unavailable without {ADVANCED}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else "")
