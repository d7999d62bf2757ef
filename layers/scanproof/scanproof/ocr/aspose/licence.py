"""Applies the licence, a licence file's text or metered keys, and reads it again regularly.

Without a licence Aspose.OCR returns at most 300 characters, or 60 % of fewer, with a notice. Nothing here tries to get
more.
"""

from __future__ import annotations

import io
import json
import re
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

from scanproof.ocr.engine import EngineRefusalError

REFRESH_SECONDS = 3600.0
_RETRY_SECONDS = 60.0  # after a refused licence: somebody may be replacing it
_EXPIRY = re.compile(r"<LicenseExpiry>\s*(\d{4})(\d{2})(\d{2})")
_METERED = ("metered_public_key", "metered_private_key")
_NEXT_STEP = (
    "Store the whole text of a valid Aspose.OCR licence file, or JSON with metered_public_key and metered_private_key, "
    "where the deployment reads it."
)

ReadLicence = Callable[[], str]


class Licence:
    """Keeps Aspose.OCR licensed in this process.

    Args:
        read: returns the licence's text; None without a licence.
        clock: monotonic, in seconds.
    """

    def __init__(self, read: ReadLicence | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._read = read
        self._clock = clock
        self._applied: str | None = None
        self._refresh_at = 0.0
        self._refusal: EngineRefusalError | None = None

    def apply(self) -> None:
        """Applies the licence if it is due for a refresh; does nothing without a licence.

        Raises:
            EngineRefusalError: ``aspose_licence_expired``, ``aspose_licence_malformed`` or ``aspose_licence_refused``.
        """
        if self._read and self._clock() >= self._refresh_at:
            self._refusal = self._refresh(self._read)
            self._refresh_at = self._clock() + (_RETRY_SECONDS if self._refusal else REFRESH_SECONDS)
        if self._refusal:
            raise self._refusal

    def _refresh(self, read: ReadLicence) -> EngineRefusalError | None:
        try:
            text = read()
            if text != self._applied:
                _apply(text)
                self._applied = text
        except EngineRefusalError as refusal:
            return refusal
        return None


def check_licence(text: str, today: date | None = None) -> None:
    """Checks the form of a licence and its expiry date; only Aspose.OCR can say whether it is genuine.

    Raises:
        EngineRefusalError: ``aspose_licence_malformed`` or ``aspose_licence_expired``.
    """
    if _metered_keys(text):
        return
    if "<License" not in text:
        raise _malformed("it contains no licence file and no metered keys")
    expiry = _EXPIRY.search(text)
    if expiry and date(*map(int, expiry.groups())) < (today or datetime.now(UTC).date()):
        raise EngineRefusalError(
            "aspose_licence_expired",
            f"The Aspose.OCR licence expired on {'-'.join(expiry.groups())}.",
            "Renew it and replace it where the deployment reads it; it is read again within a minute.",
        )


def _apply(text: str) -> None:
    # Imported here, because the import starts .NET.
    from aspose.ocr import License, Metered

    check_licence(text)
    keys = _metered_keys(text)
    try:
        if keys:
            Metered().set_metered_key(*keys)
        else:
            License().set_license(io.BytesIO(text.encode()))
    except RuntimeError as error:
        raise EngineRefusalError(
            "aspose_licence_refused", f"Aspose.OCR refused the licence: {_error_detail(error)}", _NEXT_STEP
        ) from error


def _metered_keys(text: str) -> tuple[str, str] | None:
    if not text.lstrip().startswith("{"):
        return None
    try:
        value: Any = json.loads(text)
        public, private = (str(value[name]) for name in _METERED)
    except (json.JSONDecodeError, KeyError) as error:
        raise _malformed(f"JSON without {' and '.join(_METERED)}") from error
    return public, private


def _malformed(reason: str) -> EngineRefusalError:
    return EngineRefusalError(
        "aspose_licence_malformed", f"The Aspose.OCR licence cannot be used: {reason}.", _NEXT_STEP
    )


def _error_detail(error: RuntimeError) -> str:
    """Returns the last part of .NET's message, which never quotes the licence."""
    return str(error).rsplit("Details:", 1)[-1].strip()[:200]
