"""The tagger at run time: onnxruntime, a vocabulary, and numpy. One window a run, nothing shared between lines.

Dynamic int8 scales activations over the whole input tensor, so lines that share a tensor would change each other's
results. A window alone in its tensor depends on itself only.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime  # type: ignore[import-untyped]

from scanproof.correcting.fast.labels import KEEP
from scanproof.correcting.fast.windows import windows
from scanproof.models.folder import open_model

_GRAPHS = Path("onnx") / "cpu"
_LIKELY = 12  # labels of each position that are weighed


@dataclass(frozen=True)
class Tags:
    """What the tagger says of a line of n characters, for n + 1 positions, the virtual first one in front.

    ``labels`` are ids; ``probability`` is the label's own, ``doubt`` that of any label but
    ``keep``. ``likely`` holds the likeliest labels of each position, in no order, and ``likely_probability`` theirs.
    """

    keep: int
    labels: npt.NDArray[np.int64]
    probability: npt.NDArray[np.float32]
    doubt: npt.NDArray[np.float32]
    likely: npt.NDArray[np.int64]
    likely_probability: npt.NDArray[np.float32]


class Tagger:
    """Labels the characters of one line. Safe to call from several threads."""

    def __init__(self, folder: Path) -> None:
        """Opens a model folder in Hub layout, ``onnx/cpu`` in it.

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
        self._size = int(config["max_position_embeddings"]) - 1
        self._first, self._unknown = vocabulary["[BOS]"], vocabulary["[UNK]"]
        self._vocabulary = {token: place for token, place in vocabulary.items() if len(token) == 1}
        self._session = _session(graphs / graph)
        self._inputs = [value.name for value in self._session.get_inputs()]

    def knows(self, character: str) -> bool:
        """Whether the character is in the alphabet; others are never changed."""
        return character in self._vocabulary

    def tag(self, text: str) -> Tags:
        """The most likely label of each position of one line."""
        tags = self._all_kept(len(text) + 1)
        for window in windows(len(text), self._size):
            probabilities = self._probabilities(text[window.start : window.end])
            # Position 0 is the virtual one; only the first window stands at the line's beginning.
            first = window.answer_start + 1 if window.start else 0
            answered = slice(first, window.answer_end + 1)
            own = probabilities[first - window.start : window.answer_end + 1 - window.start]
            tags.labels[answered] = own.argmax(-1)
            tags.probability[answered] = own.max(-1)
            tags.doubt[answered] = 1.0 - own[:, self._keep]
            tags.likely[answered] = np.argpartition(own, -_LIKELY, axis=-1)[:, -_LIKELY:]
            tags.likely_probability[answered] = np.take_along_axis(own, tags.likely[answered], axis=-1)
        return tags

    def _all_kept(self, positions: int) -> Tags:
        return Tags(
            self._keep,
            np.full(positions, self._keep, np.int64),
            np.ones(positions, np.float32),
            np.zeros(positions, np.float32),
            np.full((positions, _LIKELY), self._keep, np.int64),
            np.zeros((positions, _LIKELY), np.float32),
        )

    def _probabilities(self, text: str) -> npt.NDArray[np.float32]:
        """(characters + 1, labels)."""
        ids = [self._first, *(self._vocabulary.get(character, self._unknown) for character in text)]
        tokens = np.asarray([ids], np.int64)
        given = {"input_ids": tokens, "attention_mask": np.ones_like(tokens), "token_type_ids": np.zeros_like(tokens)}
        logits = self._session.run(None, {name: given[name] for name in self._inputs})[0][0]
        exponents: npt.NDArray[np.float32] = np.exp(logits - logits.max(-1, keepdims=True), dtype=np.float32)
        probabilities: npt.NDArray[np.float32] = exponents / exponents.sum(-1, keepdims=True)
        return probabilities


def _session(path: Path) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1  # threads take lines, not pieces of one matrix
    options.inter_op_num_threads = 1
    options.use_deterministic_compute = True
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
