"""Reads PDF in a process of its own with little memory and CPU time: files can make PDFium take any amount of both.

`PdfReaderProcess` starts this module and exchanges lines of JSON with it over pipes. A request names a file to open, or
a page of the open one. Each answer is a line, followed by as many bytes as its ``bytes`` states: the rows of an image,
or the lines of a text as JSON. Answers are not pickled: a file that takes this process over must not reach the other.
"""

from __future__ import annotations

import json
import math
import resource
import sys
import time
from dataclasses import fields
from pathlib import Path
from typing import Any, BinaryIO

import pypdfium2  # type: ignore[import-untyped]
import pypdfium2.raw as pdfium  # type: ignore[import-untyped]

from scanproof.errors import PermanentError
from scanproof.opening import refusals
from scanproof.opening.limits import Limits
from scanproof.opening.pdf_page import RenderedPage, convert_page
from scanproof.opening.pdf_reader_messages import LINES, OPENING, reading
from scanproof.page_image import TextPage

Answer = dict[str, Any]


class PdfReader:
    """Answers requests about one PDF at a time. Not thread-safe, because PDFium is not."""

    def __init__(self, limits: Limits, output: BinaryIO) -> None:
        self._limits = limits
        self._output = output
        self._name = ""
        self._pdf: pypdfium2.PdfDocument | None = None

    def answer(self, request: Answer) -> None:
        """Answers one request. What is wrong with the file is an answer too."""
        about = reading(request["page"]) if "page" in request else OPENING
        _allow_cpu_seconds(self._limits.pdf_seconds)
        try:
            if "page" in request:
                self._send_page(request["page"])
            else:
                self._open(Path(request["path"]), request["name"])
        except PermanentError as error:
            self._refuse(error)
        except MemoryError:
            self._refuse(refusals.pdf_needs_memory(self._name, about, self._limits.pdf_bytes))
        except Exception:  # noqa: BLE001 - of PDFium's binding, on files made to provoke it: there is no list of them
            self._refuse(refusals.pdf_corrupt(self._name, f"{about} cannot be read"))

    def _open(self, path: Path, name: str) -> None:
        self.close()
        self._name = name
        try:
            self._pdf = pypdfium2.PdfDocument(path)
        except pypdfium2.PdfiumError as error:
            raise self._open_error(path, error) from error
        # Otherwise the contents of form fields are not rendered.
        self._pdf.init_forms()
        self._send({"pages": len(self._pdf)})

    def close(self) -> None:
        """Closes the open file."""
        if self._pdf is not None:
            self._pdf.close()
            self._pdf = None

    def _open_error(self, path: Path, error: pypdfium2.PdfiumError) -> PermanentError:
        if _has_no_pages(path):
            return refusals.pdf_no_pages(self._name)
        if error.err_code == pdfium.FPDF_ERR_PASSWORD:
            return refusals.pdf_encrypted(self._name)
        return refusals.pdf_corrupt(self._name, f"{OPENING} cannot be read")

    def _send_page(self, number: int) -> None:
        assert self._pdf is not None  # noqa: S101 - the other process opens before it asks for pages
        page = self._pdf[number - 1]
        try:
            converted = convert_page(page, number, self._name, self._limits)
            if isinstance(converted, RenderedPage):
                self._send_image(converted)
            else:
                self._send_text(converted)
        finally:
            page.close()

    def _send_image(self, page: RenderedPage) -> None:
        bitmap = page.bitmap
        try:
            header = {
                "width": bitmap.width,
                "height": bitmap.height,
                "stride": bitmap.stride,
                "dpi": page.dpi,
                "flags": page.flags,
            }
            self._send({"image": header}, memoryview(bitmap.buffer).cast("B"))
        finally:
            bitmap.close()

    def _send_text(self, page: TextPage) -> None:
        header = {"width": page.width, "height": page.height, "dpi": page.dpi, "rulings": page.rulings}
        self._send({"text": header}, LINES.dump_json(page.lines))

    def _refuse(self, error: PermanentError) -> None:
        self._send({"refusal": [error.code, error.message, error.next_step]})

    def _send(self, header: Answer, content: bytes | memoryview = b"") -> None:
        self._output.write(json.dumps({**header, "bytes": len(content)}).encode() + b"\n")
        self._output.write(content)
        self._output.flush()


def _has_no_pages(path: Path) -> bool:
    """Whether a PDF that pypdfium2 refuses is valid but empty; pypdfium2 then reports an unrelated earlier error."""
    document = pdfium.FPDF_LoadDocument(str(path).encode() + b"\0", None)
    if not document:
        return False
    pdfium.FPDF_CloseDocument(document)
    return True


def _limit_memory(limit: int) -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (limit if most == resource.RLIM_INFINITY else min(limit, most), most))


def _allow_cpu_seconds(seconds: int) -> None:
    """Lets this process run for ``seconds`` more; then the system ends it with SIGXCPU."""
    _, most = resource.getrlimit(resource.RLIMIT_CPU)
    until = math.ceil(time.process_time()) + seconds
    resource.setrlimit(resource.RLIMIT_CPU, (until if most == resource.RLIM_INFINITY else min(until, most), most))


def main() -> None:
    """Answers requests from standard input until it is closed. The first line states the limits."""
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    values = json.loads(requests.readline())
    limits = Limits(**{field.name: values[field.name] for field in fields(Limits)})
    _limit_memory(limits.pdf_bytes)
    reader = PdfReader(limits, answers)
    for line in iter(requests.readline, b""):
        reader.answer(json.loads(line))


if __name__ == "__main__":
    main()
