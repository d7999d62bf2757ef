"""Removes files from an unpacked Aspose.OCR wheel that Lambda's Linux and one CPython never load: 262 MB become 136.

Usage: prune.py LAYER PYTHON_VERSION
"""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

# Code of other systems, static libraries, .NET's debugger and tracer, and the PDF reader: the engine gets images only.
NEVER_LOADED = (
    "**/onnxruntime.dll",
    "**/onnxruntime_providers_shared.dll",
    "**/aspose_ocr_core.dll",
    "**/*.a",
    "**/libdbgshim.so",
    "**/libmscordbi.so",
    "**/libmscordaccore.so",
    "**/libcoreclrtraceptprovider.so",
    "**/Aspose.PDF.dll",
)
BUILD_TOOLS = ("**/__pyinstaller", "**/__nuitka", "**/__pycache__", "bin")


def prune(python: Path, version: str) -> None:
    """Removes unneeded files under ``python``; keeps only the extensions for CPython ``version`` (such as 3.13).

    Raises:
        FileNotFoundError: there is no extension for that CPython.
    """
    for pattern in NEVER_LOADED:
        for file in list(python.glob(pattern)):
            file.unlink()
    for pattern in BUILD_TOOLS:
        for folder in list(python.glob(pattern)):
            shutil.rmtree(folder)
    tag = f".cpython-{version.replace('.', '')}-"
    extensions = [file for file in python.rglob("*.so") if re.search(r"\.cpython-\d+m?-", file.name)]
    if not any(tag in file.name for file in extensions):
        raise FileNotFoundError(f"the wheel has no extension for CPython {version}; it supports up to 3.13")
    for file in extensions:
        if tag not in file.name:
            file.unlink()


if __name__ == "__main__":
    prune(Path(sys.argv[1]) / "python", sys.argv[2])
