"""`scanproof demo`: every sample through the whole pipeline on this machine, the text before and after on screen."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
from rich.text import Text

from scanproof.checkout import require_checkout
from scanproof.cli.admin.stack_client import StackClient
from scanproof.cli.commands.up import access_to
from scanproof.cli.console import ExitCode, err, exit_codes, out, print_error, print_json
from scanproof.cli.evaluation.measures import Tally, normalised
from scanproof.cli.follow import followed, report
from scanproof.cli.render import before_and_after, fields_table
from scanproof.document import Document, ObjectId, PageFlag
from scanproof.workers.engines import aspose_settings
from scanproof.workers.records import Record, Status

SHOWN = "noisy-invoice.png"  # the sample whose text is shown before and after
UNREADABLE = {"encrypted.pdf", "not-an-image.png"}  # samples that have to fail, with a reason
IMAGES = {".png", ".jpg", ".pdf", ".tiff"}
TIMEOUT_SECONDS = {"auto": 300.0, "rapidocr": 300.0, "aspose": 900.0}  # by engine
# Of the template, by engine. A page an invocation: Aspose.OCR may need more than its time for four on a busy laptop.
PARAMETERS = {"aspose": {"OcrEngine": "aspose", "AsposeTrial": "show", "PagesPerInvocation": "1"}}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead.")
@click.option("--engine", type=click.Choice(["auto", "rapidocr", "aspose"]), default="auto", help="The OCR engine.")
@click.option("-v", "--verbose", is_flag=True, help="Show every document's text.")
@exit_codes
def demo(as_json: bool, engine: str, verbose: bool) -> None:
    """Uploads all samples to a local stack and shows what comes out.

    The real template is deployed into an embedded emulator, with IAM enforced; each function runs in a process of its
    own under Lambda's runtime client. Two of the samples cannot be read, and say why.

    With --engine aspose (after `make aspose-layer`) Aspose.OCR reads them; without a licence (ASPOSE_LICENCE_FILE) only
    the beginning of each page, and those that need a resource which the layer lacks fail and say so.
    """
    require_checkout("The demo")
    from devstack.stack import LocalStack

    started = time.monotonic()
    log_dir = Path(tempfile.mkdtemp(prefix="scanproof-demo-"))
    parameters, secrets = PARAMETERS.get(engine), _licence() if engine == "aspose" else {}
    with err.status("starting the stack ..."), LocalStack(log_dir, parameters=parameters, secrets=secrets) as stack:
        operator = access_to(stack).operator()
        uploaded = _uploaded(operator, engine)
        records, documents = _through(operator, uploaded, TIMEOUT_SECONDS[engine], as_json)
    seconds = time.monotonic() - started
    late = sorted(name for name in uploaded if name not in records or not records[name].finished)
    surprises = _surprises(records)
    if as_json:
        print_json(_as_json(records, documents, seconds))
    else:
        _present(documents, verbose)
        _summary(records, documents, seconds, log_dir)
    if late:
        minutes = TIMEOUT_SECONDS[engine] / 60
        print_error(f"not finished within {minutes:.0f} minutes: {', '.join(late)}.", "Try again when less runs here.")
    if surprises:
        print_error(f"not as expected: {', '.join(surprises)}.", f"The logs are in {log_dir}.")
    if late or surprises:
        raise SystemExit(ExitCode.FAILED)


def _licence() -> dict[str, str]:
    """Aspose.OCR's licence, if this machine has one, as the secret that the template asks for."""
    read = aspose_settings().read_licence
    return {"AsposeLicenceArn": read()} if read else {}


def _uploaded(operator: StackClient, engine: str) -> dict[str, ObjectId]:
    """Every sample, by its name."""
    samples = sorted(path for path in samples_folder().iterdir() if path.suffix in IMAGES)
    return {path.name: operator.upload(path, f"incoming/{path.name}", {"engine": engine}) for path in samples}


def _through(
    operator: StackClient, uploaded: Mapping[str, ObjectId], seconds: float, quiet: bool
) -> tuple[dict[str, Record], dict[str, Document]]:
    """The samples' records, of those that are not finished in time too; and what was published."""
    records: dict[str, Record] = {}
    documents: dict[str, Document] = {}
    for record in followed(operator, list(uploaded.values()), seconds):
        name = record.key.removeprefix("incoming/")
        records[name] = record
        if record.status is Status.PUBLISHED:
            documents[name] = Document.model_validate_json(operator.results(record)["document.json"])
        if not quiet:
            report(record)
    for name in uploaded.keys() - records.keys():
        record_now = operator.records.get(uploaded[name])
        if record_now:
            records[name] = record_now
    return records, documents


def samples_folder() -> Path:
    """Where the samples lie."""
    return require_checkout("The demo") / "samples"


def _surprises(records: dict[str, Record]) -> list[str]:
    """Those that ended otherwise than they should."""
    wanted = {name: Status.FAILED if name in UNREADABLE else Status.PUBLISHED for name in records}
    return sorted(name for name, record in records.items() if record.finished and record.status is not wanted[name])


def _present(documents: dict[str, Document], verbose: bool) -> None:
    for name, document in documents.items():
        if name != SHOWN and not verbose:
            continue
        for page in document.pages:
            out.print(before_and_after(page, f"{name}, page {page.number}"))
        if document.fields:
            out.print(fields_table(document.fields))
        for warning in document.warnings:
            out.print(Text.assemble(("note: ", "yellow"), warning))


def _summary(records: dict[str, Record], documents: dict[str, Document], seconds: float, log_dir: Path) -> None:
    before, after = _against_truth(documents)
    pages = sum(len(document.pages) for document in documents.values())
    published = sum(record.status is Status.PUBLISHED for record in records.values())
    edits = sum(record.edits for record in records.values())
    out.print(
        f"\n{published} of {len(records)} documents published, {pages} pages, {edits} corrections, {seconds:.0f} s"
    )
    if before.truth_characters:
        out.print(f"wrong characters against the printed text: {before.distance} → {after.distance}")
    out.print(Text(f"logs of every function: {log_dir}", style="dim"))


def _against_truth(documents: dict[str, Document]) -> tuple[Tally, Tally]:
    before, after = Tally(), Tally()
    expected: dict[str, Any] = json.loads((samples_folder() / "expected.json").read_text(encoding="utf-8"))
    for name, document in documents.items():
        truth = normalised("\n".join(expected.get(name, {}).get("pages", [])))
        if truth and not any(PageFlag.TRUNCATED in page.flags for page in document.pages):
            before.add(normalised(document.raw_text), truth)
            after.add(normalised(document.text), truth)
    return before, after


def _as_json(records: dict[str, Record], documents: dict[str, Document], seconds: float) -> dict[str, Any]:
    rows = []
    for name, record in sorted(records.items()):
        row: dict[str, Any] = {"sample": name, "record": record.model_dump(mode="json")}
        if name in documents:
            row |= {"raw_text": documents[name].raw_text, "text": documents[name].text}
        rows.append(row)
    return {"seconds": round(seconds, 1), "documents": rows}
