"""``python -m model_training --data DIR --out DIR --minutes N``: trains the tagger; run again to resume."""

from __future__ import annotations

import argparse
from pathlib import Path

import torch

from model_training.business import business_lines
from model_training.corpus import load_corpus
from model_training.examples import Examples
from model_training.lexicon import RandomlyThinnedStatuses
from model_training.noise import load_noise
from model_training.real_pairs import line_pairs
from model_training.run_log import RunLog
from model_training.tagger import Shape, build_tagger, build_tokenizer, build_vocabulary, save_for_hub, shipped_tagger
from model_training.train import Settings, Trainer
from scanproof.correction.fast.model_folder import load_error_model, load_lexicon


def main() -> None:
    """Trains the tagger and writes it in the Hub's layout to ``OUT/hub``."""
    options = _options()
    torch.manual_seed(options.seed)
    torch.set_num_threads(options.threads)
    log = RunLog(options.out)
    log.write("started", **{name: str(value) for name, value in vars(options).items()})
    tokenizer = build_tokenizer()
    vocabulary = build_vocabulary(tokenizer)
    real = line_pairs(options.data / "dev", "train", readings=options.readings)
    examples = Examples(
        corpus=load_corpus(options.data / "train_text"),
        business=business_lines(options.seed),
        real=real,
        noise=load_noise(options.data / "dev" / "confusions", [pair for pair in real if pair.kind == "rendered"]),
        vocabulary=vocabulary,
        lexicon=RandomlyThinnedStatuses(load_lexicon(options.lexicon), load_error_model(options.lexicon)),
        seed=options.seed,
        lines_per_batch=options.batch_size,
    )
    log.write("text read", real_pairs=len(examples.real))
    if options.init_from:
        model = shipped_tagger(options.init_from, options.version)
    else:
        shape = Shape(options.width, options.layers, options.heads, options.feed_forward)
        model = build_tagger(shape, len(tokenizer), options.version)
    settings = Settings(options.minutes, options.device, options.learning_rate, options.workers)
    trainer = Trainer(model, examples, settings, options.out, log)
    log.write("training", resumed=trainer.resume(), parameters=sum(p.numel() for p in model.parameters()))
    trainer.run()
    save_for_hub(trainer.averaged(), tokenizer, options.out / "hub")
    log.write("finished", **vars(trainer.progress))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m model_training", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with train_text/ and dev/")
    parser.add_argument(
        "--lexicon", type=Path, required=True, help="folder with words.txt.xz and error_rates.json (see lexicon.py)"
    )
    parser.add_argument(
        "--readings", type=Path, nargs="*", default=[], help="more pairs (see page_readings.py and rendered.py)"
    )
    parser.add_argument("--init-from", type=Path, help="model folder whose weights and shape a new run starts from")
    parser.add_argument("--out", type=Path, required=True, help="folder for checkpoint, log and model")
    parser.add_argument("--minutes", type=float, default=60, help="training time (default 60)")
    parser.add_argument("--threads", type=int, default=1, help="CPU threads of the model (default 1)")
    parser.add_argument("--workers", type=int, default=0, help="processes that make pairs (default 0: the main one)")
    parser.add_argument("--device", default="auto", help="auto, cpu or cuda")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--batch-size", type=int, default=64, help="lines in a batch (default 64)")
    parser.add_argument("--learning-rate", type=float, default=Settings.learning_rate)
    parser.add_argument("--width", type=int, default=Shape.width)
    parser.add_argument("--layers", type=int, default=Shape.layers)
    parser.add_argument("--heads", type=int, default=Shape.heads)
    parser.add_argument("--feed-forward", type=int, default=Shape.feed_forward)
    parser.add_argument("--version", default="0.1.0", help="written into the model's configuration")
    options = parser.parse_args()
    if options.device == "auto":
        options.device = "cuda" if torch.cuda.is_available() else "cpu"
    return options


if __name__ == "__main__":
    main()
