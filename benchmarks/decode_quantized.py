"""Compares a quantized model's drafted output with its own token-by-token output, and with float32.

    python -m benchmarks.decode_quantized QUANTIZED_FOLDER FLOAT32_FOLDER PAIRS.jsonl [--lines 40]

Both folders are exports of one model. In int8 near ties may be decided differently than in float32. For every generated
token, the float32 model reads the same text; the deviation is the difference between its highest logit and the logit of
that token, 0 if they agree. The table shows the largest deviation.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnxruntime as ort  # type: ignore[import-untyped]
from tokenizers import Tokenizer

from benchmarks.decode import LmDecoder, Task, make_task
from model_export.check_text import read_pairs
from scanproof.correction.lm.session import open_graph, open_session
from scanproof.correction.models.folder import open_model


def deviation(reference: ort.InferenceSession, task: Task, outputs: Sequence[Sequence[int]]) -> float:
    """Returns the largest deviation of any output from float32, in nats of its logits."""
    return max(_deviation(reference, prompt, output) for prompt, output in zip(task.prompts, outputs, strict=True))


def _deviation(reference: ort.InferenceSession, prompt: Sequence[int], output: Sequence[int]) -> float:
    if not output:
        return 0.0
    tokens = np.array([[*prompt, *output]])
    feed = {
        "input_ids": tokens,
        "attention_mask": np.ones_like(tokens),
        "position_ids": np.arange(tokens.shape[1])[None],
    }
    for value in reference.get_inputs():
        if value.name.startswith("past_key_values."):
            feed[value.name] = np.zeros((1, value.shape[1], 0, value.shape[3]), np.float32)
    [logits] = reference.run(["logits"], feed)
    predicted = logits[0, len(prompt) - 1 : -1]
    return float((predicted.max(axis=1) - predicted[np.arange(len(output)), list(output)]).max())


def main() -> None:
    """Prints a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("quantized", type=Path)
    parser.add_argument("float32", type=Path)
    parser.add_argument("pairs", type=Path)
    parser.add_argument("--lines", type=int, default=40)
    arguments = parser.parse_args()
    lines = [pair.raw for pair in read_pairs(arguments.pairs)[: arguments.lines]]
    tokenizer = Tokenizer.from_file(str(arguments.quantized / "tokenizer.json"))
    task = make_task(arguments.quantized, tokenizer, lines, lines)
    graphs = [folder / open_model(folder).graphs.files["model"] for folder in (arguments.quantized, arguments.float32)]
    quantized, float32 = (LmDecoder(open_graph(path, threads=1), tokenizer) for path in graphs)
    drafted, plain = (quantized.run(task, drafted, 1)[0] for drafted in (True, False))
    expected = float32.run(task, True, 1)[0]
    reference = open_session(graphs[1], threads=1)
    print("| lines | same as token by token | same as float32 | deviation with draft | deviation token by token |")
    print("|---" * 5 + "|")
    same = f"{len(lines)} | {sum(map(np.array_equal, drafted, plain))} | {sum(map(np.array_equal, drafted, expected))}"
    print(f"| {same} | {deviation(reference, task, drafted):.3f} | {deviation(reference, task, plain):.3f} |")


if __name__ == "__main__":
    main()
