"""The command line: ``python -m model_export MODEL OUTPUT``."""

from __future__ import annotations

import argparse
import errno
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import cast, get_args

from model_export.export import DEVICES, ExportRequest, export
from scanproof.correction.models.manifest import Attention, Device, Manifest, Precision, Task
from scanproof.correction.models.presets import PRESETS
from scanproof.errors import PermanentError, TransientError

_EXAMPLES = """examples:
  python -m model_export fast models/fast/onnx
  python -m model_export accurate-apache models/accurate --device cuda --precision int4
  python -m model_export Qwen/Qwen2.5-3B-Instruct-GGUF out --precision q4_k_m --accept-licence
  python -m model_export ./my-corrector out --offline --check pairs.jsonl

exit codes: 0 written, 1 not possible (see the message), 2 wrong usage, 3 refused by a quality gate, 4 try again
"""
_ALIASES: dict[str, Precision] = {"q4_k_m": "int4", "q4_0": "int4", "q8_0": "int8", "f16": "fp16", "f32": "fp32"}
_REFUSALS = ("gates_failed", "not_quantized")


def _precision(text: str) -> Precision:
    name = _ALIASES.get(text.lower(), text.lower())
    if name not in get_args(Precision):
        raise argparse.ArgumentTypeError(f"{text!r} is not one of {', '.join((*get_args(Precision), *_ALIASES))}")
    return cast(Precision, name)


def build_parser() -> argparse.ArgumentParser:
    """Returns the parser of the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m model_export",
        description="Export a corrector to quantized ONNX and check it against the original model.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("model", help=f"a preset ({', '.join(PRESETS)}), a Hub id, or a folder in Hub layout")
    parser.add_argument("output", type=Path, help="folder that receives cpu/ or cuda/")
    parser.add_argument("--task", default="auto", choices=("auto", *get_args(Task)), help="default: from the config")
    parser.add_argument(
        "--precision", type=_precision, default="int8", help="int8 (default), int4, fp16, fp32; q4_k_m = int4"
    )
    parser.add_argument("--device", choices=DEVICES, help="default: cpu; for the preset fast both")
    parser.add_argument("--revision", help="commit of the Hub repository; default: the preset's, else the newest")
    parser.add_argument("--trust-remote-code", action="store_true", help="run Python code from the model's repository")
    parser.add_argument("--accept-licence", action="store_true", help="accept a licence that is not permissive")
    parser.add_argument("--cache-dir", type=Path, help="where downloads are kept (default: the Hub's own cache)")
    parser.add_argument("--offline", action="store_true", help="use only files that are on this machine")
    parser.add_argument(
        "--attention",
        default="plain",
        choices=get_args(Attention),
        help="group_query: onnxruntime's fused operator, for causal models and decoders that shorten their cache",
    )
    parser.add_argument(
        "--check", type=Path, metavar="PAIRS.jsonl", help='lines of {"raw": …, "truth": …} to compare on'
    )
    parser.add_argument("--quiet", action="store_true", help="print errors only")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the export and returns the exit code."""
    options = build_parser().parse_args(arguments)
    devices = (cast(Device, options.device),) if options.device else DEVICES if options.model == "fast" else DEVICES[:1]
    request = ExportRequest(
        options.model,
        options.output,
        options.task,
        options.precision,
        devices,
        options.revision,
        options.cache_dir,
        options.offline,
        options.trust_remote_code,
        options.accept_licence,
        options.check,
        options.attention,
    )
    try:
        manifests = export(request, _ignore if options.quiet else _log, _confirm if sys.stdin.isatty() else None)
    except PermanentError as error:
        _log(f"error [{error.code}]: {error}")
        return 3 if error.code in _REFUSALS else 1
    except TransientError as error:
        _log(f"error: {error}")
        return 4
    except MemoryError:
        _log("error [out_of_memory]: The model did not fit into memory. Export on a larger machine.")
        return 1
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        _log("error [disk_full]: The disk is full; partial files were removed. Free some space and run again.")
        return 1
    if not options.quiet:
        for device, manifest in manifests.items():
            print(_report(options.output / device, manifest))
    return 0


def _report(folder: Path, manifest: Manifest) -> str:
    sizes = manifest.sizes
    lines = [
        f"{folder}: {manifest.name}, {manifest.quantization.recipe}",
        f"  {sizes.onnx / 1e6:,.1f} MB, {sizes.onnx / sizes.float32:.2f} of float32; "
        f"{manifest.quantization.share:.1%} of the matrix weights in {manifest.precision}",
    ]
    for gate in manifest.gates:
        result = {True: "passed", False: "FAILED", None: "open"}[gate.passed]
        figures = "" if gate.measured is None else f" {gate.measured} (required {gate.required})"
        lines.append(f"  {gate.name}: {result}{figures}, {gate.note}")
    return "\n".join(lines)


def _log(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _ignore(_text: str) -> None:
    return


def _confirm(question: str) -> bool:
    return input(f"{question} [y/N] ").strip().lower() in ("y", "yes")
