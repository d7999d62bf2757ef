"""The engines of a function, as its environment asks for them, and the licence from Secrets Manager."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from aws_lambda_powertools.utilities.parameters import get_secret
from aws_lambda_powertools.utilities.parameters.exceptions import GetParameterError

from scanproof.ocr.aspose.engine import AsposeSettings
from scanproof.ocr.aspose.licence import ReadLicence
from scanproof.ocr.engine import EngineRefusalError
from scanproof.ocr.registry import Engines

_GONE_OR_DENIED = ("ResourceNotFoundException", "AccessDenied", "DecryptionFailure")


def engines_from_environment(environment: Mapping[str, str] = os.environ) -> Engines:
    """``OCR_ENGINES`` (comma-separated, the first is what ``auto`` means), one thread each.

    Aspose.OCR's licence is the secret ``ASPOSE_LICENCE_ARN`` or the file ``ASPOSE_LICENCE_FILE``; ``ASPOSE_TRIAL=show``
    publishes what a trial reads, marked as truncated.
    """
    here = environment.get("OCR_ENGINES", "rapidocr").split(",")
    return Engines(available=here, aspose=aspose_settings(environment))


def aspose_settings(environment: Mapping[str, str] = os.environ) -> AsposeSettings:
    """How the environment wants Aspose.OCR."""
    return AsposeSettings(_licence(environment), show_trial=environment.get("ASPOSE_TRIAL") == "show")


def _licence(environment: Mapping[str, str]) -> ReadLicence | None:
    arn, file = environment.get("ASPOSE_LICENCE_ARN"), environment.get("ASPOSE_LICENCE_FILE")
    if arn:
        return lambda: _secret(arn)
    if file:
        return lambda: _file(Path(file))
    return None


def _secret(arn: str) -> str:
    try:
        return str(get_secret(arn, force_fetch=True))  # whoever asks keeps it; see Licence
    except GetParameterError as error:
        if any(code in str(error) for code in _GONE_OR_DENIED):
            raise _unreadable(
                f"secret {arn}", "See that the secret exists and that the function may read it."
            ) from error
        raise  # throttling or the network: the message comes again


def _file(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise _unreadable(f"file {path}", "See that ASPOSE_LICENCE_FILE names the licence file.") from error


def _unreadable(what: str, next_step: str) -> EngineRefusalError:
    return EngineRefusalError("aspose_licence_unreadable", f"The Aspose.OCR licence cannot be read: {what}.", next_step)
