"""`scanproof demo`: runs every sample through a local stack and shows the text before and after correction."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import click
from rich.text import Text

from scanproof.checkout import require_checkout
from scanproof.cli.admin.stack_client import StackClient
from scanproof.cli.console import ExitCode, count_of, err, exit_codes, out, print_error, print_json, print_table
from scanproof.cli.evaluation import Tally, normalised
from scanproof.cli.local_stack import access_to, require_installation, running_local_stack
from scanproof.cli.progress import print_outcome, wait_for_records
from scanproof.cli.render import before_and_after, check_findings, fields_table, render_findings
from scanproof.cli.scan_options import engine_option
from scanproof.document import Document, ObjectId, PageFlag, parse_document
from scanproof.workers.engines import aspose_settings
from scanproof.workers.records import Record, Status

SHOWN = "noisy-invoice.png"  # the sample whose text is shown before and after
UNREADABLE = {"encrypted.pdf", "not-an-image.png"}  # samples that must fail, with a reason
IMAGES = {".png", ".jpg", ".pdf", ".tiff"}
TIMEOUT_SECONDS = {"auto": 300.0, "rapidocr": 300.0, "aspose": 900.0}  # by engine
# Template parameters by engine. One page per invocation: Aspose.OCR may exceed the time-out with four on a busy laptop.
PARAMETERS = {"aspose": {"OcrEngine": "aspose", "AsposeTrial": "show", "PagesPerInvocation": "1"}}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@engine_option
@click.option("-v", "--verbose", is_flag=True, help="Show the text of every document.")
@exit_codes
def demo(as_json: bool, engine: str | None, verbose: bool) -> None:
    """Runs all samples through a local stack and shows their text.

    The text is shown before and after correction. The real template is deployed into an emulator with IAM enforced;
    each function runs in a process of its own under Lambda's runtime client. Two of the samples are unreadable on
    purpose and fail with a reason.

    With --engine aspose (after `make aspose-layer`) Aspose.OCR reads the samples: without a licence
    (ASPOSE_LICENCE_FILE) only the beginning of each page. Samples that need a resource which the layer lacks fail.

    \b
    Examples:
      scanproof demo
      scanproof demo --verbose
      scanproof demo --engine aspose
    """
    require_installation("The demo")
    engine = engine or "auto"
    started = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="scanproof-demo-"))
    parameters, secrets = PARAMETERS.get(engine), _licence() if engine == "aspose" else {}
    with ExitStack() as running:
        with err.status("starting the stack ..."):  # ends before the progress of the documents begins
            stack = running.enter_context(running_local_stack(folder / "logs", parameters=parameters, secrets=secrets))
        client = access_to(stack).stack_client()
        uploaded = _upload_samples(client, engine)
        records, documents = _collect(client, uploaded, TIMEOUT_SECONDS[engine], folder / "results", as_json)
    seconds = time.monotonic() - started
    late = sorted(name for name in uploaded if name not in records or not records[name].finished)
    unexpected = _unexpected(records)
    if as_json:
        print_json(_as_json(records, documents, seconds, folder))
    else:
        _print_documents(documents, verbose)
        _print_summary(records, documents, seconds, folder)
    if late:
        minutes = TIMEOUT_SECONDS[engine] / 60
        print_error(
            f"not finished within {minutes:.0f} minutes: {', '.join(late)}.",
            "Try again when this machine is less busy.",
        )
    if unexpected:
        print_error(f"not as expected: {', '.join(unexpected)}.", f"The logs are in {folder / 'logs'}.")
    if late or unexpected:
        raise SystemExit(ExitCode.FAILED)


def _licence() -> dict[str, str]:
    """Returns Aspose.OCR's licence, if this machine has one, as the secret that the template names."""
    read = aspose_settings().read_licence
    return {"AsposeLicenceArn": read()} if read else {}


def _upload_samples(client: StackClient, engine: str) -> dict[str, ObjectId]:
    """Uploads every sample; returns the documents by sample name."""
    samples = sorted(path for path in samples_folder().iterdir() if path.suffix in IMAGES)
    return {path.name: client.upload(path, f"incoming/{path.name}", {"engine": engine}) for path in samples}


def _collect(
    client: StackClient, uploaded: Mapping[str, ObjectId], seconds: float, folder: Path, quiet: bool
) -> tuple[dict[str, Record], dict[str, Document]]:
    """Waits for the samples and writes what is published into ``folder``.

    Returns:
        The samples' records, finished or not, and the published documents, by sample name.
    """
    records: dict[str, Record] = {}
    documents: dict[str, Document] = {}
    for record in wait_for_records(client, list(uploaded.values()), seconds):
        name = record.key.removeprefix("incoming/")
        records[name] = record
        if record.status is Status.PUBLISHED:
            files = client.results(record)
            documents[name] = parse_document(files["document.json"], f"document.json of {name}")
            (folder / name).mkdir(parents=True)
            for file_name, content in files.items():
                (folder / name / file_name).write_bytes(content)
        if not quiet:
            print_outcome(record)
    for name in uploaded.keys() - records.keys():
        record_now = client.records.get(uploaded[name])
        if record_now:
            records[name] = record_now
    return records, documents


def samples_folder() -> Path:
    """Returns the folder of the samples."""
    return require_checkout("The demo") / "samples"


def _unexpected(records: dict[str, Record]) -> list[str]:
    """Names the samples that finished with another status than expected."""
    expected = {name: Status.FAILED if name in UNREADABLE else Status.PUBLISHED for name in records}
    return sorted(name for name, record in records.items() if record.finished and record.status is not expected[name])


def _print_documents(documents: dict[str, Document], verbose: bool) -> None:
    for name, document in documents.items():
        if name != SHOWN and not verbose:
            continue
        for page in document.pages:
            out.print(before_and_after(page, f"{name}, page {page.number}"))
        if document.fields:
            print_table(fields_table(document.fields))
        render_findings(document, out)


def _print_summary(records: dict[str, Record], documents: dict[str, Document], seconds: float, folder: Path) -> None:
    before, after = _compare_with_truth(documents)
    pages = sum(len(document.pages) for document in documents.values())
    published = sum(record.status is Status.PUBLISHED for record in records.values())
    edits = sum(record.edits for record in records.values())
    counts = f"{count_of(pages, 'page')}, {count_of(edits, 'correction')}, {seconds:.0f} s"
    out.print(f"\n{published} of {len(records)} documents published, {counts}")
    out.print(f"{len(UNREADABLE)} are unreadable on purpose: {', '.join(sorted(UNREADABLE))}")
    if before.truth_characters:
        out.print(f"wrong characters: {before.distance} before, {after.distance} after correction")
    findings = [f"{name}: {finding}" for name, document in documents.items() for finding in check_findings(document)]
    out.print(f"inconsistent numbers: {len(findings) or 'none'}")
    for finding in findings:
        out.print(f"  {finding}")
    out.print(Text.assemble("files: ", (str(folder / "results"), "bold")))
    out.print(f"logs of every function: {folder / 'logs'}")
    out.print("next: scanproof read samples/noisy-invoice.png, with a scan of yours in its place; or scanproof up")


def _compare_with_truth(documents: dict[str, Document]) -> tuple[Tally, Tally]:
    """Tallies raw and corrected text of the samples whose printed text is known."""
    before, after = Tally(), Tally()
    expected: dict[str, Any] = json.loads((samples_folder() / "expected.json").read_text(encoding="utf-8"))
    for name, document in documents.items():
        truth = normalised("\n".join(expected.get(name, {}).get("pages", [])))
        if truth and not any(PageFlag.TRUNCATED in page.flags for page in document.pages):
            before.add(normalised(document.raw_text), truth)
            after.add(normalised(document.text), truth)
    return before, after


def _as_json(
    records: dict[str, Record], documents: dict[str, Document], seconds: float, folder: Path
) -> dict[str, Any]:
    rows = []
    for name, record in sorted(records.items()):
        row: dict[str, Any] = {"sample": name, "record": record.model_dump(mode="json")}
        if name in documents:
            row |= {"raw_text": documents[name].raw_text, "text": documents[name].text}
        rows.append(row)
    return {"seconds": round(seconds, 1), "files": str(folder / "results"), "documents": rows}
