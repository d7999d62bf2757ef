"""Scanproof: corrected text, key fields and an audit of every correction from scans.

A scan passes through the folders of this package in this order: `opening` (file to page images), `ocr` (image to lines,
words and boxes), `correction` (raw lines to corrected lines and an audit), `extraction` (lines to key fields and
consistency checks), `output` (pages to output files). `local_run` runs these stages in one process, `workers` in the
three Lambda functions.

The names of `__all__` are the public API. They are loaded when they are first used, so ``import scanproof`` is cheap.
"""

from __future__ import annotations

import os
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scanproof.api import Corrector as Corrector
    from scanproof.api import Reader as Reader
    from scanproof.api import read as read
    from scanproof.correction.text import CorrectionResult as CorrectionResult
    from scanproof.correction.user_lists import Replacement as Replacement
    from scanproof.correction.user_lists import UserLists as UserLists
    from scanproof.document import Document as Document
    from scanproof.errors import PermanentError as PermanentError
    from scanproof.errors import ScanproofError as ScanproofError
    from scanproof.errors import TransientError as TransientError
    from scanproof.output.pdf import write_searchable_pdf as write_searchable_pdf

# Without it, importing onnxruntime writes a device id and sends it to its maker.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

__version__ = "1.0.0"

_EXPORTS = {
    "CorrectionResult": "scanproof.correction.text",
    "Corrector": "scanproof.api",
    "Document": "scanproof.document",
    "PermanentError": "scanproof.errors",
    "Reader": "scanproof.api",
    "Replacement": "scanproof.correction.user_lists",
    "ScanproofError": "scanproof.errors",
    "TransientError": "scanproof.errors",
    "UserLists": "scanproof.correction.user_lists",
    "read": "scanproof.api",
    "write_searchable_pdf": "scanproof.output.pdf",
}

__all__ = [
    "CorrectionResult",
    "Corrector",
    "Document",
    "PermanentError",
    "Reader",
    "Replacement",
    "ScanproofError",
    "TransientError",
    "UserLists",
    "__version__",
    "read",
    "write_searchable_pdf",
]


def __getattr__(name: str) -> object:
    """Loads an exported name when it is first used."""
    module = _EXPORTS.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(module), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
