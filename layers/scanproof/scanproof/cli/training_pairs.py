"""Makes training pairs of what reviewers decided: lines as recognised, and as a person left them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from scanproof.document import Document


@dataclass(frozen=True)
class TrainingPair:
    """One line, in the format of `scanproof evaluate` and of `model_training`.

    Attributes:
        id: document, ``#``, page and line from 1; `model_training` keeps the lines of a document together by it.
        ocr: as recognised.
        truth: as reviewed.
        lang: of the page.
        source: name of the scan.
    """

    id: str
    ocr: str
    truth: str
    lang: str
    source: str


@dataclass
class TrainingPairs:
    """The pairs of documents, and why lines are not among them.

    Attributes:
        left_out: number of lines, or of documents, by reason.
    """

    pairs: list[TrainingPair] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)

    def add(self, document: Document) -> None:
        """Adds the lines of a document in which a reviewer decided about everything that the review page lists.

        Of other lines nobody said that they are right.
        """
        if document.reviewed is None:
            self.left_out["documents that nobody has reviewed"] += 1
            return
        reviewed = {(one.page, one.line) for one in document.reviewed.lines}
        for page in document.pages:
            for index, line in enumerate(page.lines):
                if (page.number, index) not in reviewed:
                    self.left_out["lines that were not reviewed, or not completely"] += 1
                elif not (line.raw.strip() and line.text.strip()):
                    self.left_out["lines without text, before or after"] += 1
                elif page.language is None:
                    self.left_out["lines of pages whose language is uncertain"] += 1
                else:
                    place = f"{document.id}#{page.number}.{index + 1}"
                    pair = TrainingPair(place, line.raw, line.text, page.language, document.source.name)
                    self.pairs.append(pair)

    @property
    def notes(self) -> Iterator[str]:
        """Yields what was left out, a phrase each."""
        return (f"{reason}: {count:,}" for reason, count in self.left_out.items())
