"""What a corrector runs on: a CUDA device if one works, else the processor, and never silently one for the other."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from scanproof.correction.models.manifest import Device
from scanproof.errors import PermanentError

DEVICE_VARIABLE = "SCANPROOF_DEVICE"
_LAMBDA_MEMORY = "AWS_LAMBDA_FUNCTION_MEMORY_SIZE"
_CGROUP_LIMIT = Path("/sys/fs/cgroup/memory.max")
_MIB = 1024 * 1024

Wanted = Literal["auto", "cpu", "cuda"]


@dataclass(frozen=True)
class DeviceReport:
    """What was asked for, what is used, and why.

    Attributes:
        reason: for a person; where CUDA is not used, what stands in its way.
        memory_mib: main memory that this process may take.
        onnxruntime: its version.
    """

    wanted: Wanted
    used: Device
    reason: str
    memory_mib: int
    processors: int
    onnxruntime: str

    @property
    def fell_back(self) -> bool:
        """Whether a GPU was asked for and the processor does the work."""
        return self.wanted == "cuda" and self.used == "cpu"


def describe(
    environment: Mapping[str, str] = os.environ, obstacle: Callable[[], str | None] | None = None
) -> DeviceReport:
    """What a corrector runs on here; nothing is loaded for it but onnxruntime itself.

    Args:
        environment: ``SCANPROOF_DEVICE`` is ``auto`` (the default), ``cpu`` or ``cuda``.
        obstacle: says what stands in CUDA's way, None if nothing does; default: try it.

    Raises:
        PermanentError: ``device_unknown``.
    """
    import onnxruntime  # type: ignore[import-untyped]  # takes a second, which a command without a model need not wait

    wanted = _wanted(environment)
    why_not = "it was asked for" if wanted == "cpu" else (obstacle or cuda_obstacle)()
    used: Device = "cuda" if why_not is None else "cpu"
    reason = "a CUDA device works" if why_not is None else why_not
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return DeviceReport(wanted, used, reason, memory_mib(environment), processors, onnxruntime.__version__)


def chosen(
    environment: Mapping[str, str] = os.environ, obstacle: Callable[[], str | None] | None = None
) -> DeviceReport:
    """As `describe`, and says so in the log: as a warning where a GPU was asked for and is not used."""
    report = describe(environment, obstacle)
    level = logging.WARNING if report.fell_back else logging.INFO
    logging.getLogger(__name__).log(
        level, "correcting on %s (wanted: %s): %s", report.used, report.wanted, report.reason
    )
    return report


def cuda_obstacle() -> str | None:
    """What stands in the way of onnxruntime's CUDA provider, None if it works.

    The list of available providers names CUDA even where its libraries or the device are missing. Putting one number on
    the device tells.
    """
    import numpy as np
    import onnxruntime

    if "CUDAExecutionProvider" not in onnxruntime.get_available_providers():
        return "this onnxruntime was built without CUDA"
    with contextlib.redirect_stdout(sys.stderr):  # it prints what it does not find
        onnxruntime.preload_dlls()
    try:
        onnxruntime.OrtValue.ortvalue_from_numpy(np.zeros(1, np.float32), "cuda", 0)
    except Exception as error:  # noqa: BLE001 - onnxruntime raises kinds of its own, and RuntimeError, by what is missing
        return f"onnxruntime cannot use CUDA: {(str(error) or repr(error)).splitlines()[0]}"
    return None


def memory_mib(environment: Mapping[str, str] = os.environ) -> int:
    """Main memory that this process may take, MiB: a Lambda function's, a container's, else the machine's."""
    if size := environment.get(_LAMBDA_MEMORY):
        return int(size)
    sizes = [_physical_memory()]
    with contextlib.suppress(OSError, ValueError):  # not there outside of a container, "max" without a limit
        sizes.append(int(_CGROUP_LIMIT.read_text("ascii")))
    return min(sizes) // _MIB


def _physical_memory() -> int:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError):  # Windows
        return sys.maxsize


def _wanted(environment: Mapping[str, str]) -> Wanted:
    wanted = environment.get(DEVICE_VARIABLE) or "auto"
    if wanted not in ("auto", "cpu", "cuda"):
        raise PermanentError(
            "device_unknown", f"{DEVICE_VARIABLE} is {wanted!r}.", "Set it to auto, cpu or cuda, or leave it out."
        )
    return wanted  # type: ignore[return-value]  # mypy does not narrow by `in`
