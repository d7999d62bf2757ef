"""Explains which optional part of the package is missing where an import fails."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from scanproof.errors import PermanentError

# Import name to the extra of the package that installs it (pyproject.toml).
EXTRAS = {
    "aspose": "aspose",
    "cv2": "ocr",
    "img2pdf": "ocr",
    "pi_heif": "ocr",
    "pikepdf": "ocr",
    "rapidocr": "ocr",
    "tokenizers": "lm",
}


@contextmanager
def explained_imports() -> Iterator[None]:
    """Turns a failed import of an optional distribution into an error that names the extra to install.

    Raises:
        PermanentError: ``extra_missing``.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        extra = EXTRAS.get((error.name or "").partition(".")[0])
        if extra is None:
            raise
        raise PermanentError(
            "extra_missing",
            f"{error.name} is not installed.",
            f"Install it with `pip install 'scanproof[{extra}]'`.",
        ) from error
