"""Stops the build of a layer that would not fit: Lambda takes 250 MB unzipped, function and layers together.

Usage: size_gate.py LAYER
"""

from __future__ import annotations

import sys
from pathlib import Path

LAMBDA_LIMIT = 262_144_000  # bytes; https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
BESIDE_IT = 105_000_000  # the function and its library layer: 95 MB, measured, and some to grow


def size(folder: Path) -> int:
    """Bytes of all files under ``folder``."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def main(layer: Path) -> int:
    """0 if the layer fits."""
    bytes_here, room = size(layer), LAMBDA_LIMIT - BESIDE_IT
    print(
        f"aspose layer: {bytes_here / 1e6:.1f} MB unzipped; room for {room / 1e6:.1f} MB beside the function's library"
    )
    if bytes_here > room:
        print("aspose layer: too large for Lambda: leave out resources (ASPOSE_RESOURCES)", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1])))
