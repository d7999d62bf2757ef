"""Opens an exported language model, once for all profiles."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer

from scanproof.correction.lm.corrector import AccurateCorrector
from scanproof.correction.lm.decode import Decoder
from scanproof.correction.lm.draft import TokenizerVocabulary
from scanproof.correction.lm.prompt import Prompter
from scanproof.correction.lm.seq2seq import open_seq2seq
from scanproof.correction.lm.session import Graph, open_graph
from scanproof.correction.lm.window import PassCost, measured_cost
from scanproof.correction.memory import Budget, CudaLimits
from scanproof.correction.models.folder import open_model
from scanproof.correction.models.manifest import Device, Manifest
from scanproof.correction.profiles import Profile, load_profile
from scanproof.errors import PermanentError

CONTEXT_SIZE = 8192
ROWS = 8


class OpenedModel:
    """A language model in memory. Correctors of different profiles share its weights and its cost of a pass."""

    def __init__(self, manifest: Manifest, decoder: Decoder, framing: Tokenizer, plain: Tokenizer, limit: int) -> None:
        """Takes its parts; `open_accurate` makes them.

        Args:
            framing: knows special tokens.
            plain: does not.
            limit: tokens of prompt and answer together.
        """
        self.manifest = manifest
        self._decoder: Decoder | None = decoder
        self._framing, self._plain, self._limit = framing, plain, limit

    def corrector(self, profile: Profile | None = None) -> AccurateCorrector:
        """Of one profile; None is ``general``. To be dropped before the model is closed.

        Raises:
            PermanentError: ``prompt_unsupported``, ``context_too_small``.
        """
        if self._decoder is None:
            raise RuntimeError("the model is closed")
        profile = profile or load_profile("general")
        prompter = Prompter(self.manifest.prompt, profile, self._framing, self._plain, _has_encoder(self.manifest))
        vocabulary = TokenizerVocabulary(self._plain)
        name, version = self.manifest.name, self.manifest.version
        return AccurateCorrector(name, version, self._decoder, prompter, vocabulary, profile, self._limit)

    def close(self) -> None:
        """Gives the weights and the caches back, on the device too."""
        self._decoder = None


def open_accurate(
    folder: Path,
    device: Device = "cpu",
    context_size: int = CONTEXT_SIZE,
    threads: int | None = None,
    rows: int = ROWS,
    cost: PassCost | None = None,
    budget: Budget | None = None,
) -> OpenedModel:
    """Opens an exported model folder.

    Args:
        context_size: tokens of prompt and answer together; the model's own limit counts if it is smaller.
        rows: lines that go through the model together, at most.
        cost: of a pass; None measures it now, which takes a few passes.
        budget: how much memory it may take; None does not limit it.

    Raises:
        PermanentError: ``model_missing``, ``model_altered``, ``model_manifest_invalid``, ``model_unsupported``,
            ``device_unavailable``, ``memory_budget_small``.
    """
    manifest = open_model(folder)
    _has_encoder(manifest)
    limit = min(context_size, manifest.tokenizer.max_length or context_size)
    if budget is not None:
        rows = budget.rows(manifest, limit, device, rows)
    if not manifest.quantization.batch_invariant:
        rows = 1  # else what a line becomes would depend on the lines beside it
    framing, plain = (Tokenizer.from_file(str(folder / "tokenizer.json")) for _ in range(2))
    plain.encode_special_tokens = True
    limits = budget.cuda_limits(manifest, limit) if budget else None
    graph = _open(folder, manifest, device, threads, limits)
    if cost is None:
        cost = measured_cost(graph, time.thread_time if device == "cpu" else time.perf_counter)
    decoder = Decoder(graph, TokenizerVocabulary(plain), end_tokens(folder), cost, rows)
    return OpenedModel(manifest, decoder, framing, plain, limit)


def load_accurate(
    folder: Path,
    profile: Profile | None = None,
    device: Device = "cpu",
    context_size: int = CONTEXT_SIZE,
    threads: int | None = None,
    rows: int = ROWS,
    cost: PassCost | None = None,
) -> AccurateCorrector:
    """One corrector of an exported model folder, which is released when the corrector is closed.

    Raises:
        PermanentError: as `open_accurate`, and ``prompt_unsupported``, ``context_too_small``.
    """
    return open_accurate(folder, device, context_size, threads, rows, cost).corrector(profile)


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


def _open(folder: Path, manifest: Manifest, device: Device, threads: int | None, limits: CudaLimits | None) -> Graph:
    graphs = manifest.graphs
    if manifest.task == "text2text-generation":
        start = next(iter(_configured(folder, "decoder_start_token_id")), 0)
        return open_seq2seq(folder, graphs.files, start, device, threads, limits)
    return open_graph(folder / graphs.files["model"], device, threads, graphs.attention == "group_query", limits)
