"""For each engine whether it can run here, part by part, and how to mend it."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from scanproof.ocr.aspose.engine import AsposeSettings
from scanproof.ocr.aspose.licence import check_licence
from scanproof.ocr.aspose.runtime import Check, checks, resources_folder
from scanproof.ocr.engine import EngineRefusalError

ADVANCED = "aspose-ocr-advanced-recognition-v1.ocr"


def rapidocr_checks() -> list[Check]:
    """What RapidOCR needs."""
    mend = "Install it by `make demo`, or requirements/ocr.txt with pip."
    missing = [name for name in ("rapidocr", "onnxruntime", "cv2") if find_spec(name) is None]
    if missing:
        return [Check("packages", False, f"missing: {', '.join(missing)}", mend)]
    spec = find_spec("rapidocr")
    folder = Path((spec and spec.origin) or "").parent / "models"
    models = sorted(file.name for file in folder.glob("*.onnx"))
    return [
        Check("packages", True, "installed", mend),
        Check(
            "models", bool(models), f"{len(models)} in the package", "Install rapidocr again: its wheel brings them."
        ),
    ]


def aspose_checks(settings: AsposeSettings) -> list[Check]:
    """What Aspose.OCR needs, and what it can do without."""
    return [*checks(), _licence(settings), _resources()]


def usable(found: Sequence[Check]) -> bool:
    """Whether an engine can run, if not with everything."""
    return all(check.ok or check.optional for check in found)


def _licence(settings: AsposeSettings) -> Check:
    """Looks at the licence without starting .NET: whether it is genuine shows at the first page."""
    mend = (
        "Set ASPOSE_LICENCE_FILE, or the stack's parameter AsposeLicenceArn; a trial reads the beginning of each page."
    )
    if settings.read_licence is None:
        return Check("licence", False, "none", mend, optional=True)
    try:
        check_licence(settings.read_licence())
    except EngineRefusalError as refusal:
        return Check("licence", False, refusal.message, refusal.next_step)
    return Check("licence", True, "looks valid", mend)


def _resources() -> Check:
    folder = resources_folder()
    names = sorted(file.name for file in folder.glob("*.ocr")) if folder.is_dir() else []
    mend = (
        f"For handwriting, receipts and invoices build the layer with ASPOSE_RESOURCES=fetch, or put {ADVANCED} there."
    )
    return Check("resources", ADVANCED in names, f"{', '.join(names) or 'none'} in {folder}", mend, optional=True)
