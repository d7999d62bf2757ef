"""The calls of a page and of a document that `scanproof cost` prices are those that the functions make."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from PIL import Image, ImageDraw

from scanproof.cli.cost.workload import PER_DOCUMENT, PER_PAGE
from scanproof.workers.records import Status
from tests.stack.conftest import Pipeline

FUNCTIONS = ("scanproof-ocr", "scanproof-correct", "scanproof-publish")
PAGES = 2  # read by one invocation
# Beside what the functions call: the upload itself, and a message is received and deleted. S3 sends the first one.
UPLOADS, DELIVERY = 1, 2


def test_priced_calls_are_made(pipeline: Pipeline, tmp_path: Path) -> None:
    one, several = (calls_of(pipeline, tmp_path / f"{pages}-pages.tiff", pages) for pages in (1, PAGES))
    page = Counter({name: (several[name] - one[name]) / (PAGES - 1) for name in several})
    document = Counter({name: one[name] - page[name] for name in one})

    assert page["s3_put"] == PER_PAGE.s3_put
    assert page["s3_get"] == PER_PAGE.s3_get
    assert page["dynamodb_read"] == PER_PAGE.dynamodb_read
    assert page["sqs"] + DELIVERY == PER_PAGE.sqs
    assert document["s3_put"] + UPLOADS == PER_DOCUMENT.s3_put
    assert document["s3_get"] == PER_DOCUMENT.s3_get
    assert document["dynamodb_read"] == PER_DOCUMENT.dynamodb_read
    assert document["events"] == PER_DOCUMENT.events
    sent_by_s3 = 1
    assert document["sqs"] + sent_by_s3 + 2 * DELIVERY == PER_DOCUMENT.sqs
    # What is written to an index is billed again; the emulator does not tell how much.
    for made, priced in ((page, PER_PAGE), (document, PER_DOCUMENT)):
        assert made["dynamodb_write"] <= priced.dynamodb_write <= 3 * made["dynamodb_write"]


def calls_of(pipeline: Pipeline, path: Path, pages: int) -> Counter[str]:
    """Counts the calls that a scan of so many pages leads to, by the cost model's names."""
    images = []
    for number in range(pages):
        image = Image.new("L", (700, 200), 255)
        ImageDraw.Draw(image).text(
            (20, 40), f"Inv0ice page {number} of {pages}\nTotal am0unt due 15.00", 0, font_size=32
        )
        images.append(image)
    images[0].save(path, save_all=True, append_images=images[1:])
    pipeline.stack.wait_idle()
    before = counted(pipeline)
    [record] = pipeline.finished(pipeline.upload(path))
    assert record.status is Status.PUBLISHED
    pipeline.stack.wait_idle()
    return counted(pipeline) - before


def counted(pipeline: Pipeline) -> Counter[str]:
    found: Counter[str] = Counter()
    for function in FUNCTIONS:
        for call, count in pipeline.stack.calls(function).items():
            found[priced_as(call.action)] += count
    return found


def priced_as(action: str) -> str:
    service, _, name = action.partition(":")
    if service == "s3":
        return "s3_put" if name == "PutObject" else "s3_get"
    if service == "dynamodb":
        return "dynamodb_read" if name == "GetItem" else "dynamodb_write"
    return service
