"""Good files with names that break programs."""

from __future__ import annotations

from collections.abc import Iterator

from tests.hostile.damaged import whole_png
from tests.hostile.files import HostileFile
from tests.hostile.texts import text_pdf

NAMES = (
    "-rf.png", "--help.png", "x[i].png", "[bold red]x.png", "=cmd|' !A0.png", "<script>.png", "a b\tc.png",
    "line\nbreak.png", "bell\x07.png", "\x1b[31mred.png", "\u202egnp.fdp.png", "\u200b.png", "Ⅻ½.png", "e\u0301.png",
    "%2e%2e%2f.png", "..png", "...", "CON", "nul.png", "' or 1=1.png", "$(reboot).png", "`id`.png",
    "a" * 240 + ".png", "😀.png", "naïve\udce9.png", "\udcff\udcfe", ".png", "png", "x.PNG.", " .png ",
    "\\\\server\\share.png", "{}{0}%s%n.png", "a;b&c|d.png", "\x7f.png",
)  # fmt: skip


def files() -> Iterator[HostileFile]:
    """Yields an image with each name, and a PDF with some."""
    for name in NAMES:
        yield HostileFile("names", name, whole_png)
    for name in ("[i].pdf", "naïve\udce9.pdf", "line\nbreak.pdf", "\u202efdp.pdf"):
        yield HostileFile("names", name, lambda: text_pdf(["Total due 12.30 EUR"]))
