"""Counts what a generating model changes, and what of it the guards let through.

    python -m benchmarks.generation_guard models/accurate/cpu PAIRS.jsonl [--lines 90] [--threads 1]

``PAIRS.jsonl`` holds lines of {"raw": …, "truth": …}. The model is shown four copied lines before each one (a base or
small chat model copies better so than when it is told to), and ends at the line's end. A line is worse if its edit
distance from the truth grows; a change is good if it alone makes the distance smaller.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rapidfuzz.distance import Levenshtein
from tokenizers import Tokenizer

from model_export.check_text import Pair, read_pairs
from scanproof.correction.base import CorrectedLine
from scanproof.correction.lm.corrector import LmCorrector
from scanproof.correction.lm.decode import Decoder
from scanproof.correction.lm.draft import TokenizerVocabulary
from scanproof.correction.lm.load import end_tokens
from scanproof.correction.lm.prompt import PromptBuilder
from scanproof.correction.lm.session import open_graph
from scanproof.correction.lm.window import PassCost
from scanproof.correction.models.folder import open_model
from scanproof.correction.models.manifest import Prompt
from scanproof.correction.profiles import load_profile
from scanproof.document import Edit, Refusal
from scanproof.edits import TextEdit, apply
from scanproof.language import LanguagePosterior

ENGLISH = LanguagePosterior.certain("en")
_COPIES = (
    (
        "Tbe comraittee met on Tuesdav evening, and tlie minutes were rcad.",
        "The committee met on Tuesday evening, and the minutes were read.",
    ),
    ("Mr. Hartley said he was nnable to attend tbe meeting.", "Mr. Hartley said he was unable to attend the meeting."),
    ("of the sarne property, wbich was sold by auction on", "of the same property, which was sold by auction on"),
    ("TOTAL 12.40  CASH 20.00  CHANGE 7.60", "TOTAL 12.40  CASH 20.00  CHANGE 7.60"),
)
COPYING = (
    "Each line was read by a machine. Copy the line and correct its reading errors.\n\n"
    + "".join(f"Line: {raw}\nCopy: {truth}\n\n" for raw, truth in _COPIES)
    + "Line: {text}\nCopy:"
)
_COST = PassCost(fixed=1.0, per_token=0.2)  # of a model of this size on a processor; it only chooses windows
_MAX_CONTEXT = 2048  # tokens


@dataclass
class Counts:
    """Lines and changes; ``refused`` counts refusals by guard and by what they would have done."""

    lines: Counter[str] = field(default_factory=Counter)
    edits: Counter[str] = field(default_factory=Counter)
    refused: Counter[tuple[str, str]] = field(default_factory=Counter)


def copying_corrector(folder: Path, threads: int | None = None) -> LmCorrector:
    """Returns a corrector that copies lines with an exported causal model.

    Raises:
        PermanentError: as `open_model` and `open_graph`.
    """
    manifest = open_model(folder)
    template, text = (Tokenizer.from_file(str(folder / "tokenizer.json")) for _ in range(2))
    text.encode_special_tokens = True
    line_ends = {number for token, number in text.get_vocab().items() if "Ċ" in token}  # byte-level BPE's line feed
    vocabulary = TokenizerVocabulary(text)
    graph = open_graph(folder / manifest.graphs.files["model"], threads=threads)
    decoder = Decoder(graph, vocabulary, frozenset(line_ends) | end_tokens(folder), _COST, rows=8)
    profile = load_profile("general")
    prompts = PromptBuilder(Prompt(kind="text", template=COPYING), profile, template, text)
    return LmCorrector(manifest.name, manifest.version, decoder, prompts, vocabulary, profile, _MAX_CONTEXT)


def count(pairs: Sequence[Pair], results: Sequence[CorrectedLine]) -> Counts:
    """Compares corrected lines and single changes with the truth."""
    counts = Counts()
    for pair, result in zip(pairs, results, strict=True):
        counts.lines[_effect(pair, result.text)] += 1
        counts.edits.update(_effect(pair, changed) for changed in _alone(pair.raw, result.edits))
        for refusal, changed in zip(result.refusals, _alone(pair.raw, result.refusals), strict=True):
            counts.refused[refusal.guard, _effect(pair, changed)] += 1
    return counts


def _alone(raw: str, changes: Sequence[Edit] | Sequence[Refusal]) -> Iterator[str]:
    """Yields the line with each change alone."""
    for change in changes:
        corrected = change.corrected if isinstance(change, Edit) else change.proposed
        yield apply(raw, [TextEdit(change.start, change.end, corrected)])


def _effect(pair: Pair, text: str) -> str:
    before, after = (Levenshtein.distance(each, pair.truth) for each in (pair.raw, text))
    return "better" if after < before else "worse" if after > before else "same"


def main() -> None:
    """Prints the counts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="an exported causal model")
    parser.add_argument("pairs", type=Path)
    parser.add_argument("--lines", type=int, help="the first so many (default: all)")
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    pairs = read_pairs(arguments.pairs)[: arguments.lines]
    corrector = copying_corrector(arguments.folder, arguments.threads)
    counts = count(pairs, corrector.correct([pair.raw for pair in pairs], ENGLISH))
    print(f"lines: {dict(counts.lines)}\nedits made: {dict(counts.edits)}\n")
    print("| guard | worse | same | better |\n|---|---|---|---|")
    for guard in sorted({guard for guard, _ in counts.refused}):
        figures = (str(counts.refused[guard, kind]) for kind in ("worse", "same", "better"))
        print(f"| {guard} | {' | '.join(figures)} |")


if __name__ == "__main__":
    main()
