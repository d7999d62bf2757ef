"""``python -m model_training.release --run OUT --model models/fast``: a run's averaged weights in the Hub's layout."""

from __future__ import annotations

import argparse
from pathlib import Path

from model_training.tagger import build_tokenizer, save_for_hub
from model_training.train import averaged_of_checkpoint


def main() -> None:
    """Writes configuration, tokenizer and half-precision weights; ``python -m model_export fast`` makes the graphs."""
    parser = argparse.ArgumentParser(prog="python -m model_training.release", description=__doc__)
    parser.add_argument("--run", type=Path, required=True, help="the --out folder of a training")
    parser.add_argument("--model", type=Path, required=True, help="folder to write")
    parser.add_argument("--version", help="overrides the version in the model's configuration")
    options = parser.parse_args()
    model = averaged_of_checkpoint(options.run)
    if options.version:
        model.config.scanproof_version = options.version
    save_for_hub(model, build_tokenizer(), options.model)


if __name__ == "__main__":
    main()
