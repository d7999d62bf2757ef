"""Edits of ONNX models as bytes, on RapidOCR's recognition model."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import rapidocr

from scanproof.ocr.onnx_graph import cut, find_last_layer, flush_denormals, metadata, read_weights
from scanproof.ocr.sessions import create_session

MODELS = Path(rapidocr.__file__).parent / "models"
MODEL = (MODELS / "PP-OCRv6_rec_small.onnx").read_bytes()
LAYER = find_last_layer(MODEL)


def run(session: onnxruntime.InferenceSession) -> list[np.ndarray]:
    rng = np.random.default_rng(1)
    return list(session.run(None, {"x": rng.uniform(-1, 1, (1, 3, 48, 64)).astype(np.float32)}))


def test_last_layer_is_found() -> None:
    weights, bias = read_weights(MODEL, LAYER.weights), read_weights(MODEL, LAYER.bias)
    assert weights.shape == (120, len(bias))
    # blank and space are not in the list
    assert len(bias) == len(metadata(MODEL)["character"].splitlines()) + 2


def test_cut_model_computes_the_same() -> None:
    [whole] = run(create_session(MODEL, 1))
    probabilities, hidden = run(create_session(cut(MODEL, ["x"], [LAYER.output, LAYER.hidden]), 1))
    head = create_session(cut(MODEL, [LAYER.hidden], [LAYER.output]), 1)
    assert np.allclose(whole, probabilities, atol=1e-6)
    assert np.allclose(head.run(None, {LAYER.hidden: hidden})[0], whole, atol=1e-6)


def test_replaced_weights_select_characters() -> None:
    kept = [0, 5, 7, 300]
    replaced = {name: read_weights(MODEL, name)[..., kept] for name in (LAYER.weights, LAYER.bias)}
    [selected] = run(create_session(cut(MODEL, ["x"], [LAYER.output], replaced), 1))
    [whole] = run(create_session(MODEL, 1))
    expected = whole[..., kept] / whole[..., kept].sum(axis=-1, keepdims=True)
    assert np.allclose(selected, expected, atol=1e-5)


@pytest.mark.parametrize("name", ["PP-OCRv6_rec_small.onnx", "PP-OCRv6_det_small.onnx"])
def test_flushing_changes_denormal_weights_only(name: str) -> None:
    before = np.frombuffer((MODELS / name).read_bytes(), np.uint8)
    after = np.frombuffer(flush_denormals(before.tobytes()), np.uint8)
    assert len(before) == len(after)
    changed = before != after
    assert 0 < changed.mean() < 0.1
    assert not after[changed].any()


def test_other_graphs_are_refused() -> None:
    with pytest.raises(ValueError, match="does not end"):
        find_last_layer((MODELS / "PP-OCRv6_det_small.onnx").read_bytes())
    with pytest.raises(ValueError, match="no weights"):
        read_weights(MODEL, "unknown")
