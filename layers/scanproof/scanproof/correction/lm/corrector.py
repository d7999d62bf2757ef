"""The language-model corrector: takes lines, returns a language model's guarded corrections."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from scanproof.correction.base import CorrectedLine, Unprocessed
from scanproof.correction.deadline import NO_DEADLINE, Deadline
from scanproof.correction.guards import GuardedEdits, RefusedEdit, guard_rewrite
from scanproof.correction.guards.rewrite import Channel
from scanproof.correction.lm.channel import default_channel
from scanproof.correction.lm.decode import Decoder, Job, Output
from scanproof.correction.lm.draft import TokenizerVocabulary
from scanproof.correction.lm.prompt import PromptBuilder
from scanproof.correction.lm.split import Segment, align_columns, sentence_pairs, split
from scanproof.correction.memory import return_memory
from scanproof.correction.normaliser import deterministic_rewrites, normalised
from scanproof.correction.profiles import Profile
from scanproof.document import Edit, Refusal, apply_edits
from scanproof.edits import TextEdit, apply, compose, to_raw
from scanproof.errors import PermanentError
from scanproof.language import UNKNOWN_LANGUAGE, LanguagePosterior

_CONTEXT_SHARE = 0.1  # of the context size, for the text repeated before a segment
_MAX_GROWTH = 1.3  # longest answer, as a multiple of the text's tokens: guards refuse longer ones anyway
_MARGIN = 16  # tokens added to that limit
_MIN_SEGMENT = 16  # tokens: a dozen words
_PROBABILITY_DIGITS = 4  # further digits depend on the number of rows in the batch


@dataclass(frozen=True)
class _Part:
    """A segment of one of the lines. ``start`` and ``text`` exclude surrounding spaces, which are kept as they are."""

    line: int
    start: int
    text: str
    context: str


class LmCorrector:
    """Corrects each line on its own with a language model; lines that are too long are corrected in segments."""

    def __init__(
        self,
        model: str,
        weights: str,
        decoder: Decoder,
        prompts: PromptBuilder,
        vocabulary: TokenizerVocabulary,
        profile: Profile,
        context_size: int,
        channel: Channel | None = None,
    ) -> None:
        """Takes the parts that `open_lm` creates.

        Args:
            model: name of the model, for the audit.
            weights: version of its weights, for the audit.
            context_size: tokens of prompt and answer together.
            channel: words and errors that explain a change; None reads the bundled model's.

        Raises:
            PermanentError: ``context_too_small``.
        """
        self._model = model
        self._weights = weights
        self._decoder: Decoder | None = decoder
        self._prompts = prompts
        self._vocabulary = vocabulary
        self._profile = profile
        self._words = channel
        self._context_limit = int(_CONTEXT_SHARE * context_size)
        # Prompt and answer share the model's context, and the answer may be longer than the text.
        available = context_size - prompts.overhead - self._context_limit - 2 * _MARGIN
        self._segment_limit = int(available / (1 + _MAX_GROWTH))
        if self._segment_limit < _MIN_SEGMENT:
            raise PermanentError(
                "context_too_small",
                f"The prompt takes {prompts.overhead} of {context_size} tokens: no room is left for text.",
                "Raise context_size, shorten the custom prompt, or use a model with a longer context.",
            )

    @property
    def name(self) -> str:
        """``accurate``, as in the upload option ``corrector``."""
        return "accurate"

    @property
    def model_version(self) -> str:
        """Version of weights and profile, for the audit."""
        return f"{self._weights}+{self._profile.version}"

    @property
    def languages(self) -> None:
        """None: any language; the guards check what the model makes of it."""
        return None

    def correct(self, lines: Sequence[str], language: LanguagePosterior = UNKNOWN_LANGUAGE) -> list[CorrectedLine]:
        """Returns one result per line, in order; lines without a letter are not put to the model."""
        results = self.correct_until(NO_DEADLINE, lines, language)
        return [result for result in results if not isinstance(result, Unprocessed)]

    def correct_until(
        self, deadline: Deadline, lines: Sequence[str], language: LanguagePosterior = UNKNOWN_LANGUAGE
    ) -> list[CorrectedLine | Unprocessed]:
        """As `correct`; a line is `Unprocessed.OUT_OF_TIME` if one of its segments was not done by the deadline."""
        refusals: list[list[Refusal]] = [[] for _ in lines]
        edits: list[list[Edit]] = [[] for _ in lines]
        parts = [part for index, line in enumerate(lines) for part in self._parts(index, line, refusals[index])]
        jobs = [self._job(part) for part in parts]
        outputs = self._open_decoder.decode_until(deadline, jobs, self._prompts.prefix)
        for index, part in enumerate(parts):
            for change in self._guarded(part, outputs[index], language.code) if index in outputs else ():
                if isinstance(change, Edit):
                    edits[part.line].append(change)
                else:
                    refusals[part.line].append(change)
        late = {part.line for index, part in enumerate(parts) if index not in outputs}
        return [
            Unprocessed.OUT_OF_TIME if index in late else _corrected(*result)
            for index, result in enumerate(zip(lines, edits, refusals, strict=True))
        ]

    def close(self) -> None:
        """Releases the model; `correct` raises RuntimeError afterwards."""
        self._decoder = None
        return_memory()

    @property
    def _open_decoder(self) -> Decoder:
        if self._decoder is None:
            raise RuntimeError("the corrector is closed")
        return self._decoder

    def _parts(self, index: int, line: str, refusals: list[Refusal]) -> Iterator[_Part]:
        """Yields the segments of a line that go to the model; adds those that are too long to ``refusals``."""
        if not any(char.isalpha() for char in line):
            return
        context_limit = self._context_limit if self._prompts.supports_context else 0
        for segment in split(line, self._prompts.count_tokens, self._segment_limit, context_limit):
            text = line[segment.start : segment.end]
            if not segment.fits:
                refusals.append(_too_long(segment, text))
            elif any(char.isalpha() for char in text):
                leading_spaces = len(text) - len(text.lstrip())
                context = line[segment.context : segment.start]
                yield _Part(index, segment.start + leading_spaces, text.strip(), context)

    def _job(self, part: _Part) -> Job:
        limit = int(_MAX_GROWTH * self._prompts.count_tokens(part.text)) + _MARGIN
        return Job(self._prompts.build(part.text, part.context), part.text, limit)

    def _guarded(self, part: _Part, output: Output, language: str | None) -> Iterator[Edit | Refusal]:
        """Yields the edits that pass the guards and a refusal for each sentence that does not."""
        answer = self._vocabulary.join(output.tokens).strip()
        if not output.ended:
            probability = self._min_probability(output, 0, len(answer))
            yield _refusal(part, (0, len(part.text)), answer, "unfinished", probability)
            return
        if self._profile.keep_columns:
            answer = align_columns(part.text, answer) or answer
        for start, end, new_start, new_end in sentence_pairs(part.text, answer):
            raw, new = part.text[start:end], answer[new_start:new_end]
            rewrites, normal = deterministic_rewrites(raw), normalised(raw)
            guarded = self._guarded_sentence(normal, new, output, new_start, language)
            offset = part.start + start
            for refused in guarded.refused:
                span = tuple(start + to_raw(rewrites, place) for place in (refused.edit.start, refused.edit.end))
                yield _refusal(
                    part, (span[0], span[1]), refused.edit.corrected, refused.guard, refused.edit.probability
                )
            for edit in compose(raw, rewrites, guarded.accepted):
                yield Edit(
                    start=edit.start + offset, end=edit.end + offset, raw=raw[edit.start : edit.end],
                    corrected=edit.corrected, probability=edit.probability, corrector=self.name, model=self._model,
                    model_version=self.model_version,
                )  # fmt: skip

    def _guarded_sentence(
        self, raw: str, answer: str, output: Output, offset: int, language: str | None
    ) -> GuardedEdits:
        """Guards one sentence of an answer, which begins at ``offset`` of it; ``raw`` is normalised, it is not."""
        rewrites = deterministic_rewrites(answer)

        def certainty(start: int, end: int) -> float:
            return self._min_probability(output, offset + to_raw(rewrites, start), offset + to_raw(rewrites, end))

        guarded = guard_rewrite(raw, normalised(answer), certainty, self._channel, language)
        new = apply(raw, guarded.accepted)
        if guarded.accepted and (guard := self._profile.violation(raw, new)):
            refused = RefusedEdit(TextEdit(0, len(raw), new, min(edit.probability for edit in guarded.accepted)), guard)
            return GuardedEdits((), (*guarded.refused, refused))
        return guarded

    @property
    def _channel(self) -> Channel:
        """Words and errors, which are read when a model changes a text for the first time."""
        if self._words is None:
            self._words = default_channel()
        return self._words

    def _min_probability(self, output: Output, start: int, end: int) -> float:
        """Returns the lowest probability among the tokens that make up ``[start, end)`` of the answer."""
        position, lowest = 0, 1.0
        for token, probability in zip(output.tokens, output.probabilities, strict=True):
            position += len(self._vocabulary.text(token))
            if position > start:
                lowest = min(lowest, probability)
            if position >= end:
                break
        return round(lowest, _PROBABILITY_DIGITS)


def _corrected(line: str, edits: list[Edit], refusals: list[Refusal]) -> CorrectedLine:
    return CorrectedLine(apply_edits(line, edits), tuple(edits), tuple(refusals))


def _too_long(segment: Segment, text: str) -> Refusal:
    return Refusal(start=segment.start, end=segment.end, raw=text, proposed=text, guard="context_size")


def _refusal(part: _Part, span: tuple[int, int], proposed: str, guard: str, probability: float) -> Refusal:
    raw = part.text[span[0] : span[1]]
    start = part.start + span[0]
    return Refusal(start=start, end=start + len(raw), raw=raw, proposed=proposed, guard=guard, probability=probability)
