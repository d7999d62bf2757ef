"""`scanproof schema`: prints the JSON Schema of what Scanproof writes."""

from __future__ import annotations

from typing import Any

import click
from pydantic import TypeAdapter

from scanproof.cli.console import exit_codes, print_json
from scanproof.cli.read_results import ReadResults
from scanproof.document import Document
from scanproof.output.alternatives import Alternatives
from scanproof.output.audit import AuditRow
from scanproof.workers.records import Record

_SCHEMAS: dict[str, TypeAdapter[Any]] = {
    "document": TypeAdapter(Document),
    "audit": TypeAdapter(AuditRow),
    "alternatives": TypeAdapter(Alternatives),
    "read": TypeAdapter(ReadResults),
    "record": TypeAdapter(Record),
}


@click.command()
@click.argument("name", type=click.Choice(list(_SCHEMAS)), default="document")
@exit_codes
def schema(name: str) -> None:
    """Prints the JSON Schema of what Scanproof writes.

    NAME is `document` (document.json, the default), `audit` (a row of audit.jsonl), `alternatives`
    (alternatives.json), `read` (what `scanproof read --json` prints) or `record` (a row of `scanproof search --json`).
    Pages and the lines of the audit count from 1; where a document refers to a line, `line` is an index into the
    page's `lines` and counts from 0.

    \b
    Examples:
      scanproof schema
      scanproof schema audit > audit.schema.json
    """
    value = _SCHEMAS[name].json_schema(mode="serialization")
    print_json({"$schema": "https://json-schema.org/draft/2020-12/schema", **value})
