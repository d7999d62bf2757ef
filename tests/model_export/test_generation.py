"""The float32 export generates what PyTorch generates, with and without a cache."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip("optimum", reason="needs the export environment, see docs/models.md")

import numpy as np
import torch

from model_export import cli, original
from model_export.running import CausalModel, Graph, Seq2SeqModel, open_session
from scanproof.models.folder import open_model
from tests.model_export.small_models import EOS, PAD, lines

pytestmark = pytest.mark.usefixtures("short_check")

LENGTH = 40


@pytest.fixture
def exported(small_model: Callable[[str], Path], tmp_path: Path) -> Callable[[str], tuple[Path, dict[str, str], Path]]:
    def of(architecture: str) -> tuple[Path, dict[str, str], Path]:
        model = small_model(architecture)
        assert cli.main([str(model), str(tmp_path), "--precision", "fp32", "--quiet"]) == 0
        return tmp_path / "cpu", dict(open_model(tmp_path / "cpu").graphs.files), model

    return of


@pytest.mark.parametrize("architecture", ["qwen2", "gpt2"])
def test_causal_generation_is_pytorchs(
    exported: Callable[[str], tuple[Path, dict[str, str], Path]], architecture: str
) -> None:
    folder, files, source = exported(architecture)
    tokenizer, model = original.load_tokenizer(source), original.load_model(source, "text-generation")
    ours = CausalModel(folder, files)
    for pair in lines()[:4]:
        ids = tokenizer(pair.raw)["input_ids"]
        theirs = model.generate(torch.tensor([ids]), max_new_tokens=LENGTH, do_sample=False, pad_token_id=PAD)[0]
        expected = [token for token in theirs[len(ids) :].tolist() if token != EOS]
        assert ours.greedy(ids, frozenset([EOS]), LENGTH) == expected


def test_sequence_to_sequence_generation_is_pytorchs(
    exported: Callable[[str], tuple[Path, dict[str, str], Path]],
) -> None:
    folder, files, source = exported("t5")
    tokenizer, model = original.load_tokenizer(source), original.load_model(source, "text2text-generation")
    ours = Seq2SeqModel(folder, files)
    for pair in lines()[:4]:
        ids = tokenizer(pair.raw)["input_ids"]
        theirs = model.generate(torch.tensor([ids]), max_new_tokens=LENGTH, do_sample=False)[0]
        expected = [token for token in theirs[1:].tolist() if token != EOS]
        assert ours.greedy(ids, frozenset([EOS]), LENGTH, start=PAD) == expected


@pytest.mark.parametrize("architecture", ["qwen2", "gpt2"])
def test_a_rejected_draft_can_stay_in_the_cache_masked(
    exported: Callable[[str], tuple[Path, dict[str, str], Path]], architecture: str
) -> None:
    """What the decoder builds on: mask 0 hides a cached token, position ids keep the later tokens' places."""
    folder, files, source = exported(architecture)
    ids = original.load_tokenizer(source)(lines()[0].raw)["input_ids"]
    graph = Graph(open_session(folder / files["model"]))
    straight = graph(ids)["logits"][0, -1]

    graph.restart()
    kept, rest, junk = ids[:10], ids[10:], [7, 8, 9]
    graph([*kept, *junk])
    mask = np.array([[1] * len(kept) + [0] * len(junk) + [1] * len(rest)])
    positions = np.arange(len(kept), len(ids))[None]
    detour = graph(rest, attention_mask=mask, position_ids=positions)["logits"][0, -1]
    assert np.allclose(detour, straight, atol=1e-4)
