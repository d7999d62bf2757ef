"""Widens the feed-forward layers of a training run without changing what the model computes.

    python -m model_training.widen_model --run OLD --out NEW --feed-forward 1536

The outputs stay the same: new hidden units have random inputs and zero outputs (function-preserving growth, as
Net2Net, arXiv 1511.05641), and new word statuses start with the embedding of unknown words. The optimizer's state is
kept for the old weights.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from model_training.train import CHECKPOINT
from scanproof.correction.fast.tagger import WordStatus

_STATUSES, _INNER = "token_type_embeddings.weight", "intermediate.dense."
_OUTPUT, _ATTENTION_OUTPUT = ".output.dense.weight", "attention.output.dense.weight"


def main() -> None:
    """Writes the checkpoint of the widened network."""
    parser = argparse.ArgumentParser(prog="python -m model_training.widen_model", description=__doc__)
    parser.add_argument("--run", type=Path, required=True, help="the --out folder of a training run")
    parser.add_argument("--out", type=Path, required=True, help="folder for the new run")
    parser.add_argument("--feed-forward", type=int, required=True, help="width of its feed-forward layers")
    parser.add_argument("--minutes", type=float, help="training time that it starts with (default: the old run's)")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    torch.manual_seed(options.seed)
    state = torch.load(options.run / CHECKPOINT, map_location="cpu", weights_only=True)
    larger = widened(state, options.feed_forward)
    if options.minutes is not None:
        larger["progress"]["seconds"] = options.minutes * 60
    options.out.mkdir(parents=True, exist_ok=True)
    torch.save(larger, options.out / CHECKPOINT)


def widened(state: Mapping[str, Any], feed_forward: int) -> dict[str, Any]:
    """The checkpoint ``state`` with ``feed_forward`` inner units in each layer, and all token types of `WordStatus`.

    Raises:
        ValueError: the network is wider already.
    """
    config = {**state["config"], "intermediate_size": feed_forward, "type_vocab_size": len(WordStatus)}
    added = feed_forward - int(state["config"]["intermediate_size"])
    if added < 0:
        raise ValueError(f"the run is {state['config']['intermediate_size']} wide, {feed_forward} is less")
    statuses = len(WordStatus) - int(state["config"]["type_vocab_size"])
    new = {name: _new(name, weight, added, statuses) for name, weight in state["model"].items()}
    optimizer_state = {
        place: {
            what: value if what == "step" else _joined(name, value, torch.zeros_like(new[name]))
            for what, value in memory.items()
        }
        for (place, memory), name in zip(state["optimizer"]["state"].items(), state["model"], strict=True)
    }
    return {
        "model": {name: _joined(name, weight, new[name]) for name, weight in state["model"].items()},
        "average": {name: _joined(name, weight, new[name]) for name, weight in state["average"].items()},
        "optimizer": {**state["optimizer"], "state": optimizer_state},
        "config": config,
        "progress": dict(state["progress"]),
    }


def _new(name: str, weight: torch.Tensor, added: int, statuses: int) -> torch.Tensor:
    """The values that extend a weight: inputs as BERT initialises them, zero biases and outputs, else nothing."""
    if name.endswith(_STATUSES):
        return weight[WordStatus.UNKNOWN].repeat(statuses, 1)
    if _INNER in name:
        return torch.randn(added, weight.shape[1]) * 0.02 if weight.ndim == 2 else torch.zeros(added)
    if _is_output(name):
        return torch.zeros(weight.shape[0], added)
    return weight[:0]


def _joined(name: str, weight: torch.Tensor, new: torch.Tensor) -> torch.Tensor:
    return torch.cat([weight, new.to(weight.dtype)], dim=1 if _is_output(name) else 0)


def _is_output(name: str) -> bool:
    """Whether the weight maps a layer's inner units to its output."""
    return name.endswith(_OUTPUT) and not name.endswith(_ATTENTION_OUTPUT)


if __name__ == "__main__":
    main()
