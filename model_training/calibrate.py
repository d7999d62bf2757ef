"""``python -m model_training.calibrate --data DIR --model models/fast``: how sure to be before an edit is made.

On text kept out of training: clean lines of every language and business lines (what is changed there is harm), real
pairs, and lines with noise of our own. A regression learns which edits were right; then the least probability is
chosen at which clean text stays as good as untouched and every kind of text gains.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from random import Random

import numpy as np

from model_training.business import business_lines
from model_training.corpus import load_corpus
from model_training.judged import Judged, judge
from model_training.noise import load_noise
from model_training.real_pairs import CALIBRATION_SETS, Pair, line_pairs
from model_training.regression import fit
from scanproof.correcting.fast.acceptance import FILE_NAME, GENERAL, Acceptance
from scanproof.correcting.fast.evidence import NAMES
from scanproof.correcting.fast.lexicon import load_lexicon
from scanproof.correcting.fast.tagger import Tagger

_SEED = 7_000_003  # far from any seed of a training
_LEVELS = tuple(round(0.5 + 0.02 * step, 2) for step in range(25))
_CLEAN_CHARACTERS_PER_EDIT = 22_000  # over four times as strict as what is promised: the promise is for other text
_CLEAN_CHARACTERS_PER_EDIT_OF_LANGUAGE = 6_000
_LEAST_PRECISION = 0.7  # of the edits made in each kind of text
_ENOUGH = 60  # edits, to tell a share by; where there are fewer they must not add errors
_STRICTER = {"financial": 0.5, "medical": 0.5, "table": 0.5}  # so much of the remaining doubt is allowed there
_NEUTRAL_WORTH = 0.15  # an edit that makes no error more and none less: a wrong letter in the place of a wrong one


def clean_pairs(data: Path, lines: int, business: bool = True) -> list[Pair]:
    """Lines kept out of training, clean and each once: half of them English, the others evenly over the languages.

    What was kept out is little in some languages, so that there may be fewer than ``lines``.
    """
    corpus, makers = load_corpus(data / "train_text", held_out=True), business_lines(_SEED)
    rng = Random(_SEED)  # noqa: S311 - sampling, not secrecy
    chosen = {}
    for number in range(lines):
        language = sorted(makers)[number // 2 % len(makers)] if number % 2 else "en"
        from_papers = business and rng.random() < 0.3
        line = makers[language].line(rng) if from_papers else corpus.line(language, rng)
        chosen[line] = Pair(language, line, line)
    return list(chosen.values())


def terse_pairs(lines: int) -> list[Pair]:
    """Abbreviations, codes and names, all of them right: what a corrector is most tempted to mend."""
    makers, rng = business_lines(_SEED), Random(_SEED + 2)  # noqa: S311
    made = [(language, makers[language].terse_line(rng)) for language in sorted(makers) * (lines // len(makers))]
    return [Pair(language, line, line) for language, line in made]


def noisy_pairs(data: Path, clean: Sequence[Pair]) -> list[Pair]:
    """The same lines with noise of our own."""
    noise, rng = load_noise(data / "dev" / "confusions"), Random(_SEED + 1)  # noqa: S311
    return [Pair(pair.language, noise(pair.truth, pair.language, rng), pair.truth) for pair in clean]


def calibration_sets(data: Path, lines: int, readings: Sequence[Path] = ()) -> dict[str, list[Pair]]:
    """Pairs of lines by kind of text: clean and noisy ones of our own, and the real ones kept for calibration."""
    clean = clean_pairs(data, lines)
    noisy = noisy_pairs(data, Random(_SEED).sample(clean, len(clean) // 2))  # noqa: S311
    sets = {"clean": clean, "terse": terse_pairs(lines // 8), "noisy": noisy}
    for kind_of_text, names in CALIBRATION_SETS.items():
        more = readings if kind_of_text == "receipts" else ()
        pairs = line_pairs(data / "dev", "calibrate", names, more)
        sets[kind_of_text] = Random(_SEED).sample(pairs, min(len(pairs), lines // 3))  # noqa: S311
    return sets


def acceptance_from(judged: Mapping[str, Sequence[Judged]], characters: Mapping[str, int], version: str) -> Acceptance:
    """The regression fitted to judged edits, with the least probabilities that keep the promises.

    Args:
        judged: candidate edits by kind of text; those of ``clean`` and ``terse`` text are all harm.
        characters: how much clean text there was in each language.
        version: of the tagger that proposed the edits.
    """
    edits = [edit for of_text in judged.values() for edit in of_text]
    weights = fit(
        np.array([edit.evidence for edit in edits]),
        np.array([float(edit.gain > 0) for edit in edits]),
        np.array([1.0 if edit.gain else _NEUTRAL_WORTH for edit in edits]),
        [edit.kind for edit in edits],
    )
    fitted = Acceptance(
        model_version=version,
        evidence=NAMES,
        weights={kind: tuple(round(float(w), 5) for w in weights[kind]) for kind in sorted({e.kind for e in edits})},
        least={GENERAL: 1.0},
    )
    general = next(level for level in (*_LEVELS, 1.0) if _keeps_promises(fitted, level, judged, characters))
    least = {GENERAL: general, **{profile: round(1 - (1 - general) * part, 3) for profile, part in _STRICTER.items()}}
    return fitted.model_copy(update={"least": least})


def _keeps_promises(
    fitted: Acceptance, level: float, judged: Mapping[str, Sequence[Judged]], characters: Mapping[str, int]
) -> bool:
    made = {name: list(made_at(fitted, level, of_text)) for name, of_text in judged.items()}
    if len(made["clean"]) * _CLEAN_CHARACTERS_PER_EDIT > sum(characters.values()):
        return False
    for language, count in characters.items():
        harm = sum(edit.language == language for edit in made["clean"])
        if harm > max(2, count / _CLEAN_CHARACTERS_PER_EDIT_OF_LANGUAGE):
            return False
    return all(_gains(edits) for name, edits in made.items() if name not in ("clean", "terse"))


def _gains(made: Sequence[Judged]) -> bool:
    right, harmful = sum(edit.gain > 0 for edit in made), sum(edit.gain < 0 for edit in made)
    return right >= harmful and (len(made) < _ENOUGH or right >= _LEAST_PRECISION * len(made))


def made_at(fitted: Acceptance, level: float, judged: Sequence[Judged]) -> Iterator[Judged]:
    """The edits that would be made if ``level`` were asked for."""
    return (edit for edit in judged if fitted.probability(edit.kind, edit.evidence) >= level)


def main() -> None:
    """Writes ``calibration.json`` into the model's folder and prints what is made of each kind of text."""
    parser = argparse.ArgumentParser(prog="python -m model_training.calibrate", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with train_text/ and dev/")
    parser.add_argument("--model", type=Path, required=True, help="model folder with onnx/cpu")
    parser.add_argument("--lines", type=int, default=6000, help="clean lines (default 6000)")
    parser.add_argument("--readings", type=Path, nargs="*", default=[], help="more receipts (see readings.py)")
    options = parser.parse_args()
    tagger, lexicon = Tagger(options.model), load_lexicon(options.model)
    sets = calibration_sets(options.data, options.lines, options.readings)
    judged = {name: list(judge(tagger, lexicon, pairs)) for name, pairs in sets.items()}
    characters: dict[str, int] = {}
    for pair in sets["clean"]:
        characters[pair.language] = characters.get(pair.language, 0) + len(pair.ocr)
    acceptance = acceptance_from(judged, characters, tagger.version)
    (options.model / FILE_NAME).write_text(acceptance.model_dump_json(indent=1) + "\n", "utf-8")
    for name, of_text in judged.items():
        made = list(made_at(acceptance, acceptance.least[GENERAL], of_text))
        right, harmful = sum(edit.gain > 0 for edit in made), sum(edit.gain < 0 for edit in made)
        row = {"text": name, "lines": len(sets[name]), "proposed": len(of_text), "made": len(made)}
        print(json.dumps({**row, "right": right, "harmful": harmful, "least": acceptance.least[GENERAL]}))


if __name__ == "__main__":
    main()
