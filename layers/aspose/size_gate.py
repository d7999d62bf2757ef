"""Stops a build that would not fit: Lambda takes 250 MB unzipped, function and layers together.

Usage: size_gate.py LAYER              keeps room for the function and its library
       size_gate.py LAYER FOLDER...    all of it, as built
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

LAMBDA_LIMIT = 262_144_000  # bytes; https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
BESIDE_IT = 105_000_000  # the function and its library layer: 96 MB, measured, and some to grow


def size(folder: Path) -> int:
    """Bytes of all files under ``folder``."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def main(folders: Sequence[Path]) -> int:
    """0 if they fit."""
    limit = LAMBDA_LIMIT if len(folders) > 1 else LAMBDA_LIMIT - BESIDE_IT
    sizes = {folder.name: size(folder) for folder in folders}
    whole = sum(sizes.values())
    for name, part in sizes.items():
        print(f"{part / 1e6:8.1f} MB {name}")
    print(f"{whole / 1e6:8.1f} MB unzipped, of {limit / 1e6:.1f} MB that there are")
    if whole > limit:
        print("too large for Lambda: leave out resources (ASPOSE_RESOURCES)", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main([Path(argument) for argument in sys.argv[1:]]))
