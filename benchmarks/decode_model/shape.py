"""The architecture of the benchmark model, a small Qwen2, its tokenizer and its initial weights."""

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
EMBEDDING = 0.05  # standard deviation: large enough beside the outputs of the layers
START, ANSWER, END = "<|raw|>", "<|corrected|>", "<|end|>"

_PREVIOUS_SIZE = 32  # dimensions with which a head of the first layer describes a previous token
_PREVIOUS_SCALE = 0.12  # their scale beside an embedding
_QUERY_SCALE, _KEY_SCALE = 3.0, 3.0  # how much a match outweighs other positions
_COPY_SCALE = 0.6  # scale of the copied token


def learn_tokenizer(texts: Iterable[str]) -> Tokenizer:
    """Trains a byte-level BPE tokenizer, as GPT-2 and Qwen2 use."""
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
    """Returns a new model: 5.3 M parameters at 7 layers, trainable on one CPU core."""
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
        _initialise_induction_heads(model)
    return model


def with_more_layers(model: Qwen2ForCausalLM, layers: int = LAYERS) -> Qwen2ForCausalLM:
    """Returns ``model`` with additional layers that do not change its output yet (Gong et al. 2019)."""
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


def _initialise_induction_heads(model: Qwen2ForCausalLM) -> None:
    """Initialises the first two layers to copy the input, which takes most of a short training to learn.

    They become induction heads (Olsson et al. 2022, "In-context Learning and Induction Heads"). In the first layer the
    heads attend one, two, three or four tokens back. The second layer compares the last four tokens with those before
    each position of the text, so that one misread token does not break the match, and copies the token there.
    """
    first, second = model.model.layers[0].self_attn, model.model.layers[1].self_attn
    size = first.head_dim
    description = _orthogonal(_PREVIOUS_SIZE, WIDTH)
    directions = _orthogonal(WIDTH, HEADS * _PREVIOUS_SIZE).split(
        _PREVIOUS_SIZE, dim=1
    )  # one direction for each distance
    _look_back(first, model.config.rope_theta)
    for head in range(HEADS):
        key_head = head * KEY_HEADS // HEADS
        first.v_proj.weight[key_head * size : key_head * size + _PREVIOUS_SIZE] = description
        first.o_proj.weight[:, head * size : (head + 1) * size] = 0.0
        first.o_proj.weight[:, head * size : head * size + _PREVIOUS_SIZE] = _PREVIOUS_SCALE * directions[head]
    slow = torch.arange(size) % (size // 2) >= size // 5  # dimensions that rotary positions hardly rotate
    for key_head in range(KEY_HEADS):
        mixes = [_orthogonal(int(slow.sum()), _PREVIOUS_SIZE) for _ in range(HEADS)]
        query = mixes[0] @ description + sum(mixes[k] @ directions[k - 1].T for k in range(1, HEADS))
        key = sum(mixes[k] @ directions[k].T for k in range(HEADS))
        at = torch.arange(key_head * size, (key_head + 1) * size)[slow]
        second.k_proj.weight[at] = _KEY_SCALE * key
        copied = _orthogonal(size, WIDTH)
        second.v_proj.weight[key_head * size : (key_head + 1) * size] = copied
        group = HEADS // KEY_HEADS
        for head in range(group * key_head, group * (key_head + 1)):
            rows = torch.arange(head * size, (head + 1) * size)
            second.q_proj.weight[rows[slow]] = _QUERY_SCALE * query
            second.o_proj.weight[:, rows] = _COPY_SCALE * copied.T


def _orthogonal(rows: int, columns: int) -> Tensor:
    return nn.init.orthogonal_(torch.empty(rows, columns))


def _look_back(attention: nn.Module, theta: float, strength: float = 6.0) -> None:
    """Sets query and key biases so that, with rotary positions, the score depends on the distance alone."""
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
