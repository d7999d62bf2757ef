from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import onnxruntime as ort
import pytest
from tokenizers import Tokenizer

from scanproof.correction.lm.channel import WordChannel, default_channel
from scanproof.correction.lm.draft import TokenizerVocabulary
from scanproof.correction.lm.seq2seq import Seq2SeqGraph
from scanproof.correction.lm.session import CausalGraph, FusedGraph, Graph
from tests.unit.correction.lm.reference import greedy, greedy_seq2seq


@pytest.fixture(scope="session", autouse=True)
def channel() -> WordChannel:
    """Keeps the words and errors in memory that every corrector shares."""
    return default_channel()


TINY = Path(__file__).with_name("tiny")
END = 0
START = 1  # decoder start token of the sequence-to-sequence model


@dataclass(frozen=True)
class TinyModel:
    """A graph with its tokenizer; ``greedy(prompt, end, limit)`` is token-by-token decoding of the same model."""

    graph: Graph
    greedy: Callable[[list[int], int, int], list[int]]
    tokenizer: Tokenizer
    vocabulary: TokenizerVocabulary


def open_tiny(name: str) -> TinyModel:
    tokenizer = Tokenizer.from_file(str(TINY / "tokenizer.json"))
    graph: Graph
    if name == "t5":
        encoder, decoder, decoder_with_past = (
            open_session_of(f"t5-{part}") for part in ("encoder", "decoder", "decoder_with_past")
        )
        graph = Seq2SeqGraph(encoder, decoder, decoder_with_past, START)
        reference = partial(greedy_seq2seq, encoder, decoder, START)
    else:
        session = open_session_of(name)
        graph = FusedGraph(session) if name.endswith("-fused") else CausalGraph(session)
        reference = partial(greedy, session)
    return TinyModel(graph, reference, tokenizer, TokenizerVocabulary(tokenizer))


def open_session_of(name: str) -> ort.InferenceSession:
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    return ort.InferenceSession(str(TINY / f"{name}.onnx"), options, providers=["CPUExecutionProvider"])


@pytest.fixture(scope="session", params=["qwen2", "gpt2", "qwen2-fused", "qwen2-direct", "t5"])
def tiny(request: pytest.FixtureRequest) -> TinyModel:
    return open_tiny(request.param)
