from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import onnxruntime as ort
import pytest
from tokenizers import Tokenizer

from scanproof.correcting.accurate.draft import TokenizerVocabulary
from scanproof.correcting.accurate.session import CausalGraph

TINY = Path(__file__).with_name("tiny")
END = 0


@dataclass(frozen=True)
class TinyModel:
    session: ort.InferenceSession
    graph: CausalGraph
    tokenizer: Tokenizer
    vocabulary: TokenizerVocabulary


def open_tiny(name: str) -> TinyModel:
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    session = ort.InferenceSession(str(TINY / f"{name}.onnx"), options, providers=["CPUExecutionProvider"])
    tokenizer = Tokenizer.from_file(str(TINY / "tokenizer.json"))
    return TinyModel(session, CausalGraph(session), tokenizer, TokenizerVocabulary(tokenizer))


@pytest.fixture(scope="session", params=["qwen2", "gpt2"])
def tiny(request: pytest.FixtureRequest) -> TinyModel:
    return open_tiny(request.param)
