"""Renders the output files of a document."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from scanproof.document import Document
from scanproof.options import DEFAULT_OUTPUTS, Output
from scanproof.output.alternatives import Alternatives, PageAlternatives
from scanproof.output.audit import audit_rows
from scanproof.output.layout_files import alto, hocr


@dataclass(frozen=True)
class OutputFile:
    """One output file."""

    name: str
    media_type: str
    content: bytes


def output_files(
    document: Document,
    outputs: Collection[Output] = DEFAULT_OUTPUTS,
    alternatives: Sequence[PageAlternatives] = (),
) -> list[OutputFile]:
    """Renders ``outputs`` in a fixed order. Always includes ``document.json``.

    Args:
        alternatives: of each page, for `Output.ALTERNATIVES`. The other files derive from the document.
    """
    included = {Output.JSON, *outputs}
    files = [render(document) for output, render in _FILES.items() if output in included]
    if Output.ALTERNATIVES in included:
        content = Alternatives(id=document.id, pages=tuple(alternatives)).model_dump_json(indent=1).encode()
        files.append(OutputFile("alternatives.json", "application/json", content))
    return files


def _json(document: Document) -> OutputFile:
    return OutputFile("document.json", "application/json", document.model_dump_json(indent=1).encode())


def _text(document: Document) -> OutputFile:
    return OutputFile("document.txt", "text/plain; charset=utf-8", document.text.encode())


def _raw(document: Document) -> OutputFile:
    return OutputFile("document.raw.txt", "text/plain; charset=utf-8", document.raw_text.encode())


def _audit(document: Document) -> OutputFile:
    rows = "".join(row.model_dump_json() + "\n" for row in audit_rows(document))
    return OutputFile("audit.jsonl", "application/jsonl", rows.encode())


def _hocr(document: Document) -> OutputFile:
    return OutputFile("document.hocr", "text/html; charset=utf-8", hocr(document))


def _alto(document: Document) -> OutputFile:
    return OutputFile("document.alto.xml", "application/xml", alto(document))


_FILES: Mapping[Output, Callable[[Document], OutputFile]] = {
    Output.JSON: _json,
    Output.TEXT: _text,
    Output.RAW: _raw,
    Output.AUDIT: _audit,
    Output.HOCR: _hocr,
    Output.ALTO: _alto,
}
