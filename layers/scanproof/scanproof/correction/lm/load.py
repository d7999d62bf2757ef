"""Opens an exported language model once for all profiles."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer

from scanproof.correction.lm.corrector import LmCorrector
from scanproof.correction.lm.decode import Decoder
from scanproof.correction.lm.draft import TokenizerVocabulary
from scanproof.correction.lm.prompt import PromptBuilder
from scanproof.correction.lm.seq2seq import open_seq2seq
from scanproof.correction.lm.session import Graph, open_graph
from scanproof.correction.lm.window import PassCost, measure_pass_cost
from scanproof.correction.memory import Budget, CudaLimits, return_memory
from scanproof.correction.models.folder import open_model
from scanproof.correction.models.manifest import Device, Manifest
from scanproof.correction.profiles import Profile, load_profile
from scanproof.errors import PermanentError

CONTEXT_SIZE = 8192
ROWS = 8


class LoadedModel:
    """A language model in memory. The correctors of all profiles share its weights and its measured pass cost."""

    def __init__(
        self,
        manifest: Manifest,
        decoder: Decoder,
        template_tokenizer: Tokenizer,
        text_tokenizer: Tokenizer,
        context_size: int,
    ) -> None:
        """Takes the parts that `open_lm` creates.

        Args:
            template_tokenizer: recognises special tokens.
            text_tokenizer: does not.
            context_size: tokens of prompt and answer together.
        """
        self.manifest = manifest
        self._decoder: Decoder | None = decoder
        self._template_tokenizer, self._text_tokenizer = template_tokenizer, text_tokenizer
        self._context_size = context_size

    def corrector(self, profile: Profile | None = None) -> LmCorrector:
        """Returns a corrector for a profile (None: ``general``), to be discarded before the model is closed.

        Raises:
            PermanentError: ``prompt_unsupported``, ``context_too_small``.
        """
        if self._decoder is None:
            raise RuntimeError("the model is closed")
        profile = profile or load_profile("general")
        prompts = PromptBuilder(
            self.manifest.prompt, profile, self._template_tokenizer, self._text_tokenizer, _has_encoder(self.manifest)
        )
        vocabulary = TokenizerVocabulary(self._text_tokenizer)
        name, version = self.manifest.name, self.manifest.version
        return LmCorrector(name, version, self._decoder, prompts, vocabulary, profile, self._context_size)

    def close(self) -> None:
        """Frees weights and caches, on the device too, and returns their memory to the system."""
        self._decoder = None
        return_memory()


def open_lm(
    folder: Path,
    device: Device = "cpu",
    context_size: int = CONTEXT_SIZE,
    threads: int | None = None,
    rows: int = ROWS,
    cost: PassCost | None = None,
    budget: Budget | None = None,
) -> LoadedModel:
    """Opens an exported model folder.

    Args:
        context_size: tokens of prompt and answer together, at most the model's own limit.
        rows: maximum number of lines per pass.
        cost: of a pass; None measures it, which takes a few passes.
        budget: memory that the model may take; None does not limit it.

    Raises:
        PermanentError: ``model_missing``, ``model_altered``, ``model_manifest_invalid``, ``model_unsupported``,
            ``device_unavailable``, ``memory_budget_small``.
    """
    manifest = open_model(folder)
    _has_encoder(manifest)
    context_size = min(context_size, manifest.tokenizer.max_length or context_size)
    if budget is not None:
        rows = budget.rows(manifest, context_size, device, rows)
    if not manifest.quantization.batch_invariant:
        rows = 1  # otherwise a line's result would depend on the other lines of its batch
    template_tokenizer, text_tokenizer = (Tokenizer.from_file(str(folder / "tokenizer.json")) for _ in range(2))
    text_tokenizer.encode_special_tokens = True
    limits = budget.cuda_limits(manifest, context_size) if budget else None
    graph = _open(folder, manifest, device, threads, limits)
    if cost is None:
        cost = measure_pass_cost(graph, time.thread_time if device == "cpu" else time.perf_counter)
    decoder = Decoder(graph, TokenizerVocabulary(text_tokenizer), end_tokens(folder), cost, rows)
    return LoadedModel(manifest, decoder, template_tokenizer, text_tokenizer, context_size)


def load_lm_corrector(
    folder: Path,
    profile: Profile | None = None,
    device: Device = "cpu",
    context_size: int = CONTEXT_SIZE,
    threads: int | None = None,
    rows: int = ROWS,
    cost: PassCost | None = None,
) -> LmCorrector:
    """Opens a model folder for one corrector, which releases the model when it is closed.

    Raises:
        PermanentError: as `open_lm`, and ``prompt_unsupported``, ``context_too_small``.
    """
    return open_lm(folder, device, context_size, threads, rows, cost).corrector(profile)


def end_tokens(folder: Path) -> frozenset[int]:
    """Returns the tokens that end an answer according to generation_config.json and config.json."""
    tokens: set[int] = set()
    for end in _configured(folder, "eos_token_id"):
        tokens |= set(end) if isinstance(end, list) else {end}
    return frozenset(tokens)


def _configured(folder: Path, key: str) -> list[Any]:
    """Returns the values of ``key`` in generation_config.json and config.json, in this order."""
    files = [folder / name for name in ("generation_config.json", "config.json")]
    values = [json.loads(file.read_text("utf-8")).get(key) for file in files if file.is_file()]
    return [value for value in values if value is not None]


def _has_encoder(manifest: Manifest) -> bool:
    if manifest.task == "token-classification":
        raise PermanentError(
            "model_unsupported",
            f"{manifest.name} is exported as {manifest.task}: it labels text and generates none.",
            "Choose a causal or a sequence-to-sequence language model for the accurate corrector.",
        )
    return manifest.task == "text2text-generation"


def _open(folder: Path, manifest: Manifest, device: Device, threads: int | None, limits: CudaLimits | None) -> Graph:
    graphs = manifest.graphs
    if manifest.task == "text2text-generation":
        start = next(iter(_configured(folder, "decoder_start_token_id")), 0)
        return open_seq2seq(folder, graphs.files, start, device, threads, limits)
    return open_graph(folder / graphs.files["model"], device, threads, graphs.attention == "group_query", limits)
