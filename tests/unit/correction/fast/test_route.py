"""The way of a line through the fast corrector stays short enough to be followed."""

from __future__ import annotations

import sys
from types import FrameType

from scanproof import correction
from scanproof.correction.fast.corrector import FastCorrector
from scanproof.correction.fast.image import LineImage
from scanproof.language import LanguagePosterior
from tests.unit.correction.fast.test_image import segment

MAX_MODULES = 13
LINE = "Inv0ice: the tctal of seven iterns dated l2/O3/2O24 is $1O0.00"


def test_line_takes_thirteen_modules(fast: FastCorrector) -> None:
    alphabet = ("", *sorted({*LINE, "o"}))
    doubts = {3: ("o", 0.3), 14: ("o", 0.3)}
    image = LineImage(LINE, alphabet, (segment(LINE, doubts, alphabet=alphabet),))
    modules: set[str] = set()

    def record(frame: FrameType, event: str, _: object) -> None:
        name = str(frame.f_globals.get("__name__"))
        generated = frame.f_code.co_filename == "<string>"  # constructors of dataclasses
        if event == "call" and name.startswith(correction.__name__) and not generated:
            modules.add(name)

    sys.setprofile(record)
    try:
        [result] = fast.correct_with_images([LINE], [image], LanguagePosterior.certain("en"))
    finally:
        sys.setprofile(None)
    assert result.text.startswith("Invoice: the total of seven")
    assert "12/03/2024" in result.text
    assert len(modules) <= MAX_MODULES, sorted(modules)
