"""Creates the tiny models in ``tiny/`` with random weights: `python -m tests.unit.correction.lm.make_tiny`.

Needs torch, transformers and optimum-onnx, as `model_export` does. The models are committed, so that the decoder is
tested wherever onnxruntime is installed.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from scanproof.correction.models.manifest import Role

TINY = Path(__file__).with_name("tiny")
VOCABULARY = 320
PARTS: tuple[Role, ...] = ("encoder", "decoder", "decoder_with_past")
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
    """Returns the models by name; their weights have a large variance, so that outputs depend on the prompt."""
    import torch
    from transformers import (
        GPT2Config,
        GPT2LMHeadModel,
        Qwen2Config,
        Qwen2ForCausalLM,
        T5Config,
        T5ForConditionalGeneration,
    )

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
    t5 = T5Config(
        vocab_size=VOCABULARY, d_model=16, d_kv=4, d_ff=16, num_layers=1, num_heads=4, relative_attention_num_buckets=8,
        tie_word_embeddings=False, initializer_factor=4.0, decoder_start_token_id=1, eos_token_id=0, pad_token_id=0,
    )  # fmt: skip
    fused = Qwen2Config(
        vocab_size=VOCABULARY, hidden_size=32, intermediate_size=32, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=2, max_position_embeddings=256, initializer_range=0.4, tie_word_embeddings=True, **ends,
    )  # fmt: skip  # heads of 8: the operator needs a multiple of it
    return {  # the order determines the random weights
        "qwen2": Qwen2ForCausalLM(qwen2),
        "gpt2": GPT2LMHeadModel(gpt2),
        "t5": T5ForConditionalGeneration(t5),
        "qwen2-fused": Qwen2ForCausalLM(fused),
        "qwen2-direct": Qwen2ForCausalLM(fused),
    }


def export(model: object, name: str, folder: Path) -> None:
    """Writes ``name``.onnx, or ``name``-encoder.onnx and so on, into ``folder``; the name selects the exporter."""
    from optimum.exporters.onnx import main_export

    from model_export.fused_attention import export_fused
    from model_export.llama_graph import write_llama_graph

    task = "text2text-generation-with-past" if name == "t5" else "text-generation-with-past"
    with tempfile.TemporaryDirectory() as scratch:
        model.save_pretrained(scratch)  # type: ignore[attr-defined]
        if name.endswith("-fused"):
            export_fused(Path(scratch), folder / f"{name}.onnx")
            return
        if name.endswith("-direct"):
            write_llama_graph(Path(scratch), folder / f"{name}.onnx")
            return
        main_export(scratch, f"{scratch}/onnx", task=task, do_validation=False)
        if name == "t5":
            for role in PARTS:
                Path(f"{scratch}/onnx/{role}_model.onnx").rename(folder / f"t5-{role}.onnx")
        else:
            Path(f"{scratch}/onnx/model.onnx").rename(folder / f"{name}.onnx")


def main() -> None:
    """Writes tokenizer and graphs."""
    TINY.mkdir(exist_ok=True)
    save_tokenizer(TINY)
    for name, model in tiny_models().items():
        export(model, name, TINY)


if __name__ == "__main__":
    main()
