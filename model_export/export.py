"""One export from beginning to end: find, ask, compare, quantize, check, publish."""

from __future__ import annotations

import gc
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from model_export import census, float32, gates, graphs, licence, original, package, recipes, source, space
from model_export.check_text import check_text
from model_export.correction import error_rate
from model_export.direct import can_write, write_direct
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
class Request:
    """What was asked for on the command line."""

    model: str
    output: Path
    task: str = "auto"
    precision: Precision = "int8"
    devices: tuple[Device, ...] = ("cpu",)
    revision: str | None = None
    cache: Path | None = None
    offline: bool = False
    remote_code: bool = False
    accept_licence: bool = False
    check: Path | None = None
    attention: Attention = "plain"


@dataclass(frozen=True)
class _Reference:
    """The original and what it answered, shared by the exports for all devices."""

    source: source.Source
    tokenizer: PreTrainedTokenizerFast
    licence: Licence
    task: Task
    prompt: Prompt
    samples: Sequence[original.Sample]
    answers: Sequence[NDArray[np.int64]]
    parameters: int
    longest: int | None
    pairs: Sequence[original.Pair]


def export(
    request: Request, say: Callable[[str], None], ask: Callable[[str], bool] | None = None
) -> dict[Device, Manifest]:
    """Exports the model into ``output/<device>`` for each device asked for and returns the manifests.

    Nothing is left behind when it fails; a folder of an earlier export stays until the new one is finished.

    Raises:
        PermanentError: with a code that names the step; ``gates_failed`` when the result differs too much.
        TransientError: no network.
    """
    chosen = {device: recipes.recipes_for(device, request.precision) for device in request.devices}
    pairs = original.read_pairs(request.check) if request.check else []
    found = source.find(request.model, request.revision, request.cache, request.offline, request.remote_code, say)
    agreed = licence.agreed(found, request.accept_licence, say, ask)
    parameters = space.parameters_in(found.folder)
    space.require_memory(parameters, max(recipe.memory for options in chosen.values() for recipe in options))
    space.require_disk(request.output, parameters * 4 * 3, "Exporting")
    reference = _ask_original(found, agreed, request, pairs, say)
    made: dict[Device, Manifest] = {}
    request.output.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".export-", dir=request.output) as scratch:
        for device, options in chosen.items():
            written = _written_float32(reference, request, device, Path(scratch), say)
            made[device] = _first_that_passes(options, device, reference, request, written, say)
    return made


def _written_float32(
    reference: _Reference, request: Request, device: Device, scratch: Path, say: Callable[[str], None]
) -> Path:
    """The folder of the float32 graphs that suit the device; devices that want the same ones share it.

    The standard's Attention, of which the graphs for CPUs are made where that can be, has no kernel for CUDA.
    """
    direct = device == "cpu" and reference.task == "text-generation" and can_write(reference.source.config)
    folder = scratch / ("direct" if direct and request.attention == "plain" else "traced")
    if folder.exists():
        return folder
    folder.mkdir()
    say("Writing float32 graphs")
    source_folder, path = reference.source.folder, folder / float32.ROLES["model"]
    if request.attention == "group_query":
        if reference.task != "text-generation":
            message = f"{reference.source.name} is no causal language model; fused attention is for those."
            raise PermanentError("fused_attention_unsupported", message, "Use --attention plain.")
        from model_export.fused_attention import export_fused

        export_fused(source_folder, path, request.remote_code)
    elif direct:
        write_direct(source_folder, path, request.remote_code)
    else:
        float32.export_float32(source_folder, reference.task, folder, request.remote_code)
    return folder


def _ask_original(
    found: source.Source, agreed: Licence, request: Request, pairs: Sequence[original.Pair], say: Callable[[str], None]
) -> _Reference:
    task = source.task_of(found, request.task)
    prompt = source.prompt_of(found, task)
    tokenizer = original.load_tokenizer(found.folder, request.remote_code)
    longest = _longest(found.config)
    start = int(found.config.get("decoder_start_token_id") or 0)
    limit = min(longest or original.LONGEST_SAMPLE, original.LONGEST_SAMPLE)
    samples = original.samples_of(tokenizer, check_text(), task, prompt, limit, start)
    say(f"Asking the original ({task}) about {len(samples)} lines of check text")
    model = original.load_model(found.folder, task, request.remote_code)
    parameters = sum(weight.numel() for weight in model.parameters())
    answers = original.predictions(model, samples, task)
    del model
    gc.collect()
    return _Reference(found, tokenizer, agreed, task, prompt, samples, answers, parameters, longest, pairs)


def _longest(config: dict[str, Any]) -> int | None:
    longest = config.get("max_position_embeddings") or config.get("n_positions")
    return int(longest) if longest else None


def _first_that_passes(
    options: Sequence[recipes.Recipe],
    device: Device,
    reference: _Reference,
    request: Request,
    scratch: Path,
    say: Callable[[str], None],
) -> Manifest:
    """Publishes what the first passing recipe makes. Raises PermanentError ``gates_failed`` if none passes."""
    failures = []
    for recipe in options:
        say(f"{device}: {recipe.name}")
        with package.whole_or_nothing(request.output / device) as folder:
            manifest = _make(folder, recipe, device, reference, request, scratch)
            failed = [gate for gate in manifest.gates if gate.passed is False]
            if not failed:
                package.write_manifest(folder, manifest)
                return manifest
            failures += [_told(recipe, gate) for gate in failed]
            say(failures[-1])
    raise PermanentError(
        "gates_failed",
        f"{reference.source.name} for {device} was not written: " + "; ".join(failures) + ".",
        "Take a higher --precision, or another model.",
    )


def _told(recipe: recipes.Recipe, gate: Gate) -> str:
    return f"{recipe.name}: {gate.name} is {gate.measured}, required {gate.required} ({gate.note})"


def _make(
    folder: Path, recipe: recipes.Recipe, device: Device, reference: _Reference, request: Request, scratch: Path
) -> Manifest:
    finished = {role: recipe.apply(model, scratch) for role, model in float32.load_float32(scratch).items()}
    counted = census.count(finished.values(), request.precision)
    counted.require()
    files = {role: float32.ROLES[role] for role in finished}
    written = graphs.save({files[role]: model for role, model in finished.items()}, folder)
    del finished
    gc.collect()
    checks = _gates(folder, files, device, reference, request.precision, scratch)
    tokenizer_files = package.copy_companions(reference.source.folder, folder, reference.tokenizer)
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
            share=round(counted.share, 6),
            batch_invariant=recipe.batch_invariant,
        ),
        graphs=_graphs(files, recipe, config, request.attention),
        tokenizer=Tokenizer(files=tokenizer_files, max_length=reference.longest),
        prompt=reference.prompt,
        sizes=Sizes(onnx=sum((folder / name).stat().st_size for name in written), float32=reference.parameters * 4),
        gates=tuple(checks),
        tools=package.tool_versions(),
        files=package.describe_files(folder),
    )


def _graphs(files: dict[Role, str], recipe: recipes.Recipe, config: dict[str, Any], attention: Attention) -> Graphs:
    heads = config.get("num_attention_heads") or config.get("n_head") or config.get("num_heads")
    width = config.get("hidden_size") or config.get("n_embd") or config.get("d_model")
    return Graphs(
        files=files,
        attention=attention,
        activations="float16" if recipe.half_activations else "float32",
        layers=config.get("num_hidden_layers") or config.get("n_layer") or config.get("num_layers"),
        key_value_heads=config.get("num_key_value_heads") or heads,
        head_size=config.get("head_dim") or config.get("d_kv") or (width // heads if width and heads else None),
    )


def _gates(
    folder: Path, files: dict[Role, str], device: Device, reference: _Reference, precision: Precision, scratch: Path
) -> list[Gate]:
    checks = [
        gates.loads(folder, files, device),
        gates.agreement(folder, files, reference.task, precision, reference.samples, reference.answers),
    ]
    if not reference.pairs:
        return [*checks, Gate(name="correction", passed=None, note="no --check pairs were given")]
    rates = [
        error_rate(
            place, files, reference.task, reference.tokenizer, reference.prompt, reference.source, reference.pairs
        )
        for place in (scratch, folder)
    ]
    return [*checks, gates.correction_quality(rates[0], rates[1], len(reference.pairs))]
