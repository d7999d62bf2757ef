"""Builds the edit tagger: a small BERT over characters that labels each of them, in the Hub's classes.

Position embeddings start as sines, and the heads of the first layers start by attending to the neighbours one to four
characters away: characters mean little without their neighbours, and a short training should not have to learn that.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import torch
from tokenizers import Regex, Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Split
from tokenizers.processors import TemplateProcessing
from transformers import BertConfig, BertForTokenClassification, PreTrainedTokenizerFast

from model_training.alphabet import ALPHABET
from model_training.examples import WINDOW, Vocabulary
from model_training.label_set import label_names
from scanproof.correction.fast.tagger import WordStatus

_SPECIAL = ("[PAD]", "[UNK]", "[BOS]", "[MASK]")
_OFFSETS = (-1, 1, -2, 2, -3, 3, -4, 4)  # to which the heads of the first layers attend at the start
_GUIDED_LAYERS = 2
_SHARPNESS = 1.6


@dataclass(frozen=True)
class Shape:
    """Size of the encoder."""

    width: int = 256
    layers: int = 4
    heads: int = 8
    feed_forward: int = 768


def build_tokenizer() -> PreTrainedTokenizerFast:
    """One token per character, ``[UNK]`` for unknown ones, and ``[BOS]`` as the virtual first position."""
    vocabulary = {token: place for place, token in enumerate((*_SPECIAL, *ALPHABET))}
    tokenizer = Tokenizer(WordLevel(vocabulary, unk_token="[UNK]"))  # noqa: S106 - a token of text
    tokenizer.pre_tokenizer = Split(Regex(r"[\s\S]"), "isolated")
    tokenizer.post_processor = TemplateProcessing(single="[BOS] $A", special_tokens=[("[BOS]", vocabulary["[BOS]"])])
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        model_max_length=WINDOW,
        unk_token="[UNK]",  # noqa: S106
        pad_token="[PAD]",  # noqa: S106
        bos_token="[BOS]",  # noqa: S106
        mask_token="[MASK]",  # noqa: S106
        clean_up_tokenization_spaces=False,
    )


def build_vocabulary(tokenizer: PreTrainedTokenizerFast) -> Vocabulary:
    """The ids of characters and labels in training batches."""
    characters = {token: place for token, place in tokenizer.get_vocab().items() if token not in _SPECIAL}
    first, unknown, padding = (tokenizer.convert_tokens_to_ids(token) for token in ("[BOS]", "[UNK]", "[PAD]"))
    labels = {name: place for place, name in enumerate(label_names())}
    return Vocabulary(characters, labels, first, unknown, padding)


def build_tagger(shape: Shape, vocabulary_size: int, version: str) -> BertForTokenClassification:
    """Builds an untrained tagger."""
    names = label_names()
    config = BertConfig(
        vocab_size=vocabulary_size,
        hidden_size=shape.width,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        intermediate_size=shape.feed_forward,
        max_position_embeddings=WINDOW,
        type_vocab_size=len(WordStatus),
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
        pad_token_id=0,
        id2label=dict(enumerate(names)),
        label2id={name: place for place, name in enumerate(names)},
        scanproof_version=version,
    )
    model = BertForTokenClassification(config)
    _guide_attention(model)
    return model


def shipped_tagger(folder: Path, version: str) -> BertForTokenClassification:
    """Loads the tagger of a model folder, as the start of the next version."""
    model = BertForTokenClassification.from_pretrained(folder).float()
    model.config.scanproof_version = version
    return model


@torch.no_grad()
def _guide_attention(model: BertForTokenClassification) -> None:
    """Initialises position embeddings with sines, and the first layers' heads to attend at fixed offsets.

    For a pair (cos wp, sin wp) a rotation by w * offset makes query and key of positions p and p + offset alike; with
    frequencies spread over (0, pi) no other offset is.
    """
    config = model.config
    size = config.hidden_size // config.num_attention_heads
    pairs = size // 2
    frequencies = math.pi * ((torch.arange(1, pairs + 1) * 0.6180339887) % 1.0)
    angles = torch.arange(config.max_position_embeddings)[:, None] * frequencies[None, :]
    waves = torch.cat([angles.cos(), angles.sin()], dim=1)  # (positions, size)
    embeddings = model.bert.embeddings
    embeddings.position_embeddings.weight[:, -size:] = waves * 0.05
    embeddings.word_embeddings.weight.mul_(2.5)
    embeddings.word_embeddings.weight[:, -size:] = 0.0
    identity = torch.eye(size)
    for layer in model.bert.encoder.layer[:_GUIDED_LAYERS]:
        attention = layer.attention.self
        for head, offset in zip(range(config.num_attention_heads), _OFFSETS, strict=False):
            rows = slice(head * size, (head + 1) * size)
            attention.key.weight[rows, -size:] = identity * _SHARPNESS
            attention.query.weight[rows, -size:] = _rotation(frequencies, offset) * _SHARPNESS


def _rotation(frequencies: torch.Tensor, offset: int) -> torch.Tensor:
    """The matrix that rotates the waves of position p into those of position p + offset."""
    cosine, sine = torch.diag((frequencies * offset).cos()), torch.diag((frequencies * offset).sin())
    return torch.cat([torch.cat([cosine, -sine], dim=1), torch.cat([sine, cosine], dim=1)], dim=0)


def save_for_hub(model: BertForTokenClassification, tokenizer: PreTrainedTokenizerFast, folder: Path) -> None:
    """Writes configuration, tokenizer and half-precision weights in the Hub's layout."""
    folder.mkdir(parents=True, exist_ok=True)
    halved = BertForTokenClassification(model.config)
    halved.load_state_dict(model.state_dict())
    halved.half().save_pretrained(folder)
    tokenizer.save_pretrained(folder)
