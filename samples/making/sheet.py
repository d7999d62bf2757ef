"""A sheet of paper to set text on. It records the text, which is the truth that recognition is measured against."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

DPI = 150
A4 = (1240, 1754)

_FONT_FILES = {
    "serif": "/usr/share/fonts/truetype/liberation2/LiberationSerif-Regular.ttf",
    "serif-bold": "/usr/share/fonts/truetype/liberation2/LiberationSerif-Bold.ttf",
    "sans": "/usr/share/fonts/truetype/liberation2/LiberationSans-Regular.ttf",
    "sans-bold": "/usr/share/fonts/truetype/liberation2/LiberationSans-Bold.ttf",
    "mono": "/usr/share/fonts/truetype/liberation2/LiberationMono-Regular.ttf",
    "mono-bold": "/usr/share/fonts/truetype/liberation2/LiberationMono-Bold.ttf",
    "typewriter": "/usr/share/fonts/opentype/courier-prime/Courier Prime.otf",
    "humanist": "/usr/share/fonts/truetype/crosextra/Carlito-Regular.ttf",
    "humanist-bold": "/usr/share/fonts/truetype/crosextra/Carlito-Bold.ttf",
    "book": "/usr/share/fonts/truetype/crosextra/Caladea-Regular.ttf",
    "book-bold": "/usr/share/fonts/truetype/crosextra/Caladea-Bold.ttf",
    "noto": "/usr/share/fonts/truetype/noto/NotoSans-Regular.ttf",
    "noto-bold": "/usr/share/fonts/truetype/noto/NotoSans-Bold.ttf",
    "cjk": "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "cjk-bold": "/usr/share/fonts/opentype/noto/NotoSansCJK-Bold.ttc",
}
_SIMPLIFIED_CHINESE = 2  # face of the CJK collections


def font(name: str, points: float, dpi: int = DPI) -> ImageFont.FreeTypeFont:
    """Loads the font called ``name`` at a size in points.

    Raises:
        SystemExit: its Debian package is not installed.
    """
    file = Path(_FONT_FILES[name])
    if not file.exists():
        raise SystemExit(f"{file} is missing: install the packages listed in make_samples.py.")
    return ImageFont.truetype(file, round(points * dpi / 72), index=_SIMPLIFIED_CHINESE if file.suffix == ".ttc" else 0)


@dataclass
class Sheet:
    """White paper, ``size`` in pixels. ``lines`` are the rows of text set so far, in reading order."""

    size: tuple[int, int] = A4
    dpi: int = DPI
    lines: list[str] = field(default_factory=list)
    image: Image.Image = field(init=False)

    def __post_init__(self) -> None:
        self.image = Image.new("L", self.size, 255)
        self._draw = ImageDraw.Draw(self.image)

    @property
    def text(self) -> str:
        """The text on the sheet."""
        return "\n".join(self.lines)

    def row(
        self, y: int, pieces: Sequence[tuple[int, str]], name: str, points: float, right: Sequence[int] = ()
    ) -> None:
        """Sets a row at height ``y``: texts start at their x, or end there if their index is in ``right``."""
        face = font(name, points, self.dpi)
        for index, (x, text) in enumerate(pieces):
            self._draw.text((x, y), text, fill=20, font=face, anchor="rs" if index in right else "ls")
        self.lines.append(" ".join(text for _, text in pieces))

    def paragraph(self, x: int, y: int, width: int, text: str, name: str, points: float, leading: float = 1.35) -> int:
        """Sets running text, broken at ``width``; returns the height for the next row."""
        face = font(name, points, self.dpi)
        step = round(points * leading * self.dpi / 72)
        for line in _break_lines(text, face, width):
            self.row(y, [(x, line)], name, points)
            y += step
        return y

    def rule(self, y: int, left: int, right: int, thickness: int = 2) -> None:
        """Draws a horizontal line."""
        self._draw.line([(left, y), (right, y)], fill=60, width=thickness)


def _break_lines(text: str, face: ImageFont.FreeTypeFont, width: int) -> list[str]:
    # Chinese breaks between any two characters, other text at spaces.
    spaced = " " in text
    lines: list[str] = []
    for piece in text.split(" ") if spaced else text:
        glue = " " if spaced else ""
        if lines and face.getlength(lines[-1] + glue + piece) <= width:
            lines[-1] += glue + piece
        else:
            lines.append(piece)
    return lines
