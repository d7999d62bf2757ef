"""Runs a sequence-to-sequence model: an encoder reads the prompt, a decoder generates. Works on tokens, not text.

The decoder takes no mask and counts positions from the start of the cache, so rejected tokens are removed by shortening
the cache, which copies what is generated so far. One row per pass.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import onnxruntime as ort  # type: ignore[import-untyped]

from scanproof.correction.lm.predictions import PredictionHead, Predictions, device_of
from scanproof.correction.lm.session import Batch, Cache, Ids, open_session
from scanproof.correction.memory import CudaLimits
from scanproof.correction.models.manifest import Role


@dataclass
class Seq2SeqCache(Cache):
    """A decoder's cache, empty before the first pass, with the encoder's outputs for the prompt."""

    encoder_outputs: dict[str, ort.OrtValue] = field(default_factory=dict)
    device: str = "cpu"

    def reject(self, row: int, columns: slice) -> None:
        """Removes the last tokens."""
        for name, value in self.values.items():
            if ".decoder." in name:
                kept = np.ascontiguousarray(value.numpy()[:, :, : columns.start])
                self.values[name] = ort.OrtValue.ortvalue_from_numpy(kept, self.device, 0)
        self.mask = self.mask[:, : columns.start]
        self.lengths = np.array([columns.start])


class Seq2SeqGraph:
    """Runs the three graphs of text2text-generation-with-past: encoder, decoder, decoder with past."""

    max_rows = 1

    def __init__(
        self,
        encoder: ort.InferenceSession,
        decoder: ort.InferenceSession,
        decoder_with_past: ort.InferenceSession,
        start: int,
    ) -> None:
        """Takes the three sessions; ``start`` is the decoder's start token, which is not part of the answer."""
        self._encoder = encoder
        self._decoder = decoder
        self._decoder_with_past = decoder_with_past
        self._start = start
        inputs = [value.name for value in decoder_with_past.get_inputs()]
        self._past = {name for name in inputs if name.startswith("past_key_values.")}
        self.device = device_of(decoder)
        self._head = PredictionHead(decoder)

    def start_batch(self, prompts: Sequence[tuple[int, ...]], prefix: tuple[int, ...] = ()) -> Batch:
        """See `Graph`. The encoder is bidirectional, so the prefix is read again with every prompt."""
        [prompt] = prompts
        source = np.array([prompt], np.int64)
        [hidden] = self._encoder.run(
            ["last_hidden_state"], {"input_ids": source, "attention_mask": np.ones_like(source)}
        )
        outputs = {"encoder_hidden_states": hidden, "encoder_attention_mask": np.ones_like(source)}
        values = {name: ort.OrtValue.ortvalue_from_numpy(value, self.device, 0) for name, value in outputs.items()}
        cache = Seq2SeqCache({}, np.zeros((1, 0), np.int64), np.zeros(1, np.int64), values, self.device)
        return Batch(cache, [[self._start]], passes=0)

    def run(self, tokens: Ids, mask: Ids, cache: Cache, logits_from: int = 0) -> Predictions:
        """See `Graph`."""
        if not isinstance(cache, Seq2SeqCache):
            raise TypeError("the cache belongs to another graph")
        session = self._decoder_with_past if cache.values else self._decoder
        binding = session.io_binding()
        binding.bind_cpu_input("input_ids", tokens)
        accepted = {value.name for value in session.get_inputs()}
        for name, value in (cache.encoder_outputs | cache.values).items():
            if name in accepted:
                binding.bind_ortvalue_input(name, value)
        names = [value.name for value in session.get_outputs()]
        for name in names:
            binding.bind_output(name, self._head.logits_device if name == "logits" else self.device)
        session.run_with_iobinding(binding)
        outputs = dict(zip(names, binding.get_outputs(), strict=True))
        logits = outputs.pop("logits")
        present = {name.replace("present.", "past_key_values.", 1): value for name, value in outputs.items()}
        cache.values |= {name: value for name, value in present.items() if name in self._past}
        cache.mask = np.concatenate([cache.mask, mask], axis=1)
        cache.lengths = cache.lengths + mask.sum(axis=1)
        return self._head.predict(logits)

    def select_rows(self, cache: Cache, rows: Sequence[int]) -> None:
        """Does nothing: there is one row."""

    def compact(self, cache: Cache) -> None:
        """Does nothing: rejected tokens are removed at once."""


def open_seq2seq(
    folder: Path,
    files: Mapping[Role, str],
    start: int,
    device: str = "cpu",
    threads: int | None = None,
    limits: CudaLimits | None = None,
) -> Seq2SeqGraph:
    """Opens the three graphs of a folder.

    Args:
        files: file names by role: encoder, decoder, decoder_with_past.
        start: the decoder's start token.

    Raises:
        PermanentError: ``model_missing``, ``device_unavailable``.
    """
    roles: tuple[Role, ...] = ("encoder", "decoder", "decoder_with_past")
    encoder, decoder, decoder_with_past = (
        open_session(folder / files.get(role, role), device, threads, limits) for role in roles
    )
    return Seq2SeqGraph(encoder, decoder, decoder_with_past, start)
