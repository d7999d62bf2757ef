"""Measures the search index: size, time to add, to search, to compact, and memory, for growing numbers of documents.

    python -m benchmarks.search --documents 1000 10000 100000

Documents have random words of the lexicon, as frequent as in language (Zipf), and numbers that occur once, which make
an index grow. A page of an invoice or a letter has 150 to 300 words. S3 is not part of it.
"""

from __future__ import annotations

import argparse
import lzma
import resource
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

from devstack import PROJECT_ROOT
from scanproof.workers.record import Record, Status
from scanproof.workers.search.index import SearchIndex
from scanproof.workers.search.query import SearchQuery

WORDS_FILE = PROJECT_ROOT / "models" / "fast" / "words.txt.xz"
VOCABULARY = 50_000  # words, of which the most frequent ones make nearly all of a text
NUMBERS = 12  # tokens of a document that no other has: amounts, codes, dates
BATCH = 1_000
VERSION_ID = "v" * 32
QUERIES = {
    "two rare words": SearchQuery(text="{rare} {rarer}"),
    "a frequent word": SearchQuery(text="{frequent}"),
    "a phrase": SearchQuery(text='"{frequent} {second}"'),
    "beginning of a word": SearchQuery(text="{prefix}*"),
    "a number": SearchQuery(text="{number}"),
    "needs review": SearchQuery(needs_review=True),
}


def main() -> None:
    """Prints a row for each number of documents."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.search", description=main.__doc__)
    parser.add_argument("--documents", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    parser.add_argument("--words", type=int, default=220, help="words of a document")
    arguments = parser.parse_args()
    words = vocabulary()
    with tempfile.TemporaryDirectory() as folder, SearchIndex(Path(folder) / "index.sqlite", is_scratch=True) as index:
        texts, count, seconds, characters = random_texts(words, arguments.words), 0, 0.0, 0
        for target in sorted(arguments.documents):
            while count < target:
                batch = [next(texts) for _ in range(min(BATCH, target - count))]
                characters += sum(map(len, batch))
                seconds += timed(lambda batch=batch, first=count: add(index, batch, first))  # type: ignore[misc]
                count += len(batch)
            print_row(index, words, count, characters, seconds)
        print(f"compacting after deletions: {timed(index.compact):.1f} s")


def print_row(index: SearchIndex, words: Sequence[str], count: int, characters: int, seconds: float) -> None:
    """Prints the figures of an index as it is now."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{count:,} documents, {characters / 1e6:.1f} million characters: {index.size_bytes / 1e6:.1f} MB, "
        f"added in {seconds:.1f} s, peak memory {peak:.0f} MB"
    )
    found = {
        "frequent": words[10],
        "second": words[11],
        "rare": words[3_000],
        "rarer": words[5_000],
        "prefix": words[400][:4],
        "number": f"{count // 2}N3",
    }
    for name, query in QUERIES.items():
        asked = SearchQuery(text=query.text.format(**found), needs_review=query.needs_review)
        hits: list[int] = []
        took = timed(lambda asked=asked, hits=hits: hits.append(len(index.find(asked, 50))))  # type: ignore[misc]
        print(f"    {name:<20} {took * 1000:8.1f} ms, {hits[0]} of at most 50")


def vocabulary() -> list[str]:
    """Returns words, the most frequent first."""
    with lzma.open(WORDS_FILE, "rt", encoding="utf-8") as file:
        rows = [line.split() for line in file]
    counts = {row[0]: int(row[1]) for row in rows if len(row) == 2 and row[0].isalpha() and row[1].isdigit()}
    return sorted(counts, key=lambda word: -counts[word])[:VOCABULARY]


def random_texts(words: Sequence[str], length: int) -> Iterator[str]:
    """Yields texts of ``length`` words, ten on a line."""
    generator = np.random.default_rng(1)
    weights = 1 / np.arange(1, len(words) + 1)
    weights /= weights.sum()
    number = 0
    while True:
        for row in generator.choice(len(words), (BATCH, length), p=weights):
            chosen = [*(words[index] for index in row), *(f"{number}N{place}" for place in range(NUMBERS))]
            yield "\n".join(" ".join(chosen[start : start + 10]) for start in range(0, len(chosen), 10))
            number += 1


def add(index: SearchIndex, texts: Sequence[str], first: int) -> None:
    """Adds documents as the update does."""
    with index.changing():
        for number, text in enumerate(texts, first):
            key = f"incoming/{number:07}.png"
            record = Record(
                bucket="scans",
                key=key,
                version_id=VERSION_ID,
                attempt=1,
                status=Status.PUBLISHED,
                updated_at=f"{number:09}",
                results_prefix=f"documents/{key}/{VERSION_ID}/1/",
                fields={"vendor": text[:30], "total": f"{number % 5000}.99", "invoice_date": "2026-01-01"},
                needs_review=number % 10 == 0,
            )
            index.put(record, text)


def timed(work: Callable[[], object]) -> float:
    """Returns the seconds that ``work`` takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
