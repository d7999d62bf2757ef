"""`scanproof search`: finds documents by their text, fields or status."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import click
from rich.padding import Padding
from rich.progress import TextColumn
from rich.table import Table
from rich.text import Text

from scanproof.cli.admin.stack_client import StackClient
from scanproof.cli.admin.text_search import Found, TextSearch, index_copy
from scanproof.cli.console import (
    count_of,
    exit_codes,
    out,
    print_json,
    print_table,
    print_warning,
    progress_bar,
    usage_error,
)
from scanproof.cli.numbers import plain_amount
from scanproof.cli.stacks import stack_client_for, stack_option
from scanproof.workers.records import Record, Status
from scanproof.workers.search.query import COLUMN_FIELDS, HIT_END, HIT_START, SearchQuery, value_key

_DATE = click.DateTime(["%Y-%m-%d"])


def _named_values(
    context: click.Context, parameter: click.Parameter, values: tuple[str, ...]
) -> tuple[tuple[str, str], ...]:
    """Parses names and values of fields."""
    found = []
    for text in values:
        name, separator, value = text.partition("=")
        if name in COLUMN_FIELDS:
            raise click.BadParameter(
                f"{name} has an option of its own: --{name.replace('_', '-')}.", context, parameter
            )
        if not (separator and name and value_key(value)):
            raise click.BadParameter(f"{text!r} is not NAME=VALUE.", context, parameter)
        found.append((name, value))
    return tuple(found)


@click.command()
@click.argument("text", nargs=-1)
@click.option("--vendor", metavar="WORDS", help="Words of the vendor's name.")
@click.option("--total", metavar="AMOUNT", callback=plain_amount, help="The total, in the document's currency.")
@click.option("--total-from", metavar="AMOUNT", callback=plain_amount, help="The total is at least this.")
@click.option("--total-to", metavar="AMOUNT", callback=plain_amount, help="The total is at most this.")
@click.option("--from", "dated_from", metavar="YYYY-MM-DD", type=_DATE, help="The invoice date is this one or later.")
@click.option("--to", "dated_to", metavar="YYYY-MM-DD", type=_DATE, help="The invoice date is this one or earlier.")
@click.option("--invoice-number", help="Invoice number as read, for example INV-2023-001.")
@click.option("--invoice-date", metavar="YYYY-MM-DD", help="Invoice date.")
@click.option(
    "--field",
    "other_fields",
    metavar="NAME=VALUE",
    multiple=True,
    callback=_named_values,
    help="Another field or detail, for example purchase_order=4711; may be repeated.",
)
@click.option("--status", type=click.Choice([status.value for status in Status]), help="Status of the document.")
@click.option(
    "--day", metavar="YYYY-MM-DD", help="Only documents last changed on this day (UTC), or in this month (YYYY-MM)."
)
@click.option("--needs-review", is_flag=True, help="Only published documents that a person should look at.")
@click.option(
    "--limit",
    default=50,
    show_default=True,
    type=click.IntRange(1, 10_000),
    help="Documents at most, by text, vendor, total or date range.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the records as JSON.")
@stack_option
@exit_codes
def search(
    text: tuple[str, ...],
    vendor: str | None,
    total: Decimal | None,
    total_from: Decimal | None,
    total_to: Decimal | None,
    dated_from: object,
    dated_to: object,
    invoice_number: str | None,
    invoice_date: str | None,
    other_fields: tuple[tuple[str, str], ...],
    status: str | None,
    day: str | None,
    needs_review: bool,
    limit: int,
    as_json: bool,
    stack_name: str | None,
) -> None:
    """Finds documents by their text, fields or status.

    TEXT is words that all occur in the corrected text; an argument with spaces is a phrase, an asterisk ends the
    beginning of a word. Case and accents do not count. Words, vendor, totals and dates narrow each other down. Without
    them, exactly one of --invoice-number, --invoice-date and --status is required; --needs-review alone searches the
    published documents. The last changed document comes first.

    \b
    Examples:
      scanproof search late payment
      scanproof search "purchase order" 4711* --vendor acme
      scanproof search --total-from 100 --from 2026-01-01 --needs-review
      scanproof search --field iban=DE89370400440532013000
      scanproof search --invoice-number INV-2023-001
      scanproof search --status failed --day 2026-11-21
    """
    query = SearchQuery(
        text=" ".join(f'"{part}"' if " " in part and '"' not in part else part for part in text),
        vendor=vendor or "",
        total_from=total if total is not None else total_from,
        total_to=total if total is not None else total_to,
        dated_from=_iso(dated_from) or invoice_date,
        dated_to=_iso(dated_to) or invoice_date,
        invoice_number=invoice_number,
        day=day,
        needs_review=needs_review,
        fields=other_fields,
    )
    if total is not None and (total_from, total_to) != (None, None):
        raise usage_error("--total excludes --total-from and --total-to.", "Leave one of them out.")
    if text or vendor or other_fields or (query.total_from, query.total_to, dated_from, dated_to) != (None,) * 4:
        if status:
            raise usage_error(
                "--status is not for searches by text, vendor, total, date range or --field.", "Leave it out."
            )
        found = _by_index(query, limit, stack_name)
    else:
        found = _by_table(invoice_number, invoice_date, status, day, needs_review, stack_name)
    if as_json:
        print_json([_row(each, with_snippet=bool(text)) for each in found])
    elif not found:
        out.print("no documents found")
    elif text:
        for each in found:
            _print_found(each)
    else:
        print_table(_table([each.record for each in found]))


def _by_index(query: SearchQuery, limit: int, stack_name: str | None) -> list[Found]:
    client = stack_client_for(stack_name)
    read = 0
    with progress_bar(TextColumn("{task.description}", markup=False)) as progress:
        task = progress.add_task("", total=None)

        def show(number: int) -> None:
            nonlocal read
            read += number
            progress.update(task, description=f"reading results that the index lacks: {count_of(read, 'document')}")

        copy = index_copy(client.outputs.results_bucket, is_local=stack_name is None)
        try:
            found = TextSearch(client, copy, show).find(query, limit + 1)
        except ValueError as error:
            raise usage_error(f"{error}.", "Name at least one word.") from error
    if len(found) > limit:
        print_warning(f"more than {count_of(limit, 'document')} match; --limit shows more.")
    return found[:limit]


def _by_table(
    invoice_number: str | None,
    invoice_date: str | None,
    status: str | None,
    day: str | None,
    needs_review: bool,
    stack_name: str | None,
) -> list[Found]:
    if needs_review and not (invoice_number or invoice_date or status):
        status = Status.PUBLISHED.value
    criteria = {
        ("by_invoice_number", "invoice_number"): invoice_number,
        ("by_invoice_date", "invoice_date"): invoice_date,
        ("by_status_and_day", "status"): status,
    }
    given = [(index, value) for index, value in criteria.items() if value]
    if len(given) != 1:
        raise usage_error(
            "name words, --vendor, a total, a date or --field, or exactly one of --invoice-number, --invoice-date and "
            "--status, or --needs-review."
        )
    [((index, attribute), value)] = given
    client: StackClient = stack_client_for(stack_name)
    records = client.search(index, attribute, value, day, needs_review=needs_review)
    return [Found(record, "") for record in records]


def _iso(date: object) -> str | None:
    return None if date is None else str(date)[:10]


def _row(found: Found, *, with_snippet: bool) -> dict[str, object]:
    row = found.record.model_dump(mode="json")
    return row | {"snippet": _marked(found.snippet, "", "")} if with_snippet else row


def _print_found(found: Found) -> None:
    """Prints the whole key on a line of its own, then what the document is and where the words are."""
    record, fields = found.record, found.record.fields
    total = f"{fields.get('total', '')} {fields.get('currency', '')}".strip()
    review = f"review: {', '.join(reason.code for reason in record.review_reasons)}" if record.needs_review else ""
    facts = [_status(record), fields.get("vendor", ""), fields.get("invoice_date", ""), total, review]
    out.print(Text(record.key, style="bold"), soft_wrap=True)
    out.print(Text(f"  {' · '.join(fact for fact in facts if fact)}", style="dim"), soft_wrap=True)
    snippet = _marked(found.snippet, "[", "]")
    if out.is_terminal:
        out.print(Padding(Text(snippet), (0, 0, 0, 2)), soft_wrap=False)
    else:
        out.print(Text(f"  {snippet}"))


def _marked(snippet: str, start: str, end: str) -> str:
    return snippet.replace(HIT_START, start).replace(HIT_END, end)


def _table(records: Sequence[Record]) -> Table:
    table = Table("key", "status", "invoice", "date", "total", "review", "changed", box=None, header_style="dim")
    for column in table.columns:
        column.overflow = "fold"  # a key that is cut cannot be shown
    for record in records:
        fields = record.fields
        total = f"{fields.get('total', '')} {fields.get('currency', '')}".strip()
        number, date = fields.get("invoice_number", ""), fields.get("invoice_date", "")
        review = ", ".join(reason.code for reason in record.review_reasons)
        table.add_row(record.key, _status(record), number, date, total, review, record.updated_at[:19])
    return table


def _status(record: Record) -> str:
    """Describes the status; in brackets what became of a later attempt than the published one."""
    later = record.has_result and record.outcome is not Status.PUBLISHED
    return f"published ({record.outcome})" if later else record.status
