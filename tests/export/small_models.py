"""Small models of the real architectures, trained for seconds on check text, so that predictions are meaningful."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
import transformers
from tokenizers import Regex, Tokenizer, models, pre_tokenizers, processors

from model_export.check_text import Pair, check_text

WIDTH, DEPTH, HEADS, INNER = 256, 2, 4, 1024
PAD, UNK, BOS, EOS = range(4)
STEPS = 40


def lines() -> list[Pair]:
    """Returns a twelfth of the check text, on which the small models are trained and tested."""
    return check_text()[2::12]


def character_tokenizer(pairs: Sequence[Pair], end: bool) -> transformers.PreTrainedTokenizerFast:
    characters = sorted({character for pair in pairs for character in pair.raw + pair.truth})
    vocabulary = {token: index for index, token in enumerate(["[PAD]", "[UNK]", "[BOS]", "[EOS]", *characters])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(r"[\s\S]"), "isolated")
    template, specials = ("[BOS] $A [EOS]", [("[BOS]", BOS), ("[EOS]", EOS)]) if end else ("[BOS] $A", [("[BOS]", BOS)])
    tokenizer.post_processor = processors.TemplateProcessing(single=template, special_tokens=specials)
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="[PAD]", unk_token="[UNK]", bos_token="[BOS]", eos_token="[EOS]"
    )


def _padded(rows: list[list[int]], value: int) -> torch.Tensor:
    longest = max(map(len, rows))
    return torch.tensor([row + [value] * (longest - len(row)) for row in rows])


def train(model: Any, inputs: dict[str, torch.Tensor], steps: int, rate: float = 1e-3) -> None:
    torch.manual_seed(0)
    optimizer = torch.optim.AdamW(model.parameters(), lr=rate)
    model.train()
    for _ in range(steps):
        model(**inputs).loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    model.eval()


def _save(model: Any, tokenizer: Any, folder: Path) -> Path:
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def bert(folder: Path, pairs: Sequence[Pair]) -> Path:
    tokenizer = character_tokenizer(pairs, end=False)
    labels = ["K", "D", *sorted({f"R:{character}" for pair in pairs for character in pair.truth})]
    config = transformers.BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=WIDTH,
        num_hidden_layers=DEPTH,
        num_attention_heads=HEADS,
        intermediate_size=INNER,
        max_position_embeddings=160,
        pad_token_id=PAD,
        id2label=dict(enumerate(labels)),
        label2id={label: index for index, label in enumerate(labels)},
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
    )
    torch.manual_seed(1)
    model = transformers.BertForTokenClassification(config)
    ids = [tokenizer(pair.raw)["input_ids"] for pair in pairs]
    targets = [[0, *_edits(pair, labels)] for pair in pairs]
    inputs = {"input_ids": _padded(ids, PAD), "labels": _padded(targets, -100)}
    inputs["attention_mask"] = (inputs["input_ids"] != PAD).long()
    train(model, inputs, STEPS)
    return _save(model, tokenizer, folder)


def _edits(pair: Pair, labels: list[str]) -> list[int]:
    """Returns labels by position for pairs of equal length, else keep labels."""
    if len(pair.raw) != len(pair.truth):
        return [0] * len(pair.raw)
    return [0 if raw == true else labels.index(f"R:{true}") for raw, true in zip(pair.raw, pair.truth, strict=True)]


def _causal(model: Any, tokenizer: Any, pairs: Sequence[Pair], folder: Path) -> Path:
    ids = [tokenizer(pair.raw)["input_ids"] + tokenizer(pair.truth)["input_ids"] + [EOS] for pair in pairs]
    inputs = {"input_ids": _padded(ids, PAD), "labels": _padded(ids, -100)}
    inputs["attention_mask"] = (inputs["input_ids"] != PAD).long()
    train(model, inputs, STEPS)
    return _save(model, tokenizer, folder)


def qwen2(folder: Path, pairs: Sequence[Pair]) -> Path:
    tokenizer = character_tokenizer(pairs, end=False)
    torch.manual_seed(2)
    config = transformers.Qwen2Config(
        vocab_size=len(tokenizer),
        hidden_size=WIDTH,
        num_hidden_layers=DEPTH,
        num_attention_heads=HEADS,
        num_key_value_heads=2,
        intermediate_size=INNER,
        max_position_embeddings=512,
        tie_word_embeddings=True,
        eos_token_id=EOS,
        bos_token_id=BOS,
        pad_token_id=PAD,
    )
    return _causal(transformers.Qwen2ForCausalLM(config), tokenizer, pairs, folder)


def gpt2(folder: Path, pairs: Sequence[Pair]) -> Path:
    tokenizer = character_tokenizer(pairs, end=False)
    torch.manual_seed(3)
    config = transformers.GPT2Config(
        vocab_size=len(tokenizer),
        n_embd=WIDTH,
        n_layer=DEPTH,
        n_head=HEADS,
        n_positions=512,
        eos_token_id=EOS,
        bos_token_id=BOS,
        pad_token_id=PAD,
        resid_pdrop=0.0,
        embd_pdrop=0.0,
        attn_pdrop=0.0,
    )
    return _causal(transformers.GPT2LMHeadModel(config), tokenizer, pairs, folder)


def t5(folder: Path, pairs: Sequence[Pair]) -> Path:
    tokenizer = character_tokenizer(pairs, end=True)
    torch.manual_seed(4)
    config = transformers.T5Config(
        vocab_size=len(tokenizer),
        d_model=WIDTH,
        d_ff=INNER,
        num_layers=DEPTH,
        num_heads=HEADS,
        d_kv=WIDTH // HEADS,
        decoder_start_token_id=PAD,
        pad_token_id=PAD,
        eos_token_id=EOS,
        dropout_rate=0.0,
    )
    model = transformers.T5ForConditionalGeneration(config)
    ids = [tokenizer(pair.raw)["input_ids"] for pair in pairs]
    targets = [tokenizer(pair.truth)["input_ids"] for pair in pairs]
    inputs = {"input_ids": _padded(ids, PAD), "labels": _padded(targets, -100)}
    inputs["attention_mask"] = (inputs["input_ids"] != PAD).long()
    train(model, inputs, 2 * STEPS, rate=2e-3)  # its initial weights are small, so it learns slowly
    return _save(model, tokenizer, folder)


BUILDERS: dict[str, Callable[[Path, Sequence[Pair]], Path]] = {"bert": bert, "qwen2": qwen2, "gpt2": gpt2, "t5": t5}
