"""The accurate corrector: lines in, a language model's guarded corrections out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from scanproof.correction.base import CorrectedLine
from scanproof.correction.fast.rewrites import deterministic_rewrites
from scanproof.correction.guards import guard_sentence
from scanproof.correction.lm.columns import realigned
from scanproof.correction.lm.decode import Decoder, Job, Output, Tally
from scanproof.correction.lm.draft import TokenizerVocabulary
from scanproof.correction.lm.prompt import Prompter
from scanproof.correction.lm.split import Segment, sentence_pairs, split
from scanproof.correction.profiles import Profile
from scanproof.document import Edit, Refusal, apply_edits
from scanproof.errors import PermanentError

_CONTEXT_SHARE = 0.1  # of the context size, for what is repeated before a segment
_GROWTH = 1.3  # a correction is at most so much longer than its text: guards refuse more, so no more is written
_MARGIN = 16  # tokens
_LEAST_SEGMENT = 16  # tokens: a dozen words
_DIGITS = 4  # of probabilities: behind them stands how many rows were in the batch


@dataclass(frozen=True)
class _Part:
    """A segment of one of the lines. ``start`` and ``text`` leave out the blanks around it, which stay."""

    line: int
    start: int
    text: str
    context: str


class AccurateCorrector:
    """Proofreads lines with a causal language model. A line goes to the model alone, in parts if it is too long."""

    def __init__(
        self,
        model: str,
        weights: str,
        decoder: Decoder,
        prompter: Prompter,
        vocabulary: TokenizerVocabulary,
        profile: Profile,
        context_size: int,
    ) -> None:
        """Takes its parts; `open_accurate` makes them. ``model`` and ``weights`` are for the audit.

        Raises:
            PermanentError: ``context_too_small``.
        """
        self._model = model
        self._weights = weights
        self._decoder: Decoder | None = decoder
        self._prompter = prompter
        self._vocabulary = vocabulary
        self._profile = profile
        self._context = int(_CONTEXT_SHARE * context_size)
        # Prompt and answer share the model's context, and the answer may be longer than the text.
        free = context_size - prompter.overhead - self._context - 2 * _MARGIN
        self._segment = int(free / (1 + _GROWTH))
        if self._segment < _LEAST_SEGMENT:
            raise PermanentError(
                "context_too_small",
                f"The prompt takes {prompter.overhead} of {context_size} tokens: no room is left for text.",
                "Raise context_size, shorten the own prompt, or use a model with a longer context.",
            )

    @property
    def name(self) -> str:
        """``accurate``."""
        return "accurate"

    @property
    def model_version(self) -> str:
        """Weights and profile: what the audit needs to tell one answer from another."""
        return f"{self._weights}+{self._profile.version}"

    @property
    def languages(self) -> None:
        """A language model reads whatever it was trained on; the guards judge what it makes of it."""
        return None

    @property
    def tally(self) -> Tally:
        """What decoding has cost so far."""
        return self._open.tally

    def correct(self, lines: Sequence[str], language: str | None = None) -> list[CorrectedLine]:
        """One result per line, in order; lines without a letter are not put to the model."""
        refusals: list[list[Refusal]] = [[] for _ in lines]
        edits: list[list[Edit]] = [[] for _ in lines]
        parts = [part for index, line in enumerate(lines) for part in self._parts(index, line, refusals[index])]
        outputs = self._open.decode([self._job(part) for part in parts], self._prompter.prefix)
        for part, output in zip(parts, outputs, strict=True):
            for verdict in self._verdicts(part, output):
                if isinstance(verdict, Edit):
                    edits[part.line].append(verdict)
                else:
                    refusals[part.line].append(verdict)
        return [_corrected(*found) for found in zip(lines, edits, refusals, strict=True)]

    def close(self) -> None:
        """Releases the model; asking again is an error."""
        self._decoder = None

    @property
    def _open(self) -> Decoder:
        if self._decoder is None:
            raise RuntimeError("the corrector is closed")
        return self._decoder

    def _parts(self, index: int, line: str, refusals: list[Refusal]) -> Iterator[_Part]:
        if not any(char.isalpha() for char in line):
            return
        context = self._context if self._prompter.takes_context else 0
        for segment in split(line, self._prompter.size, self._segment, context):
            text = line[segment.start : segment.end]
            if not segment.fits:
                refusals.append(_overflow(segment, text))
            elif any(char.isalpha() for char in text):
                blanks = len(text) - len(text.lstrip())
                before = line[segment.context : segment.start]
                yield _Part(index, segment.start + blanks, text.strip(), before)

    def _job(self, part: _Part) -> Job:
        limit = int(_GROWTH * self._prompter.size(part.text)) + _MARGIN
        return Job(self._prompter.tokens(part.text, part.context), part.text, limit)

    def _verdicts(self, part: _Part, output: Output) -> Iterator[Edit | Refusal]:
        """What the guards make of an answer, sentence by sentence."""
        written = self._vocabulary.join(output.tokens).strip()
        if not output.ended:
            sure = self._least_probable(output, 0, len(written))
            yield _refusal(part, (0, len(part.text)), written, "unfinished", sure)
            return
        if self._profile.keep_columns:
            written = realigned(part.text, written) or written
        for start, end, new_start, new_end in sentence_pairs(part.text, written):
            raw, new = part.text[start:end], written[new_start:new_end]
            sure = self._least_probable(output, new_start, new_end)
            guarded = guard_sentence(raw, new, sure, deterministic_rewrites(raw))
            if guard := guarded.guard or self._profile.objection(raw, new):
                yield _refusal(part, (start, end), new, guard, sure)
                continue
            for edit in guarded.edits:
                at, to = edit.start + start + part.start, edit.end + start + part.start
                yield Edit(
                    start=at, end=to, raw=raw[edit.start : edit.end], corrected=edit.corrected, probability=sure,
                    corrector=self.name, model=self._model, model_version=self.model_version,
                )  # fmt: skip

    def _least_probable(self, output: Output, start: int, end: int) -> float:
        """The lowest probability among the tokens that wrote ``[start, end)`` of the answer."""
        position, least = 0, 1.0
        for token, probability in zip(output.tokens, output.probabilities, strict=True):
            position += len(self._vocabulary.text(token))
            if position > start:
                least = min(least, probability)
            if position >= end:
                break
        return round(least, _DIGITS)


def _corrected(line: str, edits: list[Edit], refusals: list[Refusal]) -> CorrectedLine:
    return CorrectedLine(apply_edits(line, edits), tuple(edits), tuple(refusals))


def _overflow(segment: Segment, text: str) -> Refusal:
    return Refusal(start=segment.start, end=segment.end, raw=text, proposed=text, guard="context_size")


def _refusal(part: _Part, place: tuple[int, int], proposed: str, guard: str, probability: float) -> Refusal:
    start, end = place
    raw = part.text[start:end]
    at = part.start + start
    return Refusal(start=at, end=at + len(raw), raw=raw, proposed=proposed, guard=guard, probability=probability)
