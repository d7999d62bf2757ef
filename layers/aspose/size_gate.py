"""Stops a build that would exceed Lambda's limit of 250 MB unzipped, function and layers together.

Usage: size_gate.py LAYER              reserves space for the function and its library
       size_gate.py LAYER FOLDER...    checks everything, as built
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

LAMBDA_LIMIT = 262_144_000  # bytes; https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
RESERVED = 105_000_000  # bytes for the function and its library layer: 96 MB measured, and some to grow


def size(folder: Path) -> int:
    """Sums the bytes of all files under ``folder``."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def main(folders: Sequence[Path]) -> int:
    """Prints the sizes; returns exit code 0 if they fit, else 1."""
    limit = LAMBDA_LIMIT if len(folders) > 1 else LAMBDA_LIMIT - RESERVED
    sizes = {folder.name: size(folder) for folder in folders}
    total = sum(sizes.values())
    for name, part in sizes.items():
        print(f"{part / 1e6:8.1f} MB {name}")
    print(f"{total / 1e6:8.1f} MB unzipped, of {limit / 1e6:.1f} MB available")
    if total > limit:
        print("too large for Lambda: leave out resources (ASPOSE_RESOURCES)", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main([Path(argument) for argument in sys.argv[1:]]))
