"""Opens an exported language model once for all profiles."""

from __future__ import annotations

import functools
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer

from scanproof.correction.base import Corrector, ProposesCandidates
from scanproof.correction.fast.corrector import LineAnalyzer
from scanproof.correction.lm.corrector import LmCorrector
from scanproof.correction.lm.decode import Decoder
from scanproof.correction.lm.draft import TokenizerVocabulary
from scanproof.correction.lm.judge import CandidateSource, JudgeCorrector
from scanproof.correction.lm.judge_config import MIN_CONTEXT, TOKENS_PER_MS
from scanproof.correction.lm.judge_model import JudgeModel, load_judge
from scanproof.correction.lm.prompt import PromptBuilder
from scanproof.correction.lm.scorer import LmScorer
from scanproof.correction.lm.seq2seq import open_seq2seq
from scanproof.correction.lm.session import CausalGraph, Graph, open_graph
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
        graph: Graph,
        decoder: Callable[[], Decoder],
        template_tokenizer: Tokenizer,
        text_tokenizer: Tokenizer,
        context_size: int,
    ) -> None:
        """Takes the parts that `open_lm` creates.

        Args:
            decoder: returns the decoder, which a judge does not need and which measures the cost of passes first.
            template_tokenizer: recognises special tokens.
            text_tokenizer: does not.
            context_size: tokens of prompt and answer together.
        """
        self.manifest = manifest
        self._graph: Graph | None = graph
        self._decoder: Callable[[], Decoder] | None = decoder
        self._template_tokenizer, self._text_tokenizer = template_tokenizer, text_tokenizer
        self._context_size = context_size
        self._judge: tuple[LineAnalyzer, CandidateSource, JudgeModel] | None = None

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
        return LmCorrector(name, version, self._decoder(), prompts, vocabulary, profile, self._context_size)

    @property
    def can_judge(self) -> bool:
        """Whether it is a causal model, which says how probable a text is."""
        return isinstance(self._graph, CausalGraph)

    def judge(self, fast: Corrector, profile: Profile | None = None, budget_ms: int | None = None) -> JudgeCorrector:
        """Returns a judge of the candidates of ``fast``, to be discarded before the model is closed.

        Args:
            fast: proposes the candidates.
            profile: of the documents; None: ``general``.
            budget_ms: time for a page, as tokens that one core reads in it, so that results do not depend on the
                machine; None does not limit it.

        Raises:
            PermanentError: ``judge_unsupported`` (not a causal model), ``judge_invalid``, ``context_too_small``.
        """
        if not isinstance(fast, ProposesCandidates):
            raise PermanentError(
                "judge_unsupported", "A judge needs the fast corrector's candidates.", "Use the option mode=generate."
            )
        scorer = self.scorer()
        if self._judge is None or self._judge[0] is not fast.analyzer:
            self._judge = fast.analyzer, CandidateSource(fast.analyzer, fast.reranker), load_judge(fast.folder)
        _, source, classifier = self._judge
        name, version = self.manifest.name, self.manifest.version
        budget = None if budget_ms is None else int(budget_ms * TOKENS_PER_MS)
        return JudgeCorrector(name, version, scorer, source, classifier, profile or load_profile("general"), budget)

    def scorer(self) -> LmScorer:
        """Returns what says how much more probable edits make a text, to be discarded before the model is closed.

        Raises:
            PermanentError: ``judge_unsupported`` (not a causal model), ``context_too_small``.
        """
        if self._graph is None:
            raise RuntimeError("the model is closed")
        if self._context_size < MIN_CONTEXT:
            raise PermanentError(
                "context_too_small",
                f"The context of {self._context_size} tokens is too short to judge a word: {MIN_CONTEXT} are needed.",
                "Raise SCANPROOF_CONTEXT_SIZE, or use a model with a longer context.",
            )
        if not isinstance(self._graph, CausalGraph):
            raise PermanentError(
                "judge_unsupported",
                f"{self.manifest.name} reads and writes different texts, so it cannot say how probable a text is.",
                "Use a causal model, or the option mode=generate.",
            )
        return LmScorer(self._graph, self._text_tokenizer, self._context_size)

    def close(self) -> None:
        """Frees weights and caches, on the device too, and returns their memory to the system."""
        self._graph = self._judge = self._decoder = None
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
        cost: of a pass; None measures it at the first generation, which takes a few passes.
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

    @functools.cache
    def decoder() -> Decoder:
        measured = cost or measure_pass_cost(graph, time.thread_time if device == "cpu" else time.perf_counter)
        return Decoder(graph, TokenizerVocabulary(text_tokenizer), end_tokens(folder), measured, rows)

    return LoadedModel(manifest, graph, decoder, template_tokenizer, text_tokenizer, context_size)


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
