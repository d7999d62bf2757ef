"""Clean text of eight languages, cut into lines as they stand on pages."""

from __future__ import annotations

import lzma
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from scanproof.correcting.fast.alphabet import ALPHABET

_UNKNOWN = re.compile(f"[^{re.escape(ALPHABET)}]")
_MOST_BYTES = 6_000_000  # of each source; what is read is spread over the whole file
# Share of lines by source within its language: novels are long and old, so they are sampled down.
_WEIGHTS = {
    "en_us_gov_digitalgov": 4.0, "en_us_gov_18f": 3.0, "en_sec_nda_contracts": 3.0, "en_ud_ewt_emails": 1.5,
    "en_commonvoice_cc0": 5.5, "en_classic_books": 1.5, "en_eltec_novels": 1.5,
}  # fmt: skip
_NOVELS, _OTHER = 0.5, 1.0
LONGEST_LINE = 118
_JUNK = re.compile(r"&#?\w+;|https?://|\ufffd|&\d")


@dataclass(frozen=True)
class Corpus:
    """Paragraphs by language and source."""

    sources: Mapping[str, Sequence[tuple[float, Sequence[str]]]]

    def line(self, language: str, rng: Random) -> str:
        """A line of at most ``LONGEST_LINE`` characters, from the start of a paragraph or from its middle."""
        weights, texts = zip(*self.sources[language], strict=True)
        paragraph = rng.choice(rng.choices(texts, weights)[0])
        return cut_line(paragraph, rng)


def cut_line(paragraph: str, rng: Random) -> str:
    """A stretch of whole words, as long as lines are."""
    length = rng.choice((20, 35, 50, 65, 80, 95, LONGEST_LINE))
    start = 0
    if len(paragraph) > length and rng.random() < 0.6:
        start = paragraph.find(" ", rng.randrange(len(paragraph) - length)) + 1
    end = len(paragraph)
    if end - start > length:
        end = paragraph.rfind(" ", start, start + length)
        end = end if end > start else start + length
    return paragraph[start:end].strip()


def load_corpus(folder: Path, held_out: bool = False) -> Corpus:
    """Reads ``<language>_<source>.txt.xz`` files: one paragraph or sentence a line.

    Args:
        folder: where the files lie.
        held_out: the thousandth part that is kept out of training, for calibration and measurement.
    """
    sources: dict[str, list[tuple[float, Sequence[str]]]] = {}
    for path in sorted(folder.glob("*.txt.xz")):
        name = path.name.removesuffix(".txt.xz")
        weight = _WEIGHTS.get(name, _NOVELS if name.endswith("novels") else _OTHER)
        sources.setdefault(name[:2], []).append((weight, _paragraphs(path, held_out)))
    if not sources:
        raise FileNotFoundError(f"{folder} holds no <language>_<source>.txt.xz file")
    return Corpus(sources)


def _paragraphs(path: Path, held_out: bool) -> Sequence[str]:
    """A fixed choice of the file's paragraphs, at most ``_MOST_BYTES`` of them."""
    text = lzma.decompress(path.read_bytes())
    share = min(1.0, _MOST_BYTES / len(text))
    rng = Random(path.name)  # noqa: S311 - sampling, not secrecy
    chosen = []
    for paragraph in text.decode("utf-8", "replace").splitlines():
        draw, spared = rng.random(), rng.random() < 0.001
        if spared == held_out and (held_out or draw < share) and _is_clean(paragraph):
            chosen.append(re.sub(r"\s+", " ", paragraph).strip())
    return chosen


def _is_clean(paragraph: str) -> bool:
    """Worth learning from: words, in characters that the tagger knows."""
    if len(paragraph) < 12 or _JUNK.search(paragraph):
        return False
    return len(_UNKNOWN.findall(paragraph)) <= len(paragraph) // 50
