"""A widened network has the same outputs as before."""

from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="needs the environment of model_export")
pytest.importorskip("transformers", reason="needs the environment of model_export")

from model_training.tagger import Shape, build_tagger  # noqa: E402
from model_training.train import CHECKPOINT, averaged_of_checkpoint  # noqa: E402
from model_training.widen_model import widened  # noqa: E402
from scanproof.correction.fast.tagger import WordStatus  # noqa: E402


@pytest.fixture
def state() -> dict[str, Any]:
    torch.manual_seed(3)
    model = build_tagger(Shape(width=32, layers=2, heads=4, feed_forward=48), 40, "0")
    model.config.type_vocab_size = len(WordStatus) - 2
    table = model.bert.embeddings.token_type_embeddings
    table.weight = torch.nn.Parameter(table.weight[:-2].detach().clone())
    optimizer = torch.optim.AdamW(model.parameters())
    model(torch.zeros(1, 5, dtype=torch.long)).logits.sum().backward()
    optimizer.step()
    weights = model.state_dict()
    config, progress = model.config.to_dict(), {"step": 1, "seconds": 60.0, "characters": 5}
    return {
        "model": weights,
        "average": weights,
        "optimizer": optimizer.state_dict(),
        "config": config,
        "progress": progress,
    }


def test_widened_network_has_same_outputs(state: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    (tmp_path / "new").mkdir()
    torch.save(state, tmp_path / "old" / CHECKPOINT)
    torch.save(widened(state, 96), tmp_path / "new" / CHECKPOINT)
    old, new = (averaged_of_checkpoint(tmp_path / name) for name in ("old", "new"))
    tokens = torch.randint(4, 40, (3, 20))
    statuses = torch.randint(0, len(WordStatus) - 2, (3, 20))
    unknown = torch.where(statuses == WordStatus.UNKNOWN, WordStatus.SUSPECT, statuses)
    with torch.no_grad():
        before = old(tokens, token_type_ids=statuses).logits
        assert torch.allclose(before, new(tokens, token_type_ids=statuses).logits, atol=1e-5)
        assert torch.allclose(before, new(tokens, token_type_ids=unknown).logits, atol=1e-5)
    assert new.config.intermediate_size == 96


def test_optimizer_state_fits(state: dict[str, Any]) -> None:
    wider = widened(state, 96)
    for place, weight in enumerate(wider["model"].values()):
        assert wider["optimizer"]["state"][place]["exp_avg"].shape == weight.shape
        assert wider["optimizer"]["state"][place]["exp_avg_sq"].shape == weight.shape


def test_narrower_network_is_refused(state: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="is less"):
        widened(state, 24)
