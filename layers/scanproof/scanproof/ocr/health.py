"""Checks for each engine whether it can run here, part by part, and how to fix what is missing."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from scanproof.ocr.aspose.engine import AsposeSettings
from scanproof.ocr.aspose.licence import check_licence
from scanproof.ocr.aspose.runtime import Check, resources_folder, runtime_checks
from scanproof.ocr.engine import EngineRefusalError

ADVANCED = "aspose-ocr-advanced-recognition-v1.ocr"


def rapidocr_checks() -> list[Check]:
    """Checks what RapidOCR needs."""
    fix = "Run `make demo`, or install requirements/ocr.txt with pip."
    missing = [name for name in ("rapidocr", "onnxruntime", "cv2") if find_spec(name) is None]
    if missing:
        return [Check("packages", False, f"missing: {', '.join(missing)}", fix)]
    spec = find_spec("rapidocr")
    folder = Path((spec and spec.origin) or "").parent / "models"
    models = sorted(file.name for file in folder.glob("*.onnx"))
    return [
        Check("packages", True, "installed", fix),
        Check("models", bool(models), f"{len(models)} in the package", "Reinstall rapidocr: its wheel contains them."),
    ]


def aspose_checks(settings: AsposeSettings) -> list[Check]:
    """Checks what Aspose.OCR needs, and what it can run without."""
    return [*runtime_checks(), _licence(settings), _resources()]


def usable(found: Sequence[Check]) -> bool:
    """Whether an engine can run, possibly without optional parts."""
    return all(check.ok or check.optional for check in found)


def _licence(settings: AsposeSettings) -> Check:
    """Checks the licence without starting .NET: only Aspose.OCR can say, at the first page, whether it is genuine."""
    fix = (
        "Set ASPOSE_LICENCE_FILE, or the stack's parameter AsposeLicenceArn; a trial reads the beginning of each page."
    )
    if settings.read_licence is None:
        return Check("licence", False, "none", fix, optional=True)
    try:
        check_licence(settings.read_licence())
    except EngineRefusalError as refusal:
        return Check("licence", False, refusal.message, refusal.next_step)
    return Check("licence", True, "looks valid", fix)


def _resources() -> Check:
    folder = resources_folder()
    names = sorted(file.name for file in folder.glob("*.ocr")) if folder.is_dir() else []
    fix = (
        f"For handwriting, receipts and invoices build the layer with ASPOSE_RESOURCES=fetch, or put {ADVANCED} there."
    )
    return Check("resources", ADVANCED in names, f"{', '.join(names) or 'none'} in {folder}", fix, optional=True)
