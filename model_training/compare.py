"""``python -m model_training.compare --data DIR RUN [RUN ...]``: compares runs on lines kept out of training.

For networks trained for the same time: how well each predicts the labels of real and of synthetic readings (mean loss
per character, lower is better), and how long it takes for a line. Prints a table.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from random import Random

import torch
from transformers import BertForTokenClassification

from model_training.calibrate import clean_pairs, noisy_pairs
from model_training.corpus import Corpus
from model_training.examples import IGNORED, Batch, Examples
from model_training.lexicon import RandomlyThinnedStatuses
from model_training.noise import Noise
from model_training.real_pairs import CALIBRATION_SETS, Pair, line_pairs
from model_training.tagger import build_tokenizer, build_vocabulary
from model_training.train import CHECKPOINT, averaged_of_checkpoint
from scanproof.correction.fast.model_folder import load_error_model, load_lexicon
from scanproof.correction.fast.tagger import WordStatus

_SEED = 17
_LINES = 1500  # of each set


def main() -> None:
    """Prints a row for each run."""
    parser = argparse.ArgumentParser(prog="python -m model_training.compare", description=__doc__)
    parser.add_argument("runs", type=Path, nargs="+", help="--out folders of trainings")
    parser.add_argument("--data", type=Path, required=True, help="folder with train_text/ and dev/")
    parser.add_argument("--lexicon", type=Path, required=True, help="folder with words.txt.xz (see lexicon.py)")
    options = parser.parse_args()
    torch.set_num_threads(1)
    sets = held_out(options.data, options.lexicon)
    print("| run | shape | weights | characters seen |", " | ".join(sets), "| ms a line |")
    print("|---" * (len(sets) + 5) + "|")
    for run in options.runs:
        progress = torch.load(run / CHECKPOINT, map_location="cpu", weights_only=True)["progress"]
        model = averaged_of_checkpoint(run)
        config = model.config
        weights = sum(weight.numel() for weight in model.parameters())
        losses = [f"{loss_of(model, batches):.4f}" for batches in sets.values()]
        shape = f"{config.num_hidden_layers} x {config.hidden_size}, {config.intermediate_size}"
        cells = [run.name, shape, f"{weights:,}", f"{progress['characters']:,}", *losses, f"{milliseconds(model):.1f}"]
        print("|", " | ".join(cells), "|", flush=True)


def held_out(data: Path, lexicon: Path) -> Mapping[str, Sequence[Batch]]:
    """Batches by set: real readings, and clean lines with synthetic noise."""
    vocabulary, statuses = (
        build_vocabulary(build_tokenizer()),
        RandomlyThinnedStatuses(load_lexicon(lexicon), load_error_model(lexicon)),
    )
    examples = Examples(Corpus({}), {}, [], Noise({}), vocabulary, statuses, lines_per_batch=32)
    sets: dict[str, list[Pair]] = {
        name: line_pairs(data / "dev", "calibrate", files) for name, files in CALIBRATION_SETS.items()
    }
    sets["synthetic"] = noisy_pairs(data, clean_pairs(data, _LINES))
    chosen = {name: Random(_SEED).sample(pairs, min(_LINES, len(pairs))) for name, pairs in sets.items()}  # noqa: S311
    return {name: examples.batches_of(pairs) for name, pairs in chosen.items()}


@torch.inference_mode()
def loss_of(model: BertForTokenClassification, batches: Sequence[Batch]) -> float:
    """Mean cross-entropy of the characters that have a label."""
    total, count = 0.0, 0
    for batch in batches:
        inputs, statuses, targets = map(torch.from_numpy, (batch.inputs, batch.statuses, batch.targets))
        statuses = statuses.clamp(max=_max_status(model.config.type_vocab_size))
        logits = model(inputs, (inputs != batch.padding).long(), statuses).logits
        total += float(
            torch.nn.functional.cross_entropy(
                logits.flatten(0, 1), targets.flatten(), ignore_index=IGNORED, reduction="sum"
            )
        )
        count += int((targets != IGNORED).sum())
    return total / count


@torch.inference_mode()
def milliseconds(model: BertForTokenClassification, characters: int = 70, rounds: int = 30) -> float:
    """The shortest time of one line in float32, one thread."""
    line = torch.full((1, characters + 1), 5)
    best = float("inf")
    for _ in range(rounds):
        started = time.perf_counter()
        model(input_ids=line)
        best = min(best, time.perf_counter() - started)
    return 1000 * best


def _max_status(types: int) -> int:
    """The greatest `WordStatus` that a model of so many token types takes; greater ones are lowered to it.

    Older models have no types for words near a known one, or no types at all.
    """
    return types - 1 if types > WordStatus.UNKNOWN else int(WordStatus.UNSPECIFIED)


if __name__ == "__main__":
    main()
