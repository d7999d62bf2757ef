"""Makes the tiny models beside this file (random weights): `python -m tests.correcting.accurate.make_tiny`.

Needs torch, transformers and optimum-onnx, as `model_export` does. What it makes is committed, so that the promise of
the decoder is tested wherever onnxruntime is.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

TINY = Path(__file__).with_name("tiny")
VOCABULARY = 320
TEXTS = (
    "The invoice was sent to the customer on the first of March and has to be paid within thirty days.",
    "Please find enclosed the report on the state of the building, with all figures of the last year.",
    "We thank you for your order and confirm that the goods will leave our stores on Monday morning.",
    "All amounts are in euros; the total of this page is carried over to the next one.",
)


def save_tokenizer(folder: Path) -> None:
    """Byte-level BPE with an end token, 0."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=VOCABULARY, special_tokens=["<end>"], initial_alphabet=alphabet)
    tokenizer.train_from_iterator(TEXTS, trainer)
    tokenizer.save(str(folder / "tokenizer.json"))


def tiny_models() -> dict[str, object]:
    """By name; wide random weights, so that what they write varies with what they read."""
    import torch
    from transformers import GPT2Config, GPT2LMHeadModel, Qwen2Config, Qwen2ForCausalLM

    torch.manual_seed(0)
    ends = {"bos_token_id": 0, "eos_token_id": 0, "pad_token_id": 0}
    qwen2 = Qwen2Config(
        vocab_size=VOCABULARY, hidden_size=24, intermediate_size=32, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=2, max_position_embeddings=512, initializer_range=0.4, tie_word_embeddings=True, **ends,
    )  # fmt: skip
    gpt2 = GPT2Config(
        vocab_size=VOCABULARY, n_embd=16, n_layer=2, n_head=4, n_positions=256, initializer_range=0.4,
        tie_word_embeddings=False, **ends,
    )  # fmt: skip
    return {"qwen2": Qwen2ForCausalLM(qwen2), "gpt2": GPT2LMHeadModel(gpt2)}


def main() -> None:
    """Writes tokenizer and graphs."""
    from optimum.exporters.onnx import main_export

    TINY.mkdir(exist_ok=True)
    save_tokenizer(TINY)
    for name, model in tiny_models().items():
        with tempfile.TemporaryDirectory() as scratch:
            model.save_pretrained(scratch)  # type: ignore[attr-defined]
            main_export(scratch, f"{scratch}/onnx", task="text-generation-with-past", do_validation=False)
            Path(f"{scratch}/onnx/model.onnx").rename(TINY / f"{name}.onnx")


if __name__ == "__main__":
    main()
