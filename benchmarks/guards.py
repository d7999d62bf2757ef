"""Measures which true corrections the guards of language models accept: OCR text and its truth, sentence by sentence.

    python -m benchmarks.guards pairs.jsonl ...      rows {"ocr", "truth"}

A refusal is not always a mistake: a number that differs between reading and truth is refused on purpose.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random

from scanproof.correction.guards import guard_rewrite
from scanproof.correction.guards.rewrite import Channel
from scanproof.correction.lm.channel import default_channel
from scanproof.correction.lm.split import sentence_pairs
from scanproof.correction.normaliser import normalised

CHARACTERS = 1500  # of each text


def corrections(path: Path, texts: int) -> Iterator[tuple[str, str]]:
    """Sentences that differ from their truth, from a random sample of texts."""
    rows = [json.loads(row) for row in path.read_text("utf-8").splitlines()]
    Random(1).shuffle(rows)  # noqa: S311 - sampling, not secrecy
    for row in rows[:texts]:
        raw, truth = (" ".join(row[name][:CHARACTERS].split()) for name in ("ocr", "truth"))
        for start, end, new_start, new_end in sentence_pairs(raw, truth)[:-1]:
            before, after = raw[start:end].strip(), truth[new_start:new_end].strip()
            if before != after:
                yield before, after


def refusing_guard(raw: str, truth: str, channel: Channel) -> str:
    """The first guard that refuses a word of ``truth``, as if a model had written it for certain; "" for none."""
    refused = guard_rewrite(normalised(raw), normalised(truth), lambda _start, _end: 1.0, channel).refused
    return refused[0].guard if refused else ""


def main() -> None:
    """Prints a line per file: the accepted share, then the guards by the share that they refused."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pairs", type=Path, nargs="+")
    parser.add_argument("--texts", type=int, default=150)
    arguments = parser.parse_args()
    channel = default_channel()
    for path in arguments.pairs:
        verdicts = Counter(refusing_guard(raw, truth, channel) for raw, truth in corrections(path, arguments.texts))
        count = verdicts.total()
        refused = ", ".join(f"{guard} {n / count:.1%}" for guard, n in verdicts.most_common() if guard)
        print(f"{path.stem}: {count} sentences, {verdicts[''] / count:.1%} accepted; {refused}")


if __name__ == "__main__":
    main()
