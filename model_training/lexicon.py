"""``python -m model_training.lexicon --data DIR --model models/fast``: the training text's words and their counts."""

from __future__ import annotations

import argparse
import lzma
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from model_training.corpus import load_corpus
from scanproof.correcting.fast.lexicon import FILE_NAME

_WORD = re.compile(r"(?<!\w)[^\W\d_]+(?!\w)")
_MOST_WORDS = {"en": 50_000}
_MOST_WORDS_OF_OTHERS = 25_000
_LEAST_COUNT = 3


def count_words(texts: Iterable[str], most: int) -> Counter[str]:
    """The commonest words, in lower case."""
    counts = Counter(word.lower() for text in texts for word in _WORD.findall(text))
    return Counter({word: count for word, count in counts.most_common(most) if count >= _LEAST_COUNT})


def main() -> None:
    """Writes ``words.txt.xz`` into the model's folder."""
    parser = argparse.ArgumentParser(prog="python -m model_training.lexicon", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with train_text/")
    parser.add_argument("--model", type=Path, required=True, help="model folder")
    options = parser.parse_args()
    total: Counter[str] = Counter()
    for language, sources in load_corpus(options.data / "train_text").sources.items():
        texts = (paragraph for _, paragraphs in sources for paragraph in paragraphs)
        total.update(count_words(texts, _MOST_WORDS.get(language, _MOST_WORDS_OF_OTHERS)))
    rows = "".join(f"{word} {count}\n" for word, count in sorted(total.items()))
    (options.model / FILE_NAME).write_bytes(lzma.compress(rows.encode("utf-8"), preset=9))


if __name__ == "__main__":
    main()
