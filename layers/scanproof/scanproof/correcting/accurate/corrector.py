"""The accurate corrector: lines in, a language model's guarded corrections out."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from tokenizers import Tokenizer

from scanproof.correcting.accurate.columns import realigned
from scanproof.correcting.accurate.decode import Decoder, Job, Output, Tally
from scanproof.correcting.accurate.draft import TokenizerVocabulary
from scanproof.correcting.accurate.prompt import Prompter
from scanproof.correcting.accurate.seq2seq import open_seq2seq
from scanproof.correcting.accurate.session import Graph, open_graph
from scanproof.correcting.accurate.split import Segment, sentence_pairs, split
from scanproof.correcting.accurate.window import PassCost, measured_cost
from scanproof.correcting.corrector import CorrectedLine
from scanproof.correcting.guards import guard_sentence
from scanproof.correcting.profiles import Profile, load_profile
from scanproof.document import Edit, Refusal, apply_edits
from scanproof.errors import PermanentError
from scanproof.models.folder import open_model
from scanproof.models.manifest import Manifest

CONTEXT_SIZE = 8192
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
        """Takes its parts; `load_accurate` makes them. ``model`` and ``weights`` are for the audit.

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
            guarded = guard_sentence(raw, new, sure)
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


def load_accurate(
    folder: Path,
    profile: Profile | None = None,
    device: Literal["cpu", "cuda"] = "cpu",
    context_size: int = CONTEXT_SIZE,
    threads: int | None = None,
    rows: int = 4,
    cost: PassCost | None = None,
) -> AccurateCorrector:
    """Opens an exported model folder.

    Args:
        profile: None is ``general``.
        context_size: tokens of prompt and answer together; the model's own limit counts if it is smaller.
        rows: lines that go through the model together.
        cost: of a pass; None measures it now, which takes a few passes.

    Raises:
        PermanentError: ``model_missing``, ``model_altered``, ``model_manifest_invalid``, ``model_unsupported``,
            ``prompt_unsupported``, ``context_too_small``, ``device_unavailable``.
    """
    manifest = open_model(folder)
    encoder = _has_encoder(manifest)
    profile = profile or load_profile("general")
    framing, plain = (Tokenizer.from_file(str(folder / "tokenizer.json")) for _ in range(2))
    plain.encode_special_tokens = True
    vocabulary = TokenizerVocabulary(plain)
    prompter = Prompter(manifest.prompt, profile, framing, plain, encoder)
    graph = _open(folder, manifest, device, threads)
    if not manifest.quantization.batch_invariant:
        rows = 1  # else what a line becomes would depend on the lines beside it
    decoder = Decoder(graph, vocabulary, end_tokens(folder), cost or measured_cost(graph), rows)
    limit = min(context_size, manifest.tokenizer.max_length or context_size)
    return AccurateCorrector(manifest.name, manifest.version, decoder, prompter, vocabulary, profile, limit)


def end_tokens(folder: Path) -> frozenset[int]:
    """The tokens that end an answer, as generation_config.json or config.json names them."""
    found: set[int] = set()
    for end in _configured(folder, "eos_token_id"):
        found |= set(end) if isinstance(end, list) else {end}
    return frozenset(found)


def _configured(folder: Path, key: str) -> list[Any]:
    """What generation_config.json and config.json say of ``key``, in this order, as far as they say anything."""
    files = [folder / name for name in ("generation_config.json", "config.json")]
    said = [json.loads(file.read_text("utf-8")).get(key) for file in files if file.is_file()]
    return [value for value in said if value is not None]


def _has_encoder(manifest: Manifest) -> bool:
    if manifest.task == "token-classification":
        raise PermanentError(
            "model_unsupported",
            f"{manifest.name} is exported as {manifest.task}: it labels text and writes none.",
            "Name a causal or a sequence-to-sequence language model as the accurate one.",
        )
    return manifest.task == "text2text-generation"


def _open(folder: Path, manifest: Manifest, device: str, threads: int | None) -> Graph:
    graphs = manifest.graphs
    if manifest.task == "text2text-generation":
        start = next(iter(_configured(folder, "decoder_start_token_id")), 0)
        return open_seq2seq(folder, graphs.files, start, device, threads)
    return open_graph(folder / graphs.files["model"], device, threads, graphs.attention == "group_query")


def _corrected(line: str, edits: list[Edit], refusals: list[Refusal]) -> CorrectedLine:
    return CorrectedLine(apply_edits(line, edits), tuple(edits), tuple(refusals))


def _overflow(segment: Segment, text: str) -> Refusal:
    return Refusal(start=segment.start, end=segment.end, raw=text, proposed=text, guard="context_size")


def _refusal(part: _Part, place: tuple[int, int], proposed: str, guard: str, probability: float) -> Refusal:
    start, end = place
    raw = part.text[start:end]
    at = part.start + start
    return Refusal(start=at, end=at + len(raw), raw=raw, proposed=proposed, guard=guard, probability=probability)
