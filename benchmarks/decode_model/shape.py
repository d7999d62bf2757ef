"""The benchmark model: a small Qwen2 that copies text and corrects it, and the prompt it is trained on."""

from __future__ import annotations

from collections.abc import Iterable
from copy import deepcopy

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from torch import Tensor, nn
from transformers import Qwen2Config, Qwen2ForCausalLM

VOCABULARY = 512
LAYERS = 7
WIDTH, HEADS, KEY_HEADS, INNER = 256, 4, 2, 704
EMBEDDING = 0.05  # standard deviation: loud enough to be heard beside what the layers write
START, ANSWER, END = "<|raw|>", "<|corrected|>", "<|end|>"

_HEARD = 32  # numbers that a head of the first layer tells of the token that it looks back to
_TOLD = 0.12  # how loud they are, beside an embedding
_ASKED, _ANSWERED = 3.0, 3.0  # of queries and keys: how much a match outweighs the rest
_COPIED = 0.6  # how loud what is copied is


def learn_tokenizer(texts: Iterable[str]) -> Tokenizer:
    """Byte-level BPE, as GPT-2's and Qwen2's."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=[START, ANSWER, END],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def new_model(tokenizer: Tokenizer, layers: int = LAYERS) -> Qwen2ForCausalLM:
    """5.3 M parameters at 7 layers, narrow enough to be trained on one CPU core."""
    end = tokenizer.token_to_id(END)
    model = Qwen2ForCausalLM(
        Qwen2Config(
            vocab_size=VOCABULARY,
            hidden_size=WIDTH,
            intermediate_size=INNER,
            num_hidden_layers=layers,
            num_attention_heads=HEADS,
            num_key_value_heads=KEY_HEADS,
            max_position_embeddings=4096,
            rope_theta=1_000_000.0,
            tie_word_embeddings=True,
            attn_implementation="sdpa",
            bos_token_id=tokenizer.token_to_id(START),
            eos_token_id=end,
            pad_token_id=end,
        )
    )
    with torch.no_grad():
        model.model.embed_tokens.weight *= EMBEDDING / model.config.initializer_range
        _find_and_copy(model)
    return model


def grown(model: Qwen2ForCausalLM, layers: int = LAYERS) -> Qwen2ForCausalLM:
    """``model`` with more layers that change nothing yet (Gong et al. 2019 grow BERT so: depth is dear in training)."""
    config = deepcopy(model.config)
    config.num_hidden_layers = layers
    config.layer_types = None
    larger = Qwen2ForCausalLM(Qwen2Config(**{**config.to_dict(), "layer_types": None}))
    larger.load_state_dict(model.state_dict(), strict=False)
    with torch.no_grad():
        for layer in larger.model.layers[model.config.num_hidden_layers :]:
            layer.self_attn.o_proj.weight.zero_()
            layer.mlp.down_proj.weight.zero_()
    return larger


def _find_and_copy(model: Qwen2ForCausalLM) -> None:
    """Lets the model begin as one that copies: finding the heads for it takes most of a short training.

    They are induction heads (Olsson et al. 2022, "In-context Learning and Induction Heads"). In the first layer each
    head looks back by one, two, three or four tokens; the second compares the last four tokens with what stands before
    each place of the text, so that one misread token does not make it lose its place, and copies what stands there.
    """
    first, second = model.model.layers[0].self_attn, model.model.layers[1].self_attn
    size = first.head_dim
    heard = _orthogonal(_HEARD, WIDTH)
    told = _orthogonal(WIDTH, HEADS * _HEARD).split(_HEARD, dim=1)  # one direction for each distance
    _look_back(first, model.config.rope_theta)
    for head in range(HEADS):
        key_head = head * KEY_HEADS // HEADS
        first.v_proj.weight[key_head * size : key_head * size + _HEARD] = heard
        first.o_proj.weight[:, head * size : (head + 1) * size] = 0.0
        first.o_proj.weight[:, head * size : head * size + _HEARD] = _TOLD * told[head]
    slow = torch.arange(size) % (size // 2) >= size // 5  # dimensions that rotary positions hardly turn
    for key_head in range(KEY_HEADS):
        mixes = [_orthogonal(int(slow.sum()), _HEARD) for _ in range(HEADS)]
        query = mixes[0] @ heard + sum(mixes[k] @ told[k - 1].T for k in range(1, HEADS))
        key = sum(mixes[k] @ told[k].T for k in range(HEADS))
        at = torch.arange(key_head * size, (key_head + 1) * size)[slow]
        second.k_proj.weight[at] = _ANSWERED * key
        copied = _orthogonal(size, WIDTH)
        second.v_proj.weight[key_head * size : (key_head + 1) * size] = copied
        group = HEADS // KEY_HEADS
        for head in range(group * key_head, group * (key_head + 1)):
            rows = torch.arange(head * size, (head + 1) * size)
            second.q_proj.weight[rows[slow]] = _ASKED * query
            second.o_proj.weight[:, rows] = _COPIED * copied.T


def _orthogonal(rows: int, columns: int) -> Tensor:
    return nn.init.orthogonal_(torch.empty(rows, columns))


def _look_back(attention: nn.Module, theta: float, strength: float = 6.0) -> None:
    """With rotary positions, constant query and key biases give a score that depends on distance alone."""
    size = attention.head_dim
    angles = 1.0 / theta ** (torch.arange(0, size, 2) / size)
    attention.k_proj.weight *= 0.1
    attention.q_proj.weight *= 0.1
    for key_head in range(KEY_HEADS):
        attention.k_proj.bias[key_head * size : key_head * size + size // 2] = strength
    for head in range(HEADS):
        begin, offset = head * size, head + 1
        attention.q_proj.bias[begin : begin + size // 2] = strength * torch.cos(offset * angles)
        attention.q_proj.bias[begin + size // 2 : begin + size] = -strength * torch.sin(offset * angles)
