"""Runs the edit tagger: its input (characters and word statuses), its labels, and the network.

One label for each character says what the character becomes: ``K`` keeps it, ``D`` deletes it, ``R:xy`` replaces it by
one or two others, ``A:x`` keeps it and appends. A virtual first position stands in front of the line, so that a first
character can be inserted: a line of n characters has n + 1 labels. This is edit tagging: Omelianchuk et al. 2020,
"GECToR: Grammatical Error Correction: Tag, Not Rewrite".

A model of a few million weights cannot hold the words of eight languages; a lexicon can. The tagger reads the status of
each word as token types, so it doubts what is no word ("nember") and leaves known words alone. Token types also mark
where an unknown word would have to change to become the most probable known one, and a rare word ("custome") to become
a more probable one.

onnxruntime runs one window at a time: dynamic int8 scales activations over the whole input tensor, so lines that share
a tensor would change each other's results. A window alone in its tensor depends on itself only.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime  # type: ignore[import-untyped]

from scanproof.correction.fast.config import COMMON_SHARE
from scanproof.correction.fast.lexicon import TOKEN
from scanproof.correction.models.folder import open_model

KEEP = "K"
DELETE = "D"
_REPLACE = "R:"
_APPEND = "A:"
_GRAPHS = Path("onnx") / "cpu"
_MARGIN = 20  # characters at a cut edge that a window sees but does not label

Span = tuple[int, int]


def replace_label(characters: str) -> str:
    """The label that replaces a character by ``characters`` (one or two)."""
    return _REPLACE + characters


def append_label(characters: str) -> str:
    """The label that keeps a character and appends ``characters``."""
    return _APPEND + characters


def rewrite(label: str, character: str) -> str:
    """Applies ``label`` to ``character`` ("" at the virtual first position)."""
    if label == KEEP:
        return character
    if label == DELETE:
        return ""
    if label.startswith(_APPEND):
        return character + label[len(_APPEND) :]
    return label[len(_REPLACE) :]


class WordStatus(IntEnum):
    """Token types of the tagger."""

    UNSPECIFIED = 0  # no word, or no statement
    COMMON = 1
    RARE = 2
    UNKNOWN = 3
    NEAR_KNOWN = 4  # in an unknown or rare word that is one character edit away from a known, more probable one
    SUSPECT = 5  # a character that this edit changes


def word_statuses(
    text: str,
    max_prob: Callable[[str], float],
    suspect_span: Callable[[str, bool], Span | None] = lambda word, rare: None,
) -> list[int]:
    """One `WordStatus` for each character of ``text``.

    Args:
        text: the line.
        max_prob: the relative frequency of a word in the language that has it most; 0 if it was never seen.
        suspect_span: start and end of what to change in an unknown word, or (if the second argument is true) a rare
            one, to make a more probable word of it; an empty span is an insertion, and marks the character before it.
            None if there is no such word.
    """
    statuses = [int(WordStatus.UNSPECIFIED)] * len(text)
    for token in TOKEN.finditer(text):
        if token.group().isdecimal():
            continue
        status = _status(token.group(), max_prob)
        may_change = status is not WordStatus.COMMON and token.group().isalpha()
        span = suspect_span(token.group(), status is WordStatus.RARE) if may_change else None
        of_token = int(WordStatus.NEAR_KNOWN if span else status)
        statuses[token.start() : token.end()] = [of_token] * (token.end() - token.start())
        if span:
            start, end = span if span[0] < span[1] else (max(0, span[0] - 1), max(1, span[0]))
            statuses[token.start() + start : token.start() + end] = [int(WordStatus.SUSPECT)] * (end - start)
    return statuses


def _status(token: str, max_prob: Callable[[str], float]) -> WordStatus:
    probability = max_prob(token) if token.isalpha() else 0.0
    if probability >= COMMON_SHARE:
        return WordStatus.COMMON
    return WordStatus.RARE if probability else WordStatus.UNKNOWN


@dataclass(frozen=True)
class Tags:
    """The label probabilities of a line of n characters at n + 1 positions, the virtual first one in front.

    Attributes:
        logs: natural logarithms of the probabilities, (n + 1, labels).
        keep: index of the label that changes nothing.
    """

    logs: npt.NDArray[np.float32]
    keep: int

    @property
    def best(self) -> npt.NDArray[np.int64]:
        """The most probable label of each position."""
        labels: npt.NDArray[np.int64] = self.logs.argmax(-1)
        return labels

    @cached_property
    def doubt(self) -> npt.NDArray[np.float32]:
        """The probability that each position has to change."""
        doubt: npt.NDArray[np.float32] = np.float32(1) - np.exp(self.logs[:, self.keep])
        return doubt


@dataclass(frozen=True)
class Window:
    """The encoder sees ``text[start:end]`` and labels ``text[answer_start:answer_end]``."""

    start: int
    end: int
    answer_start: int
    answer_end: int


class Tagger:
    """Labels the characters of one line. Safe to call from several threads."""

    def __init__(self, folder: Path) -> None:
        """Opens a model folder in Hub layout with ``onnx/cpu`` in it.

        Raises:
            PermanentError: ``model_missing``, ``model_manifest_invalid``, ``model_altered``.
        """
        graphs = folder / _GRAPHS
        manifest = open_model(graphs)
        config = json.loads((graphs / "config.json").read_text("utf-8"))
        vocabulary: dict[str, int] = json.loads((graphs / "tokenizer.json").read_text("utf-8"))["model"]["vocab"]
        graph = manifest.graphs.files["model"]
        self.version = f"{config['scanproof_version']}-{manifest.files[graph].sha256[:12]}"
        self.labels: tuple[str, ...] = tuple(config["id2label"][str(place)] for place in range(len(config["id2label"])))
        self._keep = self.labels.index(KEEP)
        self.places: dict[str, int] = {label: place for place, label in enumerate(self.labels)}
        self._size = int(config["max_position_embeddings"]) - 1
        self._first, self._unknown = vocabulary["[BOS]"], vocabulary["[UNK]"]
        self._vocabulary = {token: place for token, place in vocabulary.items() if len(token) == 1}
        self._session = _session(graphs / graph)
        self._inputs = [value.name for value in self._session.get_inputs()]

    def knows(self, character: str) -> bool:
        """Whether the character is in the alphabet; others are never changed."""
        return character in self._vocabulary

    def tag(self, text: str, statuses: Sequence[int] | None = None) -> Tags:
        """Computes the probabilities of all labels at each position of one line.

        Args:
            text: the line.
            statuses: the `WordStatus` of each character's word; None leaves all of them unspecified.
        """
        if statuses is None:
            statuses = [WordStatus.UNSPECIFIED] * len(text)
        if len(text) <= self._size:
            return Tags(self._log_probabilities(text, statuses), self._keep)
        logs = np.empty((len(text) + 1, len(self.labels)), np.float32)
        for window in windows(len(text), self._size):
            # Position 0 is the virtual one; only the first window stands at the line's beginning.
            first = window.answer_start + 1 if window.start else 0
            seen = self._log_probabilities(text[window.start : window.end], statuses[window.start : window.end])
            logs[first : window.answer_end + 1] = seen[first - window.start : window.answer_end + 1 - window.start]
        return Tags(logs, self._keep)

    def _log_probabilities(self, text: str, statuses: Sequence[int]) -> npt.NDArray[np.float32]:
        """(characters + 1, labels)."""
        ids = [self._first, *(self._vocabulary.get(character, self._unknown) for character in text)]
        tokens, types = np.asarray([ids], np.int64), np.asarray([[WordStatus.UNSPECIFIED, *statuses]], np.int64)
        inputs = {"input_ids": tokens, "attention_mask": np.ones_like(tokens), "token_type_ids": types}
        logits: npt.NDArray[np.float32] = self._session.run(None, {name: inputs[name] for name in self._inputs})[0][0]
        logits -= logits.max(-1, keepdims=True)
        logits -= np.log(np.exp(logits).sum(-1, keepdims=True))
        return logits


def windows(length: int, size: int) -> Iterator[Window]:
    """Cuts a line into overlapping windows, each of which labels its middle.

    Args:
        length: characters of the line. An empty line has one empty window: it has a virtual first position too.
        size: characters that a window may have, over twice the margin.
    """
    start = 0
    while True:
        end = min(length, start + size)
        yield Window(start, end, start + _MARGIN if start else 0, end if end == length else end - _MARGIN)
        if end == length:
            return
        start = end - 2 * _MARGIN


def _session(path: Path) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1  # threads take lines, not parts of one matrix
    options.inter_op_num_threads = 1
    options.use_deterministic_compute = True
    options.log_severity_level = 3
    # Fused, the sum and its normalisation take six times as long as apart: a seventh of a run (onnxruntime 1.31, CPU).
    slower = ["SkipLayerNormFusion"]
    return onnxruntime.InferenceSession(
        str(path), options, providers=["CPUExecutionProvider"], disabled_optimizers=slower
    )
