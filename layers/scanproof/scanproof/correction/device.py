"""Selects the device that a corrector runs on: CUDA if it works, else the CPU, and reports the choice."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from scanproof.correction.models.manifest import Device
from scanproof.settings import Settings, WantedDevice

_CGROUP_LIMIT = Path("/sys/fs/cgroup/memory.max")
_MIB = 1024 * 1024


@dataclass(frozen=True)
class DeviceReport:
    """The requested and the selected device.

    Attributes:
        reason: a sentence for the user; where CUDA is not used, what prevents it.
        memory_mib: main memory that this process may use.
        onnxruntime: its version.
    """

    wanted: WantedDevice
    used: Device
    reason: str
    memory_mib: int
    processors: int
    onnxruntime: str

    @property
    def fell_back(self) -> bool:
        """Whether CUDA was requested and the CPU is used."""
        return self.wanted == "cuda" and self.used == "cpu"


def describe(settings: Settings | None = None, obstacle: Callable[[], str | None] | None = None) -> DeviceReport:
    """Reports the device that a corrector would use here. Loads onnxruntime, but no model.

    Args:
        settings: default: from the environment.
        obstacle: returns what prevents CUDA, None if nothing does; default: `cuda_obstacle`.

    Raises:
        PermanentError: ``setting_invalid``.
    """
    import onnxruntime  # type: ignore[import-untyped]  # takes a second, which commands without a model need not wait

    settings = settings or Settings.from_environment()
    why_not = "it was requested" if settings.device == "cpu" else (obstacle or cuda_obstacle)()
    used: Device = "cuda" if why_not is None else "cpu"
    reason = "a CUDA device works" if why_not is None else why_not
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return DeviceReport(settings.device, used, reason, memory_mib(settings), processors, onnxruntime.__version__)


def select_device(settings: Settings | None = None, obstacle: Callable[[], str | None] | None = None) -> DeviceReport:
    """Describes and logs the device; the log entry is a warning where CUDA was requested and is not used."""
    report = describe(settings, obstacle)
    level = logging.WARNING if report.fell_back else logging.INFO
    logging.getLogger(__name__).log(
        level, "correcting on %s (wanted: %s): %s", report.used, report.wanted, report.reason
    )
    return report


def cuda_obstacle() -> str | None:
    """Returns what prevents onnxruntime's CUDA provider from working, None if it works.

    The list of available providers names CUDA even where its libraries or the device are missing, so this puts one
    number on the device.
    """
    import numpy as np
    import onnxruntime

    if "CUDAExecutionProvider" not in onnxruntime.get_available_providers():
        return "this onnxruntime was built without CUDA"
    with contextlib.redirect_stdout(sys.stderr):  # it prints what it does not find
        onnxruntime.preload_dlls()
    try:
        onnxruntime.OrtValue.ortvalue_from_numpy(np.zeros(1, np.float32), "cuda", 0)
    except Exception as error:  # noqa: BLE001 - onnxruntime raises its own types, and RuntimeError, by what is missing
        return f"onnxruntime cannot use CUDA: {(str(error) or repr(error)).splitlines()[0]}"
    return None


def memory_mib(settings: Settings | None = None) -> int:
    """Returns the main memory that this process may use, MiB: the Lambda function's, the container's, the machine's."""
    settings = settings or Settings.from_environment()
    if settings.lambda_memory_mb:
        return settings.lambda_memory_mb
    sizes = [_physical_memory()]
    with contextlib.suppress(OSError, ValueError):  # absent outside of a container, "max" without a limit
        sizes.append(int(_CGROUP_LIMIT.read_text("ascii")))
    return min(sizes) // _MIB


def _physical_memory() -> int:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError):  # Windows
        return sys.maxsize
