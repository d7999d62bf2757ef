"""`scanproof search`: finds documents by invoice number, invoice date or status."""

from __future__ import annotations

import click
from rich.table import Table

from scanproof.cli.console import exit_codes, out, print_json, print_table, usage_error
from scanproof.cli.stacks import stack_client_for, stack_option
from scanproof.workers.records import Record, Status


@click.command()
@click.option("--invoice-number", help="Invoice number as read, for example INV-2023-001.")
@click.option("--invoice-date", metavar="YYYY-MM-DD", help="Invoice date.")
@click.option("--status", type=click.Choice([status.value for status in Status]), help="Status of the document.")
@click.option(
    "--day", metavar="YYYY-MM-DD", help="Only documents last changed on this day (UTC), or in this month (YYYY-MM)."
)
@click.option("--needs-review", is_flag=True, help="Only published documents that a person should look at.")
@click.option("--json", "as_json", is_flag=True, help="Print the records as JSON.")
@stack_option
@exit_codes
def search(
    invoice_number: str | None,
    invoice_date: str | None,
    status: str | None,
    day: str | None,
    needs_review: bool,
    as_json: bool,
    stack_name: str | None,
) -> None:
    """Finds documents by invoice number, invoice date or status.

    Exactly one of the three is required; --needs-review alone searches the published ones. The newest document comes
    first.

    \b
    Examples:
      scanproof search --invoice-number INV-2023-001
      scanproof search --status failed --day 2026-11-21
      scanproof search --needs-review --day 2026-11
    """
    if needs_review and not (invoice_number or invoice_date or status):
        status = Status.PUBLISHED.value
    criteria = {
        ("by_invoice_number", "invoice_number"): invoice_number,
        ("by_invoice_date", "invoice_date"): invoice_date,
        ("by_status_and_day", "status"): status,
    }
    given = [(index, value) for index, value in criteria.items() if value]
    if len(given) != 1:
        raise usage_error("name exactly one of --invoice-number, --invoice-date and --status, or --needs-review.")
    [((index, attribute), value)] = given
    records = stack_client_for(stack_name).search(index, attribute, value, day, needs_review=needs_review)
    if as_json:
        print_json([record.model_dump(mode="json") for record in records])
    elif records:
        print_table(_table(records))
    else:
        out.print("no documents found")


def _table(records: list[Record]) -> Table:
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
