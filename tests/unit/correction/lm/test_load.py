"""Opening, using and closing a model folder that contains a tiny model."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from scanproof.correction.lm.load import load_lm_corrector
from scanproof.correction.lm.session import open_graph
from scanproof.correction.lm.window import PassCost, measure_pass_cost
from scanproof.correction.models.folder import file_entry
from scanproof.correction.models.manifest import FILE_NAME
from scanproof.document import apply_edits
from scanproof.errors import PermanentError
from tests.unit.correction.lm.conftest import TINY


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An exported model folder, as `model_export` writes it."""
    shutil.copyfile(TINY / "qwen2.onnx", tmp_path / "model.onnx")
    shutil.copyfile(TINY / "tokenizer.json", tmp_path / "tokenizer.json")
    (tmp_path / "config.json").write_text(json.dumps({"eos_token_id": 0}))
    describe(tmp_path)
    return tmp_path


def describe(folder: Path, **changes: object) -> None:
    names = [name for name in ("model.onnx", "tokenizer.json", "config.json") if (folder / name).is_file()]
    manifest = {
        "format": 1,
        "name": "tiny",
        "source": "tests",
        "revision": "1",
        "licence": {"name": "own", "permissive": True, "accepted": True},
        "task": "text-generation",
        "architecture": "Qwen2ForCausalLM",
        "device": "cpu",
        "precision": "fp32",
        "quantization": {"recipe": "float32", "precision": "fp32", "share": 0, "batch_invariant": True},
        "graphs": {"files": {"model": "model.onnx"}},
        "tokenizer": {"files": ["tokenizer.json"], "max_length": 256},
        "prompt": {"kind": "text", "template": "{text} is "},
        "sizes": {"onnx": 1, "float32": 1},
        "gates": [],
        "tools": {},
        "files": {name: file_entry(folder / name).model_dump() for name in names},
        **changes,
    }
    (folder / FILE_NAME).write_text(json.dumps(manifest))


def code_of(folder: Path) -> str:
    with pytest.raises(PermanentError) as caught:
        load_lm_corrector(folder, cost=PassCost(8, 1))
    return caught.value.code


def test_causal_model_folder_corrects(folder: Path) -> None:
    corrector = load_lm_corrector(folder, threads=1)
    lines = ["The invoice was paid.", "", "Tbe total is 12.50 EUR"]
    results = corrector.correct(lines)
    assert [apply_edits(line, result.edits) for line, result in zip(lines, results, strict=True)] == [
        result.text for result in results
    ]
    assert results[0].refusals  # random weights generate nonsense, which is refused
    assert (corrector.name, corrector.model_version[:10]) == ("accurate", "tiny-fp32-")
    corrector.close()


def test_seq2seq_model_folder_corrects(tmp_path: Path) -> None:
    names = {
        "encoder": "t5-encoder.onnx",
        "decoder": "t5-decoder.onnx",
        "decoder_with_past": "t5-decoder_with_past.onnx",
    }
    for name in (*names.values(), "tokenizer.json"):
        shutil.copyfile(TINY / name, tmp_path / name)
    (tmp_path / "config.json").write_text(json.dumps({"eos_token_id": 0, "decoder_start_token_id": 1}))
    files = {
        name: file_entry(tmp_path / name).model_dump() for name in (*names.values(), "tokenizer.json", "config.json")
    }
    describe(tmp_path, task="text2text-generation", graphs={"files": names}, files=files)
    corrector = load_lm_corrector(tmp_path, threads=1)
    lines = ["The invoice was paid.", "", "Tbe total is 12.50 EUR"]
    results = corrector.correct(lines)
    assert [result.text for result in results] == lines  # random weights: all refused
    assert results[0].refusals
    assert results == corrector.correct(lines)


def test_fused_attention_model_folder_corrects(folder: Path) -> None:
    shutil.copyfile(TINY / "qwen2-fused.onnx", folder / "model.onnx")
    describe(folder, graphs={"files": {"model": "model.onnx"}, "attention": "group_query"})
    corrector = load_lm_corrector(folder, cost=PassCost(8, 1))
    lines = ["The invoice was paid.", "Please find enclosed the report", "We thank you"]
    assert corrector.correct(lines) == [corrector.correct([line])[0] for line in lines]


def test_result_is_independent_of_batch(folder: Path) -> None:
    corrector = load_lm_corrector(folder, cost=PassCost(8, 1))
    lines = ["The invoice was paid.", "Please find enclosed the report", "We thank you"]
    assert corrector.correct(lines) == [corrector.correct([line])[0] for line in lines]


def test_unusable_folders_raise_named_errors(folder: Path) -> None:
    assert code_of(folder / "nowhere") == "model_missing"
    describe(folder, task="token-classification")
    assert code_of(folder) == "model_unsupported"
    describe(folder, prompt={"kind": "chat"})
    assert code_of(folder) == "prompt_unsupported"
    describe(folder)
    (folder / "tokenizer.json").write_text("{}")
    assert code_of(folder) == "model_altered"


def test_line_beyond_context_is_segmented(folder: Path) -> None:
    corrector = load_lm_corrector(folder, cost=PassCost(8, 1))
    line = "The invoice of this month was sent to the customer and is to be paid. " * 40
    [result] = corrector.correct([line])
    assert apply_edits(line, result.edits) == result.text
    assert len(result.refusals) == 20  # two sentences per segment, all refused: the weights are random
    with pytest.raises(PermanentError, match="no room is left"):
        load_lm_corrector(folder, cost=PassCost(8, 1), context_size=40)


def test_missing_device_is_not_replaced(folder: Path) -> None:
    import onnxruntime

    if "CUDAExecutionProvider" in onnxruntime.get_available_providers():
        pytest.skip("there is a GPU here")
    with pytest.raises(PermanentError) as caught:
        open_graph(folder / "model.onnx", device="cuda")
    assert caught.value.code == "device_unavailable"


def test_pass_cost_is_measured(folder: Path) -> None:
    cost = measure_pass_cost(open_graph(folder / "model.onnx", threads=1))
    assert cost.fixed > 0
    assert cost.per_token > 0
