"""The lattice of a page goes through the stack and gives the alternatives and numbers of a local run."""

from __future__ import annotations

from pathlib import Path

import pytest

from scanproof.correction.availability import load_corrector
from scanproof.correction.model_pool import ModelPool
from scanproof.document import DocumentRef, ObjectId
from scanproof.lattice.file_format import LatticeError
from scanproof.lattice.model import PageLattice
from scanproof.local_run import read_scan
from scanproof.ocr.registry import Engines
from scanproof.options import ScanOptions
from scanproof.output.alternatives import Alternatives, page_alternatives
from scanproof.workers import s3_keys
from scanproof.workers.objects import Objects
from tests.builders import page
from tests.stack.conftest import Pipeline

SAMPLE = Path(__file__).parents[2] / "samples" / "noisy-invoice.png"


def test_alternatives_equal_the_local_runs(pipeline: Pipeline) -> None:
    scan = pipeline.upload(SAMPLE, "incoming/lattice/noisy-invoice.png", outputs="alternatives")
    [record] = pipeline.finished(scan)
    results = pipeline.stack_client.results(record)
    assert set(results) == {"document.json", "alternatives.json"}
    assert not any("lattice" in warning for warning in record.warnings)
    lattices: dict[int, PageLattice] = {}
    mine = read_scan(SAMPLE, ScanOptions(), Engines(), ModelPool(load_corrector()), on_lattice=lattices.__setitem__)
    [page] = Alternatives.model_validate_json(results["alternatives.json"]).pages
    assert page == page_alternatives(mine.pages[0], lattices[1])
    assert len(page.words) > 20
    raw = {word.raw for word in page.words}
    assert raw <= set(mine.raw_text.split())
    key = s3_keys.lattice_key(record.document, 1)
    size = pipeline.stack_client.s3.head_object(Bucket=pipeline.stack.outputs["ResultsBucketName"], Key=key)
    assert 1000 < size["ContentLength"] < 30_000


def test_resolved_numbers_equal_the_local_runs(pipeline: Pipeline) -> None:
    scan = pipeline.upload(SAMPLE, "incoming/resolved/noisy-invoice.png", resolve_numbers="true")
    [record] = pipeline.finished(scan)
    document = pipeline.document(record)
    mine = read_scan(SAMPLE, ScanOptions(resolve_numbers=True), Engines(), ModelPool(load_corrector()))
    assert (document.text, document.flags) == (mine.text, mine.flags)
    edits = [edit for line in document.pages[0].lines for edit in line.edits if edit.corrector == "arithmetic"]
    assert [(edit.raw, edit.corrected, edit.model) for edit in edits] == [("6.05", "6.85", "row_product")]


@pytest.mark.parametrize("function", ["scanproof-correct", "scanproof-publish"])
def test_missing_lattice_is_named(pipeline: Pipeline, function: str) -> None:
    """The roles may not list the bucket, so S3 answers 403, not 404."""
    client = pipeline.client("s3", pipeline.stack.session_as(function))
    objects = Objects(client, pipeline.stack.outputs["ResultsBucketName"])
    document = DocumentRef(object_id=ObjectId(bucket="scans", key="never.png", version_id="v1"), attempt=1)
    with pytest.raises(LatticeError) as refusal:
        objects.lattice(document, page(1))
    assert refusal.value.code == "lattice_missing"
