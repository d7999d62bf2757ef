"""Processes a hostile file as the functions do, in a process of its own, and measures what it took.

The OCR engine is a stand-in: what a file can provoke happens before it, and it would take most of the time. Text layers
go through the real corrector where `Options.corrector` says so.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import tempfile
import time
import traceback
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from PIL import Image

from scanproof.correction.model_pool import ModelPool
from scanproof.document import Box, Document, Line, parse_document
from scanproof.errors import PermanentError
from scanproof.local_run import read_scan
from scanproof.ocr.engine import RecognisedPage
from scanproof.opening.pdf_process import READERS
from scanproof.options import DEFAULT_OUTPUTS, Output, ScanOptions
from scanproof.output.files import output_files
from scanproof.settings import Settings
from tests.builders import UpperCase
from tests.engines import EngineDouble
from tests.hostile.files import HostileFile

MEMORY_LIMIT = 1_000_000_000  # bytes: half of OcrFunction's, whose engine takes the other half
TIME_LIMIT = 150  # seconds: OcrFunction has 180
_ITEM_LIMIT = 100_000  # bytes of the fields on a document's record; DynamoDB takes 400 KB in all
_KILOBYTE = 1024  # unit of ru_maxrss


@dataclass(frozen=True)
class Result:
    """How a file ended.

    Attributes:
        outcome: ``published``, the code of a permanent failure, or ``crashed``, ``killed`` or ``timed_out``.
        message: of the failure.
        pages: published pages.
        unreadable: published pages without text because they could not be read.
        seconds: wall clock.
        bytes: peak memory of the process and of its PDF reader together.
    """

    group: str
    name: str
    outcome: str
    message: str = ""
    pages: int = 0
    unreadable: int = 0
    seconds: float = 0.0
    bytes: int = 0

    @property
    def is_accounted_for(self) -> bool:
        """Whether it was published or failed for a named reason, within its time and memory."""
        has_ended = self.outcome not in ("crashed", "killed", "timed_out")
        return has_ended and self.bytes <= MEMORY_LIMIT and self.seconds <= TIME_LIMIT


class _StandIn(EngineDouble):
    name = "stand-in"

    def read(self, image: Image.Image) -> RecognisedPage:
        assert image.mode == "RGB"
        image.getpixel((image.width - 1, image.height - 1))
        text = "Inv0ice No: 12345"
        return RecognisedPage((Line(raw=text, text=text, box=Box(left=0, top=0, right=1, bottom=1)),))


class _Engines:
    def get(self, options: ScanOptions) -> _StandIn:
        return _StandIn()


def process(file: HostileFile) -> Result:
    """Processes ``file`` in a forked process; it must not have threads yet."""
    with tempfile.TemporaryDirectory() as folder:
        content, report = Path(folder) / "content", Path(folder) / "report.json"
        _forked(lambda: content.write_bytes(file.make()))  # so that this process stays small, as its copies have to be
        started = time.monotonic()
        status, usage = _forked(lambda: _report(file, content, report))
        seconds = round(time.monotonic() - started, 2)
        found = json.loads(report.read_text()) if report.exists() else {"outcome": _ending(status)}
        peak = found.pop("bytes", usage.ru_maxrss * _KILOBYTE)
        return Result(group=file.group, name=file.name, seconds=seconds, bytes=peak, **found)


def _ending(status: int) -> str:
    return "timed_out" if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGALRM else "killed"


def _forked(work: Callable[[], object]) -> tuple[int, resource.struct_rusage]:
    """Does ``work`` in a copy of this process; returns how it ended and what it took."""
    child = os.fork()
    if child:
        _, status, usage = os.wait4(child, 0)
        return status, usage
    try:
        work()
    finally:
        os._exit(0)  # whatever happens: the code after the fork belongs to the other process


def _report(file: HostileFile, content: Path, report: Path) -> None:
    signal.alarm(TIME_LIMIT)
    found = _read(file.name, content)
    READERS.close()
    both = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    found["bytes"] = sum(resource.getrusage(who).ru_maxrss for who in both) * _KILOBYTE
    report.write_text(json.dumps(found))


def _read(name: str, content: Path) -> dict[str, object]:
    path = content.rename(content.with_name(name))
    try:
        document = read_scan(
            path,
            ScanOptions(correct_digital=True),
            _Engines(),  # type: ignore[arg-type]
            ModelPool(UpperCase(), {}),
            settings=Settings(),
        )
        _check_outputs(document)
    except PermanentError as error:
        assert error.message
        assert error.next_step
        return {"outcome": error.code, "message": error.message}
    except Exception:  # noqa: BLE001 - what no file may cause, of whatever kind, is reported with its place
        return {"outcome": "crashed", "message": traceback.format_exc()}
    unreadable = sum("unreadable" in page.flags for page in document.pages)
    warning = next(iter(document.warnings), "")
    return {"outcome": "published", "message": warning, "pages": len(document.pages), "unreadable": unreadable}


def _check_outputs(document: Document) -> None:
    """Checks that all files can be written and read again, and that the record has room for the fields."""
    files = {file.name: file.content for file in output_files(document, {*DEFAULT_OUTPUTS, Output.JSON})}
    assert parse_document(files["document.json"]) == document
    assert files["document.raw.txt"].decode() == document.raw_text
    rows = files["audit.jsonl"].decode().split("\n")
    assert all(json.loads(row) for row in rows if row)
    assert len(json.dumps([field.model_dump(mode="json") for field in document.fields])) < _ITEM_LIMIT


def as_row(result: Result) -> dict[str, object]:
    """Returns a result as JSON can state it; names may not be Unicode."""
    return {**asdict(result), "name": result.name.encode("utf-8", "backslashreplace").decode()}
