"""Every environment variable that Scanproof reads, typed and validated, in one place.

`StackSettings` holds what the deployed template tells its functions; `Settings` holds what the library reads wherever
it runs. Standard variables of other software (``PATH``, ``AWS_REGION``, ``POWERTOOLS_…``) are read by that software.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PositiveFloat, PositiveInt, ValidationError

from scanproof.errors import PermanentError
from scanproof.options import ListKey, PrefixRules, parse_prefix_rules

WantedDevice = Literal["auto", "cpu", "cuda"]


def _paths(value: object) -> object:
    return tuple(part for part in value.split(os.pathsep) if part) if isinstance(value, str) else value


def _names(value: object) -> object:
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


def _rules(value: object) -> object:
    return parse_prefix_rules(value) if isinstance(value, str) else value


class _Environment(BaseModel):
    """Base: fields are filled from environment variables by their aliases; an empty variable counts as unset."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, arbitrary_types_allowed=True)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """Reads and validates the environment.

        Raises:
            PermanentError: ``setting_invalid``, naming the first variable that is missing or ill-formed.
        """
        try:
            return cls.model_validate({name: environment[name] for name in cls.variables() if environment.get(name)})
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            variable = str(first["loc"][0])
            problem = "is not set" if first["type"] == "missing" else f"is not valid: {first['msg']}"
            raise PermanentError(
                "setting_invalid",
                f"The environment variable {variable} {problem}.",
                f"Its meaning: {cls.variables().get(variable, '')}.",
            ) from error

    @classmethod
    def variables(cls) -> dict[str, str]:
        """Returns each variable's name and description."""
        return {str(field.alias): field.description or "" for field in cls.model_fields.values()}


def _variable(name: str, description: str, default: Any = ...) -> Any:  # noqa: ANN401 - pydantic's own signature
    return Field(default, alias=name, description=description)


class Settings(_Environment):
    """Settings of the library: correctors, models, engines, folders. All have defaults."""

    fast_model: Path | None = _variable("SCANPROOF_FAST_MODEL", "Folder of the fast corrector's model", None)
    accurate_models: Annotated[tuple[Path, ...], BeforeValidator(_paths)] = _variable(
        "SCANPROOF_ACCURATE_MODEL",
        "Folders of exported language models, separated as in PATH; the first is the default",
        (),
    )
    deployed_model: str | None = _variable(
        "CORRECT_MODEL", "Name of the deployment's model, for functions that have no models of their own", None
    )
    device: WantedDevice = _variable("SCANPROOF_DEVICE", "Device of the correctors: auto, cpu or cuda", "auto")
    memory_budget_gib: PositiveFloat | None = _variable(
        "SCANPROOF_MEMORY_BUDGET_GIB", "Memory that a language model may take, in GiB", None
    )
    context_size: PositiveInt = _variable("SCANPROOF_CONTEXT_SIZE", "Context of a language model, in tokens", 8192)
    judge_budget_ms: PositiveInt = _variable(
        "SCANPROOF_JUDGE_BUDGET_MS", "Time that a judging language model may take for a page on a CPU, in ms", 5000
    )
    model_cache: Path | None = _variable("SCANPROOF_MODEL_CACHE", "Folder that exported models are cached in", None)
    export_python: Path | None = _variable(
        "SCANPROOF_EXPORT_PYTHON", "Python interpreter of the export environment", None
    )
    ocr_engines: Annotated[tuple[str, ...], BeforeValidator(_names)] = _variable(
        "OCR_ENGINES", "Names of engines, separated by commas; the first is what `auto` means", ("rapidocr",)
    )
    aspose_licence_arn: str | None = _variable(
        "ASPOSE_LICENCE_ARN", "ARN of the secret with Aspose.OCR's licence", None
    )
    aspose_licence_file: Path | None = _variable("ASPOSE_LICENCE_FILE", "File with Aspose.OCR's licence", None)
    aspose_trial: Literal["refuse", "show"] = _variable(
        "ASPOSE_TRIAL", "Without a licence: refuse, or show to publish what a trial of Aspose.OCR reads", "refuse"
    )
    aspose_resources: Path | None = _variable(
        "ASPOSE_RESOURCES", "Folder with Aspose.OCR's recognition resources", None
    )
    # 0.92 marks 9 of 10 pages with a word F1 below 0.75, and no page above (benchmarks/page_confidence.py).
    review_confidence: Annotated[float, Field(ge=0.0, le=1.0)] = _variable(
        "REVIEW_CONFIDENCE", "Page confidence below which a document needs review, from 0 to 1", 0.92
    )
    lambda_memory_mb: PositiveInt | None = _variable(
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "Memory of the Lambda function in MB, set by Lambda", None
    )
    cache_home: Path | None = _variable("XDG_CACHE_HOME", "The user's cache folder (XDG base directories)", None)
    state_home: Path | None = _variable("XDG_STATE_HOME", "The user's state folder (XDG base directories)", None)


class StackSettings(_Environment):
    """Names of the stack's resources. A function leaves out the queues that it does not send to."""

    results_bucket: str = _variable("RESULTS_BUCKET", "Bucket that results are written to")
    scans_bucket: str | None = _variable("SCANS_BUCKET", "Bucket that forms for uploads are made for", None)
    documents_table: str = _variable("DOCUMENTS_TABLE", "Table of documents")
    idempotency_table: str = _variable("IDEMPOTENCY_TABLE", "Table of Powertools' idempotency records")
    ocr_queue_url: str | None = _variable("OCR_QUEUE_URL", "Queue of OcrFunction", None)
    correct_queue_url: str | None = _variable("CORRECT_QUEUE_URL", "Queue of CorrectFunction", None)
    publish_queue_url: str | None = _variable("PUBLISH_QUEUE_URL", "Queue of PublishFunction", None)
    rapidocr_queue_url: str | None = _variable(
        "RAPIDOCR_QUEUE_URL", "Queue of RapidOCR's function, where this function has another engine", None
    )
    dead_letter_urls: Annotated[tuple[str, ...], BeforeValidator(_names)] = _variable(
        "DEAD_LETTER_URLS", "Dead-letter queues that MaintenanceFunction empties, separated by commas", ()
    )
    prefix_rules: Annotated[PrefixRules, BeforeValidator(_rules)] = _variable(
        "PREFIX_RULES", "JSON object that maps key prefixes to upload options", {"/": {}, "incoming/": {}}
    )
    words_key: ListKey | None = _variable(
        "WORDS_KEY", "Key of the default word list in the results bucket, below lists/", None
    )
    replacements_key: ListKey | None = _variable(
        "REPLACEMENTS_KEY", "Key of the default replacements in the results bucket, below lists/", None
    )
    fields_key: ListKey | None = _variable(
        "FIELDS_KEY", "Key of the default fields of users in the results bucket, below lists/", None
    )
    pages_per_invocation: PositiveInt = _variable(
        "PAGES_PER_INVOCATION", "Number of pages that one invocation recognises", 4
    )
