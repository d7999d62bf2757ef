"""Loads the engine, recognises four lines and prints the result as JSON. Tests run it in a process of its own.

Argument: options of ``recognise`` as JSON, and optionally ``licence``: its text; ``show``: return what a trial reads;
``size`` of the image; ``corrupt``: truncate the image; ``unchecked``: start .NET without checking requirements.
"""

from __future__ import annotations

import json
import sys
from typing import Any
from unittest.mock import patch

from PIL import Image, ImageDraw, ImageFont

from scanproof.ocr.aspose.engine import AsposeEngine, AsposeSettings
from scanproof.ocr.engine import EngineRefusalError

TRUNCATED_PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0"


def main(options: dict[str, Any]) -> dict[str, Any]:
    licence = options.pop("licence", None)
    show = options.pop("show", False)
    size = options.pop("size", [1000, 320])
    corrupt = options.pop("corrupt", False)
    if options.pop("unchecked", False):
        patch("scanproof.ocr.aspose.engine.prepare").start()
    image = Image.new("RGB", size, "white")
    text = "\n".join(["Binding cloth, twelve metres of it"] * 4)  # a trial returns nothing for a single line
    ImageDraw.Draw(image).text((30, 30), text, fill="black", font=ImageFont.load_default(40), spacing=20)
    if corrupt:
        image.save = lambda stream, *_, **__: stream.write(TRUNCATED_PNG)  # type: ignore[method-assign]
    try:
        engine = AsposeEngine(AsposeSettings((lambda: licence) if licence else None, show_trial=show))
        page = engine.recognise(image, 150, **options)
        engine.free()
    except EngineRefusalError as error:
        return {"code": error.code, "message": error.message, "next_step": error.next_step}
    return {"text": [line.raw for line in page.lines], "flags": page.flags, "warnings": page.warnings}


if __name__ == "__main__":
    print(json.dumps(main(json.loads(sys.argv[1]))))
