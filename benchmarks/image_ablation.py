"""Measures what each input of the image reranker contributes: it is fitted again without the input.

    python -m benchmarks.image_ablation --fit RENDERED.jsonl --pages RECEIPTS.jsonl INVOICES.jsonl [--limit 80]

The files are those of `model_training.page_readings`. Case is ignored, since the truth of receipts is in upper case.
Prints a line of JSON for each input that is left out, and for none: bag-of-words F1, good, bad and unclear edits, and
lost spaces of every file of pages.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from benchmarks.end_to_end import Sums
from model_training.bigrams import thinned_resources
from model_training.calibrate_image import SEED, LabelledRows, fit, labelled_rows
from model_training.page_readings import PageReading, load_readings
from scanproof.correction.fast.corrector import Candidates, FastCorrector, LineAnalyzer
from scanproof.correction.fast.image import LineImage
from scanproof.correction.fast.model_folder import LanguageResources, default_folder, load_resources
from scanproof.correction.fast.reranker import IMAGE_INPUTS, ImageReranker, load_reranker
from scanproof.correction.fast.tagger import Tagger
from scanproof.correction.model_pool import ModelPool
from scanproof.correction.pages import correct_pages
from scanproof.language import UNKNOWN_LANGUAGE, LanguagePosterior
from scanproof.options import ScanOptions


def without(rows: LabelledRows, name: str | None) -> ImageReranker:
    """Fits the reranker to rows in which one input is always 0."""
    inputs = rows.inputs.copy()
    if name is not None:
        inputs[:, IMAGE_INPUTS.index(name)] = 0.0
    fitted = fit(LabelledRows(inputs, rows.right, rows.weights))
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
        key = text, language, image is None, tuple(segments)
        if key not in self._found:
            self._found[key] = super().analyze(text, language, image)
        return self._found[key]


def measure(readings: Mapping[str, Sequence[PageReading]], corrector: FastCorrector) -> Iterator[tuple[str, object]]:
    """Name and measures of each set."""
    pool = ModelPool(corrector, {})
    for name, pages in readings.items():
        sums = Sums()
        for reading in pages:
            [page] = correct_pages([reading.page], pool, [ScanOptions()], [reading.lattice])
            sums.add(reading, page, upper=True)
        yield name, {key: sums.summary(len(pages))[key] for key in ("f1", "edits", "lost_spaces")}


def main() -> None:
    """Prints the measures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fit", type=Path, required=True)
    parser.add_argument("--pages", type=Path, nargs="+", required=True)
    parser.add_argument("--limit", type=int, help="pages of each file")
    options = parser.parse_args()
    folder = default_folder()
    reranker, resources = load_reranker(folder), load_resources(folder)
    thin = LineAnalyzer(Tagger(folder), thinned_resources(resources, SEED))
    rows = labelled_rows(thin, reranker, load_readings(options.fit))
    readings = {path.stem: [*load_readings(path)][: options.limit] for path in options.pages}
    analyzer = CachedAnalyzer(Tagger(folder), resources)
    for name in (None, *IMAGE_INPUTS):
        changed = reranker.model_copy(update={"image": without(rows, name)})
        found = dict(measure(readings, FastCorrector(analyzer, changed, threads=1)))
        print(json.dumps({"without": name, **found}), flush=True)


if __name__ == "__main__":
    main()
