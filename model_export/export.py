"""Runs one export: find the model, obtain consent, run the reference, quantize, check, publish."""

from __future__ import annotations

import gc
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from model_export import (
    float32,
    graphs,
    licence,
    package,
    quality_gates,
    quantization_report,
    recipes,
    reference_model,
    resources,
    source,
)
from model_export.candidate_sets import CandidateSet, candidate_sets
from model_export.check_text import Pair, check_text, read_pairs
from model_export.error_rate import error_rate
from model_export.llama_graph import is_supported, write_llama_graph
from scanproof.correction.models.manifest import (
    Attention,
    Device,
    Gate,
    Graphs,
    Licence,
    Manifest,
    Precision,
    Prompt,
    Quantization,
    Role,
    Sizes,
    Task,
    Tokenizer,
)
from scanproof.errors import PermanentError

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

DEVICES: tuple[Device, ...] = ("cpu", "cuda")


@dataclass(frozen=True)
class ExportRequest:
    """The arguments of one export."""

    model: str
    output: Path
    task: str = "auto"
    precision: Precision = "int8"
    devices: tuple[Device, ...] = ("cpu",)
    revision: str | None = None
    cache: Path | None = None
    offline: bool = False
    trust_remote_code: bool = False
    accept_licence: bool = False
    check: Path | None = None
    attention: Attention = "plain"


@dataclass(frozen=True)
class _Reference:
    """The source model and its predictions, shared by the exports for all devices."""

    source: source.Source
    tokenizer: PreTrainedTokenizerFast
    licence: Licence
    task: Task
    prompt: Prompt
    samples: Sequence[reference_model.Sample]
    predictions: Sequence[NDArray[np.int64]]
    candidate_sets: Sequence[CandidateSet]
    candidate_scores: Sequence[NDArray[np.float64]]
    parameters: int
    max_length: int | None
    pairs: Sequence[Pair]


def export(
    request: ExportRequest, log: Callable[[str], None], confirm: Callable[[str], bool] | None = None
) -> dict[Device, Manifest]:
    """Exports the model into ``output/<device>`` for each requested device and returns the manifests.

    Leaves nothing behind when it fails; the folder of an earlier export stays until the new one is complete.

    Args:
        log: receives progress messages.
        confirm: asks the user a question; None if there is no user.

    Raises:
        PermanentError: with a code that names the step; ``gates_failed`` if the result differs too much.
        TransientError: no network.
    """
    pairs = read_pairs(request.check) if request.check else []
    with tempfile.TemporaryDirectory(prefix="scanproof-export-", dir=request.cache) as converted:
        return _export(request, pairs, Path(converted), log, confirm)


def _export(
    request: ExportRequest,
    pairs: Sequence[Pair],
    converted: Path,
    log: Callable[[str], None],
    confirm: Callable[[str], bool] | None,
) -> dict[Device, Manifest]:
    model = source.find(
        request.model, request.revision, request.cache, request.offline, request.trust_remote_code, log, converted
    )
    accepted = licence.require_acceptance(model, request.accept_licence, log, confirm)
    task = source.task_of(model, request.task)
    options = {
        device: recipes.recipes_for(
            device, request.precision, task, _has_llama_graph(request, device, task, model.config)
        )
        for device in request.devices
    }
    parameters = resources.count_parameters(model.folder)
    possible = [*chain.from_iterable(options.values())]
    resources.require_memory(
        parameters, max(recipe.memory for recipe in possible), max(recipe.memory_beside for recipe in possible)
    )
    resources.require_disk_space(request.output, parameters * 4 * 3, "Exporting")
    reference = _run_reference(model, accepted, request, pairs, log)
    manifests: dict[Device, Manifest] = {}
    request.output.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".export-", dir=request.output) as scratch:
        for device, tried in options.items():
            float32_folder = _write_float32(reference, request, device, Path(scratch), log)
            manifests[device] = _build_until_gates_pass(tried, device, reference, request, float32_folder, log)
    return manifests


def _has_llama_graph(request: ExportRequest, device: Device, task: Task, config: dict[str, Any]) -> bool:
    """Returns whether `llama_graph` builds the graph; ONNX's Attention, which it uses, has no CUDA kernel."""
    return device == "cpu" and task == "text-generation" and request.attention == "plain" and is_supported(config)


def _write_float32(
    reference: _Reference, request: ExportRequest, device: Device, scratch: Path, log: Callable[[str], None]
) -> Path:
    """Returns the folder of the float32 graphs for the device, which devices with the same graphs share."""
    llama_graph = _has_llama_graph(request, device, reference.task, reference.source.config)
    folder = scratch / ("llama" if llama_graph else "traced")
    if folder.exists():
        return folder
    folder.mkdir()
    log("Writing float32 graphs")
    source_folder, path = reference.source.folder, folder / float32.ROLES["model"]
    if request.attention == "group_query":
        if reference.task != "text-generation":
            message = f"{reference.source.name} is not a causal language model, which fused attention requires."
            raise PermanentError("fused_attention_unsupported", message, "Use --attention plain.")
        from model_export.fused_attention import export_fused

        export_fused(source_folder, path, request.trust_remote_code)
    elif llama_graph:
        write_llama_graph(source_folder, path, request.trust_remote_code)
    else:
        float32.export_float32(source_folder, reference.task, folder, request.trust_remote_code)
    return folder


def _run_reference(
    model: source.Source,
    accepted: Licence,
    request: ExportRequest,
    pairs: Sequence[Pair],
    log: Callable[[str], None],
) -> _Reference:
    task = source.task_of(model, request.task)
    prompt = source.prompt_of(model, task)
    tokenizer = reference_model.load_tokenizer(model.folder, request.trust_remote_code)
    max_length = _max_length(model.config)
    start = int(model.config.get("decoder_start_token_id") or 0)
    limit = min(max_length or reference_model.MAX_SAMPLE_TOKENS, reference_model.MAX_SAMPLE_TOKENS)
    prompts = reference_model.Prompts(tokenizer, prompt, task)
    samples = reference_model.samples_of(prompts, check_text(), task, limit, start)
    sets = candidate_sets(check_text(), prompts.answer) if task == "text-generation" else []
    log(f"Running the reference model ({task}) on {len(samples)} lines of check text and {len(sets)} candidate sets")
    torch_model = reference_model.load_model(model.folder, task, request.trust_remote_code)
    parameters = sum(weight.numel() for weight in torch_model.parameters())
    predictions = reference_model.predictions(torch_model, samples, task)
    scores = reference_model.candidate_scores(torch_model, sets)
    del torch_model
    gc.collect()
    return _Reference(
        model, tokenizer, accepted, task, prompt, samples, predictions, sets, scores, parameters, max_length, pairs
    )


def _max_length(config: dict[str, Any]) -> int | None:
    length = config.get("max_position_embeddings") or config.get("n_positions")
    return int(length) if length else None


def _build_until_gates_pass(
    tried: Sequence[recipes.Recipe],
    device: Device,
    reference: _Reference,
    request: ExportRequest,
    scratch: Path,
    log: Callable[[str], None],
) -> Manifest:
    """Publishes the result of the first recipe that passes its quality gates.

    Raises:
        PermanentError: ``gates_failed``, if none passes.
    """
    failures = []
    for recipe in tried:
        log(f"{device}: {recipe.name}")
        with package.atomic_folder(request.output / device) as folder:
            manifest = _build(folder, recipe, device, reference, request, scratch)
            failed = [gate for gate in manifest.gates if gate.passed is False]
            if not failed:
                package.write_manifest(folder, manifest)
                return manifest
            failures += [_failure(recipe, gate) for gate in failed]
            log(failures[-1])
    raise PermanentError(
        "gates_failed",
        f"{reference.source.name} for {device} was not written: " + "; ".join(failures) + ".",
        "Choose a higher --precision, or another model.",
    )


def _failure(recipe: recipes.Recipe, gate: Gate) -> str:
    return f"{recipe.name}: {gate.name} is {gate.measured}, required {gate.required} ({gate.note})"


def _build(
    folder: Path, recipe: recipes.Recipe, device: Device, reference: _Reference, request: ExportRequest, scratch: Path
) -> Manifest:
    quantized = {role: recipe.apply(model, scratch) for role, model in float32.load_float32(scratch).items()}
    report = quantization_report.report(quantized.values(), request.precision)
    report.require()
    files = {role: float32.ROLES[role] for role in quantized}
    written = graphs.save({files[role]: model for role, model in quantized.items()}, folder)
    del quantized
    gc.collect()
    gates = _gates(folder, files, device, reference, request.precision, scratch)
    tokenizer_files = package.copy_config_and_tokenizer(reference.source.folder, folder, reference.tokenizer)
    config = reference.source.config
    return Manifest(
        name=reference.source.name,
        source=reference.source.source,
        revision=reference.source.revision,
        licence=reference.licence,
        task=reference.task,
        architecture=str(config.get("model_type", "unknown")),
        device=device,
        precision=request.precision,
        quantization=Quantization(
            recipe=recipe.name,
            precision=request.precision,
            share=round(report.share, 6),
            batch_invariant=recipe.batch_invariant,
        ),
        graphs=_graphs(files, recipe, config, request.attention),
        tokenizer=Tokenizer(files=tokenizer_files, max_length=reference.max_length),
        prompt=reference.prompt,
        sizes=Sizes(onnx=sum((folder / name).stat().st_size for name in written), float32=reference.parameters * 4),
        gates=tuple(gates),
        tools=package.tool_versions(),
        files=package.describe_files(folder),
    )


def _graphs(files: dict[Role, str], recipe: recipes.Recipe, config: dict[str, Any], attention: Attention) -> Graphs:
    heads = config.get("num_attention_heads") or config.get("n_head") or config.get("num_heads")
    width = config.get("hidden_size") or config.get("n_embd") or config.get("d_model")
    return Graphs(
        files=files,
        attention=attention,
        activations="float16" if recipe.float16_activations else "float32",
        layers=config.get("num_hidden_layers") or config.get("n_layer") or config.get("num_layers"),
        key_value_heads=config.get("num_key_value_heads") or heads,
        vocabulary=config.get("vocab_size"),
        head_size=config.get("head_dim") or config.get("d_kv") or (width // heads if width and heads else None),
    )


def _gates(
    folder: Path, files: dict[Role, str], device: Device, reference: _Reference, precision: Precision, scratch: Path
) -> list[Gate]:
    gates = [
        quality_gates.loads(folder, files, device),
        quality_gates.agreement(folder, files, reference.task, precision, reference.samples, reference.predictions),
    ]
    if reference.candidate_sets:
        gates.append(quality_gates.same_choice(folder, files, reference.candidate_sets, reference.candidate_scores))
    if not reference.pairs:
        return [*gates, Gate(name="correction", passed=None, note="no --check pairs were given")]
    rates = [
        error_rate(
            tested, files, reference.task, reference.tokenizer, reference.prompt, reference.source, reference.pairs
        )
        for tested in (scratch, folder)
    ]
    return [*gates, quality_gates.correction_quality(rates[0], rates[1], len(reference.pairs))]
