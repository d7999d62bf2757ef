"""Loads clean text of eight languages and cuts it into lines of the length that pages have."""

from __future__ import annotations

import lzma
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from model_training.alphabet import ALPHABET

_UNKNOWN = re.compile(f"[^{re.escape(ALPHABET)}]")
_MAX_BYTES = 6_000_000  # of each source, spread over the whole file
# Share of lines by source within its language: novels are long and old, so they are sampled down.
_WEIGHTS = {
    "en_us_gov_digitalgov": 4.0, "en_us_gov_18f": 3.0, "en_sec_nda_contracts": 3.0, "en_ud_ewt_emails": 1.5,
    "en_commonvoice_cc0": 5.5, "en_classic_books": 1.5, "en_eltec_novels": 1.5,
}  # fmt: skip
_NOVELS, _OTHER = 0.5, 1.0
MAX_LINE = 118
_AROUND_WORDS = 0.6  # share of the lines of running text
_HELD_OUT = 0.001  # share of the paragraphs, for calibration and measurement
_INDEXED_PARAGRAPHS = 30_000
_MAX_LINES_PER_WORD, _MIN_LINES_PER_WORD = 24, 10
_WORD = re.compile(r"\b[^\W\d_]{3,}\b")
_JUNK = re.compile(r"&#?\w+;|https?://|\ufffd|&\d")


@dataclass(frozen=True)
class Corpus:
    """Paragraphs by language and source."""

    sources: Mapping[str, Sequence[tuple[float, Sequence[str]]]]
    around_words: Mapping[str, Sequence[Sequence[str]]] = field(default_factory=dict)

    def line(self, language: str, rng: Random) -> str:
        """A line of at most ``MAX_LINE`` characters, from the start of a paragraph or from its middle."""
        if self.around_words.get(language) and rng.random() < _AROUND_WORDS:
            return rng.choice(rng.choice(self.around_words[language]))
        weights, texts = zip(*self.sources[language], strict=True)
        paragraph = rng.choice(rng.choices(texts, weights)[0])
        return cut_line(paragraph, rng)


def cut_line(paragraph: str, rng: Random) -> str:
    """Cuts whole words from ``paragraph``, up to the length of a line."""
    length = rng.choice((20, 35, 50, 65, 80, 95, MAX_LINE))
    start = 0
    if len(paragraph) > length and rng.random() < 0.6:
        start = paragraph.find(" ", rng.randrange(len(paragraph) - length)) + 1
    end = len(paragraph)
    if end - start > length:
        end = paragraph.rfind(" ", start, start + length)
        end = end if end > start else start + length
    return paragraph[start:end].strip()


def lines_around_words(sources: Sequence[tuple[float, Sequence[str]]], rng: Random) -> Sequence[Sequence[str]]:
    """For each common word of the language some lines with it, so that the less common of them are learned, too."""
    paragraphs = [rng.choice(rng.choices(*_weighted(sources))[0]) for _ in range(_INDEXED_PARAGRAPHS)]
    found: dict[str, list[str]] = {}
    for paragraph in paragraphs:
        for word in _WORD.finditer(paragraph):
            lines = found.setdefault(word.group(), [])
            if len(lines) < _MAX_LINES_PER_WORD:
                start = paragraph.rfind(" ", 0, max(0, word.start() - rng.randrange(60))) + 1
                end = paragraph.find(" ", min(len(paragraph), word.end() + rng.randrange(40)))
                lines.append(paragraph[start : end if end >= 0 else None][:MAX_LINE].strip())
    return [lines for lines in found.values() if len(lines) >= _MIN_LINES_PER_WORD]


def _weighted(sources: Sequence[tuple[float, Sequence[str]]]) -> tuple[list[Sequence[str]], list[float]]:
    return [texts for _, texts in sources], [weight for weight, _ in sources]


def load_corpus(folder: Path, held_out: bool = False) -> Corpus:
    """Reads ``<language>_<source>.txt.xz`` files: one paragraph or sentence a line.

    Args:
        folder: holds the files.
        held_out: reads the thousandth part that is kept out of training, for calibration and measurement.
    """
    sources: dict[str, list[tuple[float, Sequence[str]]]] = {}
    for path in sorted(folder.glob("*.txt.xz")):
        name = path.name.removesuffix(".txt.xz")
        weight = _WEIGHTS.get(name, _NOVELS if name.endswith("novels") else _OTHER)
        sources.setdefault(name[:2], []).append((weight, _paragraphs(path, held_out)))
    if not sources:
        raise FileNotFoundError(f"{folder} holds no <language>_<source>.txt.xz file")
    if held_out:
        return Corpus(sources)
    rng = Random(0)  # noqa: S311 - sampling, not secrecy
    return Corpus(sources, {language: lines_around_words(sources[language], rng) for language in sources})


def whole_texts(folder: Path) -> dict[str, list[str]]:
    """All paragraphs by language, except those that are kept out of training."""
    texts: dict[str, list[str]] = {}
    for path in sorted(folder.glob("*.txt.xz")):
        rng = Random(path.name)  # noqa: S311 - sampling, not secrecy
        for paragraph in lzma.decompress(path.read_bytes()).decode("utf-8", "replace").splitlines():
            _, is_held_out = rng.random(), rng.random() < _HELD_OUT
            if not is_held_out and not _JUNK.search(paragraph):
                texts.setdefault(path.name[:2], []).append(paragraph)
    return texts


def _paragraphs(path: Path, held_out: bool) -> Sequence[str]:
    """A fixed sample of the file's paragraphs, of about ``_MAX_BYTES``."""
    text = lzma.decompress(path.read_bytes())
    share = min(1.0, _MAX_BYTES / len(text))
    rng = Random(path.name)  # noqa: S311 - sampling, not secrecy
    chosen = []
    for paragraph in text.decode("utf-8", "replace").splitlines():
        draw, is_held_out = rng.random(), rng.random() < _HELD_OUT
        if is_held_out == held_out and (held_out or draw < share) and _is_clean(paragraph):
            chosen.append(re.sub(r"\s+", " ", paragraph).strip())
    return chosen


def _is_clean(paragraph: str) -> bool:
    """Whether a paragraph consists of words in characters that the tagger knows."""
    if len(paragraph) < 12 or _JUNK.search(paragraph):
        return False
    return len(_UNKNOWN.findall(paragraph)) <= len(paragraph) // 50
