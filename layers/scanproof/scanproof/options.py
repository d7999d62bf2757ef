"""Upload options: from object metadata and from the deployment's prefix rules."""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Literal
from urllib.parse import unquote

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from scanproof.errors import PermanentError

METADATA_PREFIX = "scanproof-"
ROOT_PREFIX = "/"  # in prefix rules: keys without a folder
PROMPT_LIMIT_BYTES = 1024
LISTS_PREFIX = "lists/"  # of the user's lists in the results bucket
NO_LIST = "none"  # instead of the deployment's list

PERCENT_ENCODED = ("prompt", "words", "replacements", "fields")  # options whose values may hold any text

LmMode = Literal["judge", "generate"]
"""What a language model does: it judges candidates, or writes lines anew."""

ListKey = Annotated[str, Field(pattern=f"^{LISTS_PREFIX}.")]


class Output(StrEnum):
    """The output files of a document."""

    JSON = "json"
    TEXT = "text"
    RAW = "raw"
    AUDIT = "audit"
    ALTERNATIVES = "alternatives"
    PDF = "pdf"
    HOCR = "hocr"
    ALTO = "alto"
    REVIEW = "review"
    TABLES = "tables"
    XLSX = "xlsx"
    MARKDOWN = "markdown"
    FIELDS = "fields"
    LINE_ITEMS = "line-items"


DEFAULT_OUTPUTS = frozenset({Output.JSON, Output.TEXT, Output.RAW, Output.AUDIT})


class ScanOptions(BaseModel):
    """The options of one upload. Metadata names have hyphens: ``x-amz-meta-scanproof-correct-digital``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    engine: Literal["auto", "rapidocr", "aspose"] = "auto"
    language: str | None = Field(default=None, pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$")
    handwritten: bool = False
    layout: Literal["page", "receipt", "invoice"] = "page"
    profile: Literal["general", "financial", "medical", "table"] = "general"
    corrector: Literal["auto", "fast", "accurate", "fast+accurate", "none"] = "auto"
    model: str | None = None
    mode: LmMode | None = None
    prompt: str | None = None
    correct_digital: bool = False
    words: ListKey | Literal["none"] | None = None
    replacements: ListKey | Literal["none"] | None = None
    fields: ListKey | Literal["none"] | None = None
    resolve_numbers: bool = False
    replace_text_layer: bool = False
    outputs: frozenset[Output] = DEFAULT_OUTPUTS

    @field_validator("outputs", mode="before")
    @classmethod
    def _split_at_commas(cls, value: object) -> object:
        return [part.strip() for part in value.split(",")] if isinstance(value, str) else value

    @field_validator(*PERCENT_ENCODED, mode="before")
    @classmethod
    def _percent_decode(cls, value: object) -> object:
        # Metadata is ASCII, so a prompt or key arrives percent-encoded.
        return unquote(value) if isinstance(value, str) else value

    @field_validator("prompt")
    @classmethod
    def _check_prompt_length(cls, value: str | None) -> str | None:
        if value is not None and len(value.encode()) > PROMPT_LIMIT_BYTES:
            raise ValueError(f"longer than {PROMPT_LIMIT_BYTES} bytes")
        return value


PrefixRules = Mapping[str, Mapping[str, object]]


def parse_prefix_rules(text: str) -> PrefixRules:
    """Parses and checks the deployment's prefix rules.

    Args:
        text: JSON object: key prefix (ending in a slash; ``/`` alone for keys without a folder) to options.

    Raises:
        ValueError: the deployment is misconfigured; the message says where.
    """
    rules = json.loads(text)
    if not isinstance(rules, dict) or not rules:
        raise ValueError("prefix rules: expected a JSON object that maps key prefixes to options")
    for prefix, options in rules.items():
        if not prefix.endswith("/"):
            raise ValueError(f"prefix rules: {prefix!r} must end with a slash")
        ScanOptions.model_validate(options)
    return rules


def options_for(key: str, metadata: Mapping[str, str], rules: PrefixRules) -> ScanOptions:
    """Determines the options of one upload: the longest matching prefix rule, overridden by the object's metadata.

    Raises:
        PermanentError: ``unknown_prefix``, ``unknown_option`` or ``invalid_option``.
    """
    requested = {
        name.lower().removeprefix(METADATA_PREFIX).replace("-", "_"): value
        for name, value in metadata.items()
        if name.lower().startswith(METADATA_PREFIX)
    }
    return validated_options({**_rule_for(key, rules), **requested})


def validated_options(values: Mapping[str, object]) -> ScanOptions:
    """Validates option values by name.

    Raises:
        PermanentError: ``unknown_option`` or ``invalid_option``, with the option's name.
    """
    try:
        return ScanOptions.model_validate(values)
    except ValidationError as error:
        raise _option_error(error) from error


def _rule_for(key: str, rules: PrefixRules) -> Mapping[str, object]:
    matching = [prefix for prefix in rules if key.startswith(prefix) or (prefix == ROOT_PREFIX and "/" not in key)]
    if not matching:
        raise PermanentError(
            "unknown_prefix",
            f"The key is under none of the prefixes for scans: {', '.join(sorted(rules))}.",
            "Upload it under one of them, or add a rule for its prefix to the deployment.",
        )
    return rules[max(matching, key=len)]


def _option_error(error: ValidationError) -> PermanentError:
    first = error.errors()[0]
    name = str(first["loc"][0]).replace("_", "-") if first["loc"] else "options"
    if first["type"] == "extra_forbidden":
        known = ", ".join(sorted(field.replace("_", "-") for field in ScanOptions.model_fields))
        return PermanentError("unknown_option", f"The option {name!r} is unknown.", f"The options are: {known}.")
    return PermanentError(
        "invalid_option",
        f"The value of the option {name!r} is not valid: {first['msg']}.",
        "Correct it and upload again.",
    )
