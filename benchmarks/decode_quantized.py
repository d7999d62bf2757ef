"""Compares a quantized model's drafted output with its own token-by-token output, and with float32.

    python -m benchmarks.decode_quantized [--errors 0.02 0.05] [--characters 1000]     in model_export's environment

In int8 a token's logits depend on the other tokens of the pass, so near ties may be decided differently. For every
generated token, the float32 model reads the same text; the deviation is the difference between its highest logit and
the logit of that token, 0 if they agree. The table shows the largest deviation.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime as ort  # type: ignore[import-untyped]
from tokenizers import Tokenizer

from benchmarks.decode import MODEL, LmDecoder, Task, make_task
from benchmarks.decode_model.pack import unpack
from model_export import float32, graphs, recipes
from model_export.llama_graph import write_llama_graph
from scanproof.correction.lm.session import open_graph, open_session


@dataclass(frozen=True)
class Difference:
    """Over some lines: the number of identical outputs, and the largest deviation from float32."""

    lines: int
    same_as_token_by_token: int
    same_as_float32: int
    deviation: float
    deviation_token_by_token: float


def compare(
    quantized: LmDecoder, float32_decoder: LmDecoder, reference: ort.InferenceSession, task: Task
) -> Difference:
    """Compares the quantized model, with and without a draft, with float32; one line per pass."""
    drafted, plain = (quantized.run(task, drafted, 1)[0] for drafted in (True, False))
    expected = float32_decoder.run(task, True, 1)[0]
    deviation, deviation_plain = (
        max(map(_deviation, [reference] * len(task.prompts), task.prompts, lines)) for lines in (drafted, plain)
    )
    same = sum(map(np.array_equal, drafted, plain))
    return Difference(len(drafted), same, sum(map(np.array_equal, drafted, expected)), deviation, deviation_plain)


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


def quantize(folder: Path) -> Iterator[tuple[str, Path]]:
    """Quantizes the benchmark's model with every int8 recipe for CPUs; yields the recipe's name and the graph."""
    unpack(MODEL, folder / "hub")
    for number, recipe in enumerate(recipes.recipes_for("cpu", "int8")):
        target = folder / str(number)
        target.mkdir()
        write_llama_graph(folder / "hub", target / float32.ROLES["model"])
        model = recipe.apply(float32.load_float32(target)["model"], target)
        graphs.save({"quantized.onnx": model}, target)
        yield recipe.name, target / "quantized.onnx"


def main() -> None:
    """Prints a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--errors", type=float, nargs="+", default=[0.0, 0.02, 0.05, 0.10])
    parser.add_argument("--characters", type=int, default=2000)
    arguments = parser.parse_args()
    tokenizer = Tokenizer.from_file(str(MODEL.with_name("tokenizer.json")))
    float32_decoder, reference = LmDecoder(open_graph(MODEL, threads=1), tokenizer), open_session(MODEL, threads=1)
    print("| recipe | errors | lines | same as token by token | same as float32 | ε with draft | ε token by token |")
    print("|---" * 7 + "|")
    with tempfile.TemporaryDirectory() as scratch:
        for name, path in quantize(Path(scratch)):
            decoder = LmDecoder(open_graph(path, threads=1), tokenizer)
            for rate in arguments.errors:
                result = compare(decoder, float32_decoder, reference, make_task(tokenizer, arguments.characters, rate))
                same = f"{result.lines} | {result.same_as_token_by_token} | {result.same_as_float32}"
                deviations = f"{result.deviation:.3f} | {result.deviation_token_by_token:.3f}"
                print(f"| {name} | {rate:.0%} | {same} | {deviations} |", flush=True)


if __name__ == "__main__":
    main()
