"""A sequence-to-sequence model: an encoder reads the prompt, a decoder writes. It knows tokens, not text.

Its decoder takes no mask (positions are counted from the cache's beginning), so a rejected token is dropped by
shortening the cache: a copy of the little that is written so far. One row at a time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import onnxruntime as ort  # type: ignore[import-untyped]

from scanproof.correction.lm.choices import Choices, Chooser, device_of
from scanproof.correction.lm.session import Begun, Cache, Ids, open_session
from scanproof.correction.memory import CudaLimits
from scanproof.correction.models.manifest import Role


@dataclass
class Seq2SeqCache(Cache):
    """``values`` are empty before the first pass; ``given`` is what the encoder has made of the prompt."""

    given: dict[str, ort.OrtValue] = field(default_factory=dict)
    device: str = "cpu"

    def reject(self, row: int, columns: slice) -> None:
        """Takes the last tokens back."""
        for name, value in self.values.items():
            if ".decoder." in name:
                kept = np.ascontiguousarray(value.numpy()[:, :, : columns.start])
                self.values[name] = ort.OrtValue.ortvalue_from_numpy(kept, self.device, 0)
        self.live = self.live[:, : columns.start]
        self.length = np.array([columns.start])


class Seq2SeqGraph:
    """Runs three graphs exported as text2text-generation-with-past: encoder, decoder, and decoder that goes on."""

    largest_batch = 1

    def __init__(
        self, encoder: ort.InferenceSession, decoder: ort.InferenceSession, going_on: ort.InferenceSession, start: int
    ) -> None:
        """Takes the three sessions; ``start`` is the token that every answer begins with and that is not part of it."""
        self._encoder = encoder
        self._decoder = decoder
        self._going_on = going_on
        self._start = start
        self._past = {value.name for value in going_on.get_inputs() if value.name.startswith("past_key_values.")}
        self.device = device_of(decoder)
        self._chooser = Chooser(decoder)

    def begin(self, prompts: Sequence[tuple[int, ...]], prefix: tuple[int, ...] = ()) -> Begun:
        """See Graph. The encoder looks both ways, so a prefix cannot be read apart."""
        [prompt] = prompts
        source = np.array([prompt], np.int64)
        read = {"input_ids": source, "attention_mask": np.ones_like(source)}
        [hidden] = self._encoder.run(["last_hidden_state"], read)
        given = {"encoder_hidden_states": hidden, "encoder_attention_mask": np.ones_like(source)}
        values = {name: ort.OrtValue.ortvalue_from_numpy(value, self.device, 0) for name, value in given.items()}
        cache = Seq2SeqCache({}, np.zeros((1, 0), np.int64), np.zeros(1, np.int64), values, self.device)
        return Begun(cache, [[self._start]], passes=0)

    def run(self, tokens: Ids, live: Ids, cache: Cache, wanted: int = 0) -> Choices:
        """See Graph."""
        if not isinstance(cache, Seq2SeqCache):
            raise TypeError("the cache is another graph's")
        session = self._going_on if cache.values else self._decoder
        binding = session.io_binding()
        binding.bind_cpu_input("input_ids", tokens)
        taken = {value.name for value in session.get_inputs()}
        for name, value in (cache.given | cache.values).items():
            if name in taken:
                binding.bind_ortvalue_input(name, value)
        names = [value.name for value in session.get_outputs()]
        for name in names:
            binding.bind_output(name, self._chooser.place if name == "logits" else self.device)
        session.run_with_iobinding(binding)
        outputs = dict(zip(names, binding.get_outputs(), strict=True))
        logits = outputs.pop("logits")
        present = {name.replace("present.", "past_key_values.", 1): value for name, value in outputs.items()}
        cache.values |= {name: value for name, value in present.items() if name in self._past}
        cache.live = np.concatenate([cache.live, live], axis=1)
        cache.length = cache.length + live.sum(axis=1)
        return self._chooser.choices(logits)

    def keep(self, cache: Cache, rows: Sequence[int]) -> None:
        """Nothing: there is one row."""

    def tidy(self, cache: Cache) -> None:
        """Nothing: what was rejected is gone."""


def open_seq2seq(
    folder: Path,
    files: Mapping[Role, str],
    start: int,
    device: str = "cpu",
    threads: int | None = None,
    limits: CudaLimits | None = None,
) -> Seq2SeqGraph:
    """Opens the three graphs of a folder; ``files`` by the roles encoder, decoder, decoder_with_past.

    Raises:
        PermanentError: ``model_missing``, ``device_unavailable``.
    """
    roles: tuple[Role, ...] = ("encoder", "decoder", "decoder_with_past")
    encoder, decoder, going_on = (
        open_session(folder / files.get(role, role), device, threads, limits) for role in roles
    )
    return Seq2SeqGraph(encoder, decoder, going_on, start)
