"""The benchmark model: a small Qwen2 that copies text and corrects it, and the prompt it is trained on."""

from __future__ import annotations

from collections.abc import Iterable
from copy import deepcopy

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from torch import nn
from transformers import Qwen2Config, Qwen2ForCausalLM

VOCABULARY = 2048
LAYERS = 12
EMBEDDING = 0.05  # standard deviation: loud enough to be heard beside what the layers write
START, ANSWER, END = "<|raw|>", "<|corrected|>", "<|end|>"


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
    """5.1 M parameters at 12 layers, 192 wide: as deep as GPT-2, narrow enough to be trained on one CPU core."""
    end = tokenizer.token_to_id(END)
    model = Qwen2ForCausalLM(
        Qwen2Config(
            vocab_size=VOCABULARY,
            hidden_size=192,
            intermediate_size=512,
            num_hidden_layers=layers,
            num_attention_heads=6,
            num_key_value_heads=2,
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
        _look_back_and_copy(model)
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


def _look_back_and_copy(model: Qwen2ForCausalLM) -> None:
    """Lets the model begin as one that copies: finding the heads for it takes most of a short training.

    The heads are those of Olsson et al. 2022, "In-context Learning and Induction Heads": in the first layer they look
    at the tokens just before, in the second they find where the present token stood before and copy what followed it.
    """
    first, second = model.model.layers[0].self_attn, model.model.layers[1].self_attn
    width, size = model.config.hidden_size, first.head_dim
    # One direction of the residual stream is written by one head only, so that they do not drown each other.
    apart = nn.init.orthogonal_(torch.empty(width, width)).split(size, dim=1)
    read = nn.init.orthogonal_(torch.empty(size, width))
    _look_back(first, model.config.rope_theta, offsets=(1, 1, 2))
    first.v_proj.weight[:size] = read
    for head in range(3):
        first.o_proj.weight[:, head * size : (head + 1) * size] = 0.1 * apart[head]
    slow = (torch.arange(size) % (size // 2) >= 6)[:, None]  # dimensions that rotary positions hardly turn
    for key_head in range(2):
        at = slice(key_head * size, (key_head + 1) * size)
        second.k_proj.weight[at] = 3.0 * apart[key_head].T * slow
        second.v_proj.weight[at] = apart[3 + key_head].T
        for head in range(3 * key_head, 3 * key_head + 3):
            second.q_proj.weight[head * size : (head + 1) * size] = 3.0 * read * slow
            second.o_proj.weight[:, head * size : (head + 1) * size] = 0.5 * apart[3 + key_head]


def _look_back(attention: nn.Module, theta: float, offsets: tuple[int, ...], strength: float = 6.0) -> None:
    """With rotary positions, constant query and key biases give a score that depends on distance alone."""
    size = attention.head_dim
    angles = 1.0 / theta ** (torch.arange(0, size, 2) / size)
    attention.k_proj.bias[: size // 2] = strength
    attention.k_proj.weight[:size] *= 0.1
    for head, offset in enumerate(offsets):
        begin = head * size
        attention.q_proj.weight[begin : begin + size] *= 0.1
        attention.q_proj.bias[begin : begin + size // 2] = strength * torch.cos(offset * angles)
        attention.q_proj.bias[begin + size // 2 : begin + size] = -strength * torch.sin(offset * angles)
