"""Measures what each input of the image reranker contributes, fitted again without it, and each rule for images.

    python -m benchmarks.image_ablation --fit RENDERED.jsonl --pages RECEIPTS.jsonl INVOICES.jsonl [--limit 80]
    python -m benchmarks.image_ablation --pages RECEIPTS.jsonl INVOICES.jsonl RENDERED.jsonl [--upper]

The first measures the inputs, the second the rules. The files are those of `model_training.page_readings`. Prints a
line of JSON for each input or rule that is left out, and for none: bag-of-words F1, good, bad and unclear edits, lost
spaces and, where the truth is known by line, character error rates of every file of pages. ``--upper`` ignores case,
since the truth of receipts is in upper case.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

from benchmarks.end_to_end import Sums
from model_training.bigrams import thinned_resources
from model_training.calibrate_image import SEED, LabelledRows, fit, fit_once, labelled_rows
from model_training.page_readings import PageReading, load_readings
from scanproof.correction.fast import config
from scanproof.correction.fast.corrector import Candidates, FastCorrector, LineAnalyzer, ruled_out
from scanproof.correction.fast.image import LineImage
from scanproof.correction.fast.model_folder import LanguageResources, default_folder, load_resources
from scanproof.correction.fast.reranker import IMAGE_INPUTS, ImageReranker, load_reranker
from scanproof.correction.fast.tagger import Tagger
from scanproof.correction.model_pool import ModelPool
from scanproof.correction.pages import correct_pages
from scanproof.language import UNKNOWN_LANGUAGE, LanguagePosterior
from scanproof.options import ScanOptions

_MEASURES = ("f1", "edits", "lost_spaces", "digit_groups")
_SECOND_FIT = "the second fit"
_NEVER_MATCHES = re.compile(r"(?!)")
_NOTHING: Callable[[str], Iterator[object]] = lambda _: iter(())  # noqa: E731
RULES: Mapping[str, Mapping[str, object]] = {
    "nothing": {},
    "the second pass": {"fast.config.IMAGE_PASSES": 1},
    "spaces beside marks that are seen": {"fast.config.SPACE_IN_IMAGE": config.NOT_IN_IMAGE},
    "seen letters of abbreviations": {"fast.config.ABBREVIATION_IN_IMAGE": config.NOT_IN_IMAGE},
    "marks within codes": {"fast.corrector._MARKS": frozenset()},
    "quotes": {"fast.corrector._QUOTES": ()},
    "capitals set apart": {"fast.corrector._LETTERS_APART": _NEVER_MATCHES},
    "dots of leaders": {"guards.line._LEADER": _NEVER_MATCHES},
    "labels before dates and amounts": {"guards.units._LABEL": _NEVER_MATCHES},
    "enumerations before codes": {"guards.line._ENUMERATION": _NEVER_MATCHES},
    "names of months": {"guards.line.respells_month": lambda *_: False},
    "l' and I'": {"guards.units._ELISION": _NEVER_MATCHES},
    "amounts read as two tokens": {"normaliser.joined_values": _NOTHING},
}
"""By name, what to put in place of which attribute of ``scanproof.correction``."""


def without(rows: LabelledRows, name: str | None) -> ImageReranker:
    """Fits the reranker to rows in which one input is always 0, or to all rows instead of the preferred ones."""
    if name == _SECOND_FIT:
        return fit_once(rows)
    inputs = rows.inputs.copy()
    if name is not None:
        inputs[:, IMAGE_INPUTS.index(name)] = 0.0
    fitted = fit(replace(rows, inputs=inputs))
    if name is None:
        return fitted
    weights = [*fitted.weights]
    weights[IMAGE_INPUTS.index(name)] = 0.0
    return fitted.model_copy(update={"weights": tuple(weights)})


class CachedAnalyzer(LineAnalyzer):
    """Analyzes each line once, although it is corrected with every fit."""

    def __init__(self, tagger: Tagger, resources: LanguageResources) -> None:
        super().__init__(tagger, resources)
        self._found: dict[object, Candidates] = {}

    def analyze(
        self, text: str, language: LanguagePosterior = UNKNOWN_LANGUAGE, image: LineImage | None = None
    ) -> Candidates:
        """See `LineAnalyzer.analyze`."""
        segments = [
            (segment.start, segment.positions, segment.counts, segment.characters.tobytes(), segment.levels.tobytes())
            for segment in (image.segments if image else ())
        ]
        key = text, language, image and image.page_doubt, tuple(segments)
        if key not in self._found:
            self._found[key] = super().analyze(text, language, image)
        found = self._found[key]
        if found.image is None:
            return found
        return replace(found, ruled_out=ruled_out(text, found.items, found.words, found.image))  # by a rule


def measure(
    readings: Mapping[str, Sequence[PageReading]], corrector: FastCorrector, *, upper: bool
) -> Iterator[tuple[str, object]]:
    """Name and measures of each set."""
    pool = ModelPool(corrector, {})
    for name, pages in readings.items():
        sums = Sums()
        for reading in pages:
            [page] = correct_pages([reading.page], pool, [ScanOptions()], [reading.lattice])
            sums.add(reading, page, upper=upper)
        found = sums.summary(len(pages))
        yield name, {key: found[key] for key in found if key in _MEASURES or key.startswith("cer")}


def main() -> None:
    """Prints the measures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fit", type=Path)
    parser.add_argument("--pages", type=Path, nargs="+", required=True)
    parser.add_argument("--limit", type=int, help="pages of each file")
    parser.add_argument("--upper", action="store_true")
    options = parser.parse_args()
    folder = default_folder()
    reranker, resources = load_reranker(folder), load_resources(folder)
    readings = {path.stem: [*load_readings(path)][: options.limit] for path in options.pages}
    analyzer = CachedAnalyzer(Tagger(folder), resources)
    if options.fit is None:
        corrector = FastCorrector(analyzer, reranker, threads=1)
        for name, replacements in RULES.items():
            with ExitStack() as stack:
                for target, replacement in replacements.items():
                    stack.enter_context(patch(f"scanproof.correction.{target}", replacement))
                _print(name, dict(measure(readings, corrector, upper=options.upper)))
        return
    thin = LineAnalyzer(Tagger(folder), thinned_resources(resources, SEED))
    rows = labelled_rows(thin, reranker, load_readings(options.fit))
    for left_out in (None, _SECOND_FIT, *IMAGE_INPUTS):
        changed = reranker.model_copy(update={"image": without(rows, left_out)})
        corrector = FastCorrector(analyzer, changed, threads=1)
        _print(left_out, dict(measure(readings, corrector, upper=options.upper)))


def _print(left_out: str | None, found: Mapping[str, object]) -> None:
    print(json.dumps({"without": left_out, **found}), flush=True)


if __name__ == "__main__":
    main()
