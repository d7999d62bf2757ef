"""``python -m model_training.release --run OUT --model models/fast``: writes a run's model in the Hub's layout.

It writes the averaged weights, and the graph as ``python -m model_export`` does. What remains is to run ``calibrate``,
and ``lexicon``, ``bigrams`` and ``error_rates`` if their text changed.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from model_export.cli import main as export
from model_training.tagger import build_tokenizer, save_for_hub
from model_training.train import averaged_of_checkpoint
from scanproof.correction.fast.model_folder import default_folder


def main() -> None:
    """Writes configuration, tokenizer and half-precision weights, and exports them for the CPU."""
    parser = argparse.ArgumentParser(prog="python -m model_training.release", description=__doc__)
    parser.add_argument("--run", type=Path, required=True, help="the --out folder of a training run")
    parser.add_argument("--model", type=Path, required=True, help="folder to write")
    parser.add_argument("--version", help="overrides the version in the model's configuration")
    options = parser.parse_args()
    model = averaged_of_checkpoint(options.run)
    if options.version:
        model.config.scanproof_version = options.version
    save_for_hub(model, build_tokenizer(), options.model)
    name = "fast" if is_bundled(options.model) else str(options.model)
    sys.exit(export([name, str(options.model / "onnx"), "--device", "cpu"]))


def is_bundled(model: Path) -> bool:
    """Whether ``model`` is the model of this repository, which the exporter knows by name."""
    return model.resolve() == default_folder().resolve()


if __name__ == "__main__":
    main()
