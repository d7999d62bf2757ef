"""How often Aspose.OCR is right about a character, by the kind of the likeliest of the other readings that it names.

    PYTHONPATH=.scanproof/aspose-layer-3.11/python .venv/bin/python -m benchmarks.aspose_alternatives

Measures ``results.CONFIDENCE`` and shows why one value is enough. Reads the beginning of the samples in Latin script
that are images, unchanged and blurred, as far as the licence (or a trial) allows; aligns the result with the true text.
Prints JSON: per kind of alternative, the number of characters and the share of them that were correct.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator
from difflib import SequenceMatcher
from pathlib import Path

from PIL import Image, ImageFilter

from scanproof.ocr.aspose.engine import AsposeEngine

SAMPLES = Path(__file__).parents[1] / "samples"
BLURS = (1.8, 1.2, 0.0)  # pixels
LINE_END = "\u010a"  # as its model outputs it, among the characters
BEGINNING = 0.4  # of a page's height: more than a trial reads


def main() -> None:
    """Recognises the samples, counts correct characters and prints the result."""
    correct: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for characters, truth in recognised_samples():
        for kind, is_correct in compare(characters, truth):
            total[kind] += 1
            correct[kind] += is_correct
        print(f"{total.total()} characters", dict(total), dict(correct), file=sys.stderr)
    print(json.dumps({kind: {"characters": n, "right": round(correct[kind] / n, 3)} for kind, n in total.items()}))


def recognised_samples() -> Iterator[tuple[list[list[str]], str]]:
    """Yields for each image its characters, each followed by its alternatives, and the page's true text."""
    engine = AsposeEngine()
    expected = json.loads((SAMPLES / "expected.json").read_text(encoding="utf-8"))
    for name, entry in sorted(expected.items()):
        if Path(name).suffix not in (".png", ".jpg") or not entry["pages"] or entry["language"].startswith("zh"):
            continue
        image = Image.open(SAMPLES / name).convert("RGB")
        image = image.crop((0, 0, image.width, round(image.height * BEGINNING)))
        for blur in BLURS:
            result = engine.raw_result(image.filter(ImageFilter.GaussianBlur(blur)))
            yield [list(found) for found in result.recognition_characters_list], entry["pages"][0]


def compare(characters: list[list[str]], truth: str) -> Iterator[tuple[str, bool]]:
    """Yields for each character except spaces its kind of alternative, and whether it is aligned with the true text."""
    recognised = "".join(found[0] for found in characters)
    matcher = SequenceMatcher(None, recognised, "".join(truth.split("\n")), autojunk=False)
    correct = {block.a + offset for block in matcher.get_matching_blocks() for offset in range(block.size)}
    for index, found in enumerate(characters):
        if not found[0].isspace():
            yield alternative_kind(found[0], found[1]), index in correct


def alternative_kind(character: str, alternative: str) -> str:
    """Classifies the likeliest alternative of a character."""
    if alternative == LINE_END:
        return "end of the line"
    if alternative.lower() == character.lower():
        return "its other case"
    if not alternative.isalnum():
        return "a mark"
    return (
        "a digit for a letter, or the reverse" if alternative.isdigit() != character.isdigit() else "a like character"
    )


if __name__ == "__main__":
    main()
