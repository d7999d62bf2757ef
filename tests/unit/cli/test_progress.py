"""Progress counts pages, and one thing moves on the terminal at a time."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator, Sequence
from types import SimpleNamespace

import pytest

from scanproof.cli import console
from scanproof.cli.console import PlainConsole, out
from scanproof.cli.progress import pages_done, progress_text, wait_for_records
from scanproof.document import ObjectId
from scanproof.workers.records import Record, Status

NEW = Record(
    bucket="scans", key="incoming/a[/i].pdf", version_id="1", attempt=1, status=Status.RECOGNISING, updated_at="2026"
)
HALF = NEW.model_copy(update={"status": Status.CORRECTING, "pages_total": 30, "pages_done": frozenset(range(1, 13))})
DONE = HALF.model_copy(update={"status": Status.PUBLISHED, "pages_done": frozenset(range(1, 31))})
FAILED = NEW.model_copy(update={"status": Status.FAILED})


@pytest.mark.parametrize(
    ("records", "expected", "shown"),
    [
        ([], 1, "0 of 1 document, 0 of ? pages"),
        ([NEW], 1, "0 of 1 document, 0 of ? pages"),
        ([HALF], 1, "0 of 1 document, 12 of 30 pages"),
        ([HALF], 2, "0 of 2 documents, 12 of ? pages"),
        ([HALF, DONE], 2, "1 of 2 documents, 42 of 60 pages"),
        ([FAILED, DONE], 2, "2 of 2 documents, 30 of 30 pages"),
    ],
)
def test_progress_counts_pages(records: list[Record], expected: int, shown: str) -> None:
    assert progress_text(records, expected) == shown
    assert (pages_done(records, expected)[1] is None) == ("?" in shown)


class Client:
    """A stack whose one document advances with every poll."""

    def wait(
        self, documents: Sequence[ObjectId], timeout_seconds: float, *_: object, on_poll: Callable[[Record], None]
    ) -> Iterator[tuple[ObjectId, Record]]:
        for record in (NEW, HALF, DONE):
            on_poll(record)
        yield documents[0], DONE


def test_progress_is_gone_before_printing(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    terminal = PlainConsole(file=io.StringIO(), force_terminal=True, width=80)
    monkeypatch.setattr(console, "err", terminal)
    monkeypatch.setattr(sys, "stderr", SimpleNamespace(isatty=lambda: True))
    for record in wait_for_records(Client(), [NEW.object_id], 1):  # type: ignore[arg-type]
        assert not terminal._live_stack
        out.print(record.key)
    assert capsys.readouterr().out == "incoming/a[/i].pdf\n"  # not through the terminal of the progress
    assert "30 of 30 pages" in terminal.file.getvalue()  # type: ignore[attr-defined]
    assert "incoming" not in terminal.file.getvalue()  # type: ignore[attr-defined]


def test_no_progress_without_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    file = PlainConsole(file=io.StringIO(), force_terminal=True, width=80)  # colours are forced, as in CI
    monkeypatch.setattr(console, "err", file)
    monkeypatch.setattr(sys, "stderr", SimpleNamespace(isatty=lambda: False))
    assert list(wait_for_records(Client(), [NEW.object_id], 1)) == [DONE]  # type: ignore[arg-type]
    assert file.file.getvalue() == ""  # type: ignore[attr-defined]
