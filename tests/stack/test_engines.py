"""Two engines in one deployment: uploads come to Aspose.OCR's function, and reach RapidOCR's where they should.

Runs with or without Aspose.OCR: what it cannot read for want of itself, or of a licence, is handed on all the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from local.stack import LocalStack
from scanproof.aws.operator import Operator
from scanproof.aws.records import Record, Status
from scanproof.cli.up import access_to
from scanproof.document import Document

SAMPLES = Path(__file__).parents[2] / "samples"
SAMPLE = SAMPLES / "chinese-note.png"  # the quickest
PAGES = SAMPLES / "report-3-pages.pdf"


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    parameters = {"OcrEngine": "aspose", "PagesPerInvocation": "2"}
    with LocalStack(tmp_path_factory.mktemp("logs"), parameters=parameters, retry_seconds=2) as running:
        yield running


@pytest.fixture(scope="module")
def operator(stack: LocalStack) -> Operator:
    return access_to(stack).operator()


def finished(operator: Operator, path: Path, **options: str) -> Record:
    of = operator.upload(path, f"incoming/{'-'.join(options.values())}-{path.name}", options)
    return dict(operator.wait([of], 240))[of]


def document(operator: Operator, record: Record) -> Document:
    return Document.model_validate_json(operator.results(record)["document.json"])


def test_a_scan_that_asks_for_rapidocr_is_handed_to_it_page_range_by_page_range(operator: Operator) -> None:
    record = finished(operator, PAGES, engine="rapidocr")
    assert record.status is Status.PUBLISHED
    pages = document(operator, record).pages
    assert [(page.number, page.engine, page.warnings) for page in pages] == [
        (number, "rapidocr", ()) for number in (1, 2, 3)
    ]


def test_a_scan_that_leaves_the_choice_is_read_by_rapidocr_and_says_why(operator: Operator) -> None:
    record = finished(operator, SAMPLE, engine="auto")
    assert record.status is Status.PUBLISHED
    [page] = document(operator, record).pages
    assert page.engine == "rapidocr"
    assert any(note.startswith("Aspose.OCR") and "RapidOCR read it instead" in note for note in page.warnings)


def test_a_scan_that_asks_for_aspose_fails_and_says_what_to_do(operator: Operator) -> None:
    record = finished(operator, SAMPLE, engine="aspose")
    assert record.status is Status.FAILED
    assert record.reason is not None
    assert record.reason.code in ("aspose_unavailable", "aspose_trial")
    assert record.reason.next_step


def test_the_licence_is_read_by_the_function_that_needs_it_alone(stack: LocalStack) -> None:
    variables = {name: function.variables for name, function in stack.deployment.functions.items()}
    assert [name for name, values in variables.items() if "ASPOSE_LICENCE_ARN" in values] == ["scanproof-ocr-aspose"]
