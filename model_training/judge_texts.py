"""Texts to fit the judge to: readings of newspapers, and paragraphs of clean text with the noise of scanning."""

from __future__ import annotations

import lzma
import re
import textwrap
from collections.abc import Callable, Iterator, Sequence
from itertools import zip_longest
from pathlib import Path
from random import Random
from typing import NamedTuple

from model_training.confusions import load_confusions
from model_training.noise import load_noise, number_positions
from model_training.real_pairs import documents
from scanproof.correction.paragraphs import paragraphs_of
from scanproof.correction.passages import Passage

_SEED = 9_000_011  # differs from any seed used in training
_BOOKS = ("en_classic_books", "en_eltec_novels")
_MODERN = ("en_us_gov_digitalgov", "en_us_gov_18f", "en_sec_nda_contracts")
_LENGTHS = 300, 1600  # characters of a paragraph
_MIN_LETTERS = 0.9  # share of letters and spaces
_WIDTHS = (45, 60, 75, 90)  # characters of a line
_RATES = (0.01, 0.03, 0.05, 0.08, 0.12)  # errors per character
_EVERY = 10  # one paragraph in so many is of each remainder
_NOISY, _CLEAN, _KEPT_OUT = (0, 1, 2, 3, 4), (5,), (6, 7, 8, 9)  # remainders

Corrupt = Callable[[str, Random], str]


class Text(NamedTuple):
    """A text as read and as it should be; lines end with line feeds."""

    id: str
    ocr: str
    truth: str


def judge_texts(data: Path) -> dict[str, list[Text]]:
    """The texts of each set, none of which is kept out for measurement."""
    news = data / "dev" / "en_news_overproof.jsonl"
    rows = [row for part in ("calibrate", "train") for row in documents(news, part)]
    noise = scanning_noise(data)
    return {
        "news": [Text(row["id"], row["ocr"], row["truth"].replace("¬", "-")) for row in rows],
        "books": list(texts_of(data, _BOOKS, 150, _NOISY, noise)),
        "modern": list(texts_of(data, _MODERN, 100, _NOISY, noise)),
        "clean": list(texts_of(data, (*_BOOKS, *_MODERN), 160, _CLEAN)),
    }


def running_text(text: str) -> str:
    """A text with its paragraphs as running text."""
    lines = text.split("\n")
    return " ".join(Passage.of([lines[number] for number in numbers]).text for numbers in paragraphs_of(lines))


def kept_out_texts(data: Path, count: int) -> list[Text]:
    """Clean texts that `judge_texts` does not hold."""
    return list(texts_of(data, (*_BOOKS, *_MODERN), count, _KEPT_OUT))


def scanning_noise(data: Path) -> Corrupt:
    """Noise of FineReader on newspapers, of Tesseract, and of the fast corrector's training."""
    folder = data / "dev" / "confusions"
    tables = [load_confusions(folder / f"{name}.tsv") for name in ("finereader_news_en", "tesseract5_modern_en")]
    mixed = load_noise(folder)

    def corrupt(line: str, rng: Random) -> str:
        rate, kept = rng.choice(_RATES), number_positions(line)
        [table] = rng.choices([*tables, None], (0.5, 0.3, 0.2))
        return table.corrupt(line, rate, rng, kept) if table else mixed(line, "en", rng)

    return corrupt


def texts_of(
    data: Path, sources: Sequence[str], count: int, remainders: Sequence[int], corrupt: Corrupt = lambda line, _: line
) -> Iterator[Text]:
    """Paragraphs of each source in turn, in lines, each line with noise."""
    rng = Random(_SEED + sum(remainders))  # noqa: S311 - sampling, not secrecy
    paths = (data / "train_text" / f"{source}.txt.xz" for source in sources)
    return paragraphs_in_lines([_lines(path, remainders) for path in paths], count, rng, corrupt)


def paragraphs_in_lines(
    sources: Sequence[Sequence[str]], count: int, rng: Random, corrupt: Corrupt = lambda line, _: line
) -> Iterator[Text]:
    """Paragraphs of each source in turn, in lines as in print, each line with noise.

    Args:
        sources: texts, with single spaces between words.
        count: of paragraphs at most.
        rng: chooses them.
        corrupt: adds noise to a line; by default none.
    """
    by_source = [_paragraphs(texts, rng) for texts in sources]
    mixed = [paragraph for row in zip_longest(*by_source) for paragraph in row if paragraph]
    for number, paragraph in enumerate(mixed[:count]):
        truth = _in_lines(paragraph, rng)
        yield Text(f"{number}", "\n".join(corrupt(line, rng) for line in truth.split("\n")), truth)


def _lines(path: Path, remainders: Sequence[int]) -> list[str]:
    with lzma.open(path, "rt", encoding="utf-8") as lines:
        return [" ".join(line.split()) for number, line in enumerate(lines) if number % _EVERY in remainders]


def _paragraphs(texts: Sequence[str], rng: Random) -> list[str]:
    shortest, longest = _LENGTHS
    pieces = (piece for text in texts for piece in _pieces(text, longest))
    good = [piece for piece in pieces if len(piece) >= shortest and _is_prose(piece)]
    rng.shuffle(good)
    return good


def _pieces(text: str, longest: int) -> list[str]:
    return textwrap.wrap(text, longest)[1:4] if len(text) > longest else [text]


def _is_prose(text: str) -> bool:
    letters = sum(char.isalpha() or char == " " for char in text)
    return letters >= _MIN_LETTERS * len(text) and not re.search(r"[_*#<>]", text)


def _in_lines(paragraph: str, rng: Random) -> str:
    """Breaks a paragraph into lines of a random width, and divides words at their ends as print does."""
    width = rng.choice(_WIDTHS)
    lines, line = [], ""
    for word in paragraph.split():
        if len(line) + len(word) < width:
            line = f"{line} {word}".strip()
            continue
        room = width - len(line) - 2
        if word.isalpha() and 3 <= room <= len(word) - 3:
            lines.append(f"{line} {word[:room]}-")
            line = word[room:]
        else:
            lines.append(line)
            line = word
    return "\n".join([*filter(None, lines), line])
