"""Creates the OCR engines of a function from its settings; reads Aspose.OCR's licence from Secrets Manager."""

from __future__ import annotations

from pathlib import Path

from aws_lambda_powertools.utilities.parameters import get_secret
from aws_lambda_powertools.utilities.parameters.exceptions import GetParameterError

from scanproof.ocr.aspose.engine import AsposeSettings
from scanproof.ocr.aspose.licence import ReadLicence
from scanproof.ocr.engine import EngineRefusalError
from scanproof.ocr.registry import Engines
from scanproof.settings import Settings

_GONE_OR_DENIED = ("ResourceNotFoundException", "AccessDenied", "DecryptionFailure")


def create_engines(settings: Settings | None = None) -> Engines:
    """Creates the engines of ``OCR_ENGINES``; the first one is what ``auto`` means."""
    settings = settings or Settings.from_environment()
    return Engines(available=settings.ocr_engines, aspose=aspose_settings(settings))


def aspose_settings(settings: Settings | None = None) -> AsposeSettings:
    """Returns Aspose.OCR's settings; the licence is read when the engine is first used."""
    settings = settings or Settings.from_environment()
    return AsposeSettings(_licence(settings), show_trial=settings.aspose_trial == "show")


def _licence(settings: Settings) -> ReadLicence | None:
    arn, file = settings.aspose_licence_arn, settings.aspose_licence_file
    if arn:
        return lambda: _secret(arn)
    if file:
        return lambda: _file(file)
    return None


def _secret(arn: str) -> str:
    try:
        return str(get_secret(arn, force_fetch=True))  # the caller keeps it; see Licence
    except GetParameterError as error:
        if any(code in str(error) for code in _GONE_OR_DENIED):
            raise _unreadable(
                f"secret {arn}", "Check that the secret exists and that the function may read it."
            ) from error
        raise  # throttling or the network: the message is delivered again


def _file(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise _unreadable(f"file {path}", "Check that ASPOSE_LICENCE_FILE names the licence file.") from error


def _unreadable(what: str, next_step: str) -> EngineRefusalError:
    return EngineRefusalError("aspose_licence_unreadable", f"The Aspose.OCR licence cannot be read: {what}.", next_step)
