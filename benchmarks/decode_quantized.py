"""How far a quantized model's drafted output is from its own token-by-token output, and from float32.

    python -m benchmarks.decode_quantized [--errors 0.02 0.05] [--characters 1000]     in model_export's environment

In int8 a token's logits depend on what else is in the pass, so that a near tie may fall the other way. For every token
that is written it is asked what the float32 model, having read the same, thinks of it: nought if it would write the
same, else by how much it holds its own choice to be likelier (difference of logits). The table says the largest.
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

from benchmarks.decode import MODEL, Ours, Task, make_task
from benchmarks.decode_model.pack import unpack
from model_export import float32, graphs, recipes
from model_export.direct import write_direct
from scanproof.correction.lm.session import open_graph, open_session


@dataclass(frozen=True)
class Difference:
    """Of some lines: how many come out the same, and how far any token is from float32's choice."""

    lines: int
    same_as_token_by_token: int
    same_as_float32: int
    farthest: float
    farthest_token_by_token: float


def compared(quantized: Ours, exact: Ours, reference: ort.InferenceSession, task: Task) -> Difference:
    """The quantized model with and without a draft, a line at a time, beside float32."""
    drafted, plain = (quantized.run(task, drafted, 1)[0] for drafted in (True, False))
    wanted = exact.run(task, True, 1)[0]
    far, far_plain = (
        max(map(_farthest, [reference] * len(task.prompts), task.prompts, lines)) for lines in (drafted, plain)
    )
    same = sum(map(np.array_equal, drafted, plain))
    return Difference(len(drafted), same, sum(map(np.array_equal, drafted, wanted)), far, far_plain)


def _farthest(reference: ort.InferenceSession, prompt: Sequence[int], written: Sequence[int]) -> float:
    if not written:
        return 0.0
    tokens = np.array([[*prompt, *written]])
    feed = {
        "input_ids": tokens,
        "attention_mask": np.ones_like(tokens),
        "position_ids": np.arange(tokens.shape[1])[None],
    }
    for value in reference.get_inputs():
        if value.name.startswith("past_key_values."):
            feed[value.name] = np.zeros((1, value.shape[1], 0, value.shape[3]), np.float32)
    [logits] = reference.run(["logits"], feed)
    told = logits[0, len(prompt) - 1 : -1]
    return float((told.max(axis=1) - told[np.arange(len(written)), list(written)]).max())


def quantized(folder: Path) -> Iterator[tuple[str, Path]]:
    """The benchmark's model by every recipe for int8 on CPUs: (the recipe's name, the graph)."""
    unpack(MODEL, folder / "hub")
    for number, recipe in enumerate(recipes.recipes_for("cpu", "int8")):
        made = folder / str(number)
        made.mkdir()
        write_direct(folder / "hub", made / float32.ROLES["model"])
        model = recipe.apply(float32.load_float32(made)["model"], made)
        graphs.save({"quantized.onnx": model}, made)
        yield recipe.name, made / "quantized.onnx"


def main() -> None:
    """Prints a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--errors", type=float, nargs="+", default=[0.0, 0.02, 0.05, 0.10])
    parser.add_argument("--characters", type=int, default=2000)
    arguments = parser.parse_args()
    tokenizer = Tokenizer.from_file(str(MODEL.with_name("tokenizer.json")))
    exact, reference = Ours(open_graph(MODEL, threads=1), tokenizer), open_session(MODEL, threads=1)
    print("| recipe | errors | lines | same as token by token | same as float32 | ε with draft | ε token by token |")
    print("|---" * 7 + "|")
    with tempfile.TemporaryDirectory() as scratch:
        for name, path in quantized(Path(scratch)):
            ours = Ours(open_graph(path, threads=1), tokenizer)
            for rate in arguments.errors:
                found = compared(ours, exact, reference, make_task(tokenizer, arguments.characters, rate))
                same = f"{found.lines} | {found.same_as_token_by_token} | {found.same_as_float32}"
                far = f"{found.farthest:.3f} | {found.farthest_token_by_token:.3f}"
                print(f"| {name} | {rate:.0%} | {same} | {far} |", flush=True)


if __name__ == "__main__":
    main()
