"""Measures memory, time and size of an export with random weights: ``python -m model_export.shape_check qwen2.5-0.5b``.

Shows before any download whether a machine can export and run a model of that shape. Quality gates are skipped, because
predictions of random weights are meaningless.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

from model_export import float32, graphs, quantization_report, recipes
from model_export.inference import PROVIDERS, CausalModel
from model_export.llama_graph import write_llama_graph
from model_export.profiling import profile_generation
from scanproof.correction.models.manifest import Device, Precision

_QWEN: dict[str, Any] = {"vocab_size": 151936, "num_key_value_heads": 2, "tie_word_embeddings": True}
SHAPES: dict[str, dict[str, Any]] = {
    "qwen2.5-0.5b": {
        **_QWEN,
        "hidden_size": 896,
        "intermediate_size": 4864,
        "num_hidden_layers": 24,
        "num_attention_heads": 14,
    },
    "qwen2.5-1.5b": {
        **_QWEN,
        "hidden_size": 1536,
        "intermediate_size": 8960,
        "num_hidden_layers": 28,
        "num_attention_heads": 12,
    },
    "qwen2.5-3b": {
        **_QWEN,
        "hidden_size": 2048,
        "intermediate_size": 11008,
        "num_hidden_layers": 36,
        "num_attention_heads": 16,
    },
}
GPT2_SHAPE = "gpt2"


@contextmanager
def _timed(step: str) -> Iterator[None]:
    start = time.perf_counter()
    yield
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(f"  {step}: {time.perf_counter() - start:.0f} s, peak memory so far {peak / 1e9:.1f} GB", flush=True)


def build(shape: str, overrides: dict[str, int], folder: Path) -> int:
    """Writes a model of that shape with random weights in Hub layout; returns its number of weights."""
    import transformers as library

    transformers: Any = library  # its classes are untyped
    if shape == GPT2_SHAPE:
        model = transformers.GPT2LMHeadModel(transformers.GPT2Config(**overrides))
    else:
        model = transformers.Qwen2ForCausalLM(transformers.Qwen2Config(**{**SHAPES[shape], **overrides}))
    model.save_pretrained(folder)
    return sum(weight.numel() for weight in model.parameters())


def measure(float32_folder: Path, weights: int, device: Device, precision: Precision, folder: Path) -> None:
    """Quantizes with the device's first recipe, counts, saves, opens and runs; prints a line per step."""
    import onnxruntime  # type: ignore[import-untyped]

    recipe = recipes.recipes_for(device, precision, "text-generation")[0]
    with _timed(recipe.name):
        loaded = float32.load_float32(float32_folder)
        quantized = {role: recipe.apply(model, float32_folder) for role, model in loaded.items()}
        del loaded
    report = quantization_report.report(quantized.values(), precision)
    report.require()
    files = {role: float32.ROLES[role] for role in quantized}
    with _timed("writing"):
        written = graphs.save({files[role]: model for role, model in quantized.items()}, folder)
    del quantized
    with _timed("opening on the CPU and running 32 tokens"):
        CausalModel(folder, files).logits(range(1, 33))
    provider = PROVIDERS[device]
    if provider in onnxruntime.get_available_providers():
        print(f"  {profile_generation(folder / files['model'], provider, float32_folder)}", flush=True)
    size = sum((folder / name).stat().st_size for name in written)
    float_size = weights * 4
    print(f"  {size / 1e6:,.0f} MB, {size / float_size:.3f} of float32 ({float_size / 1e6:,.0f} MB, {weights:,})")
    print(f"  {report.share:.2%} of the matrix weights in {precision}; files: {', '.join(written)}", flush=True)


def main() -> None:
    """Builds one shape and measures every requested combination."""
    parser = argparse.ArgumentParser(prog="python -m model_export.shape_check", description=__doc__)
    parser.add_argument("shape", choices=[*SHAPES, GPT2_SHAPE])
    parser.add_argument(
        "--make", action="append", metavar="DEVICE:PRECISION", help="default: cpu:int8; may be repeated"
    )
    parser.add_argument("--set", action="append", default=[], metavar="KEY=NUMBER", help="change the shape's config")
    parser.add_argument("--graph", type=Path, help="only write the float32 graph for CPUs to this file")
    parser.add_argument("--work", type=Path, help="folder for temporary files (default: the system's)")
    options = parser.parse_args()
    overrides = {key: int(value) for key, value in (pair.split("=") for pair in options.set)}
    with tempfile.TemporaryDirectory(dir=options.work) as base:
        source = Path(base) / "model"
        with _timed(f"building {options.shape}"):
            weights = build(options.shape, overrides, source)
        if options.graph:
            with _timed("writing the float32 graph"):
                write_llama_graph(source, options.graph)
            return
        exported = Path(base) / "float32"
        with _timed("float32 export"):
            float32.export_float32(source, "text-generation", exported)
        for target in options.make or ["cpu:int8"]:
            device, precision = target.split(":")
            print(target, flush=True)
            with tempfile.TemporaryDirectory(dir=base) as work:
                measure(exported, weights, cast(Device, device), cast(Precision, precision), Path(work))


if __name__ == "__main__":
    main()
