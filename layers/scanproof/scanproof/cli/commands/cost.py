"""`scanproof cost`: estimates what pages cost on AWS."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from rich.table import Table

from scanproof.cli.console import exit_codes, out, print_json
from scanproof.cli.cost.estimate import break_even_pages, for_pages, idle
from scanproof.cli.cost.prices import Prices, load_prices
from scanproof.cli.cost.workload import TIERS, Tier
from scanproof.cli.numbers import DAY_SECONDS, FiniteRange

seconds = FiniteRange(min=0, max=DAY_SECONDS)


@click.command()
@click.option("--pages", default=1000, show_default=True, type=click.IntRange(1), help="Number of pages.")
@click.option("--pages-per-document", default=1.0, show_default=True, type=FiniteRange(1), help="On average.")
@click.option("--ocr-seconds", type=seconds, help="Your own measurement of OCR seconds per page.")
@click.option("--correct-seconds", type=seconds, help="The same for the corrector that --tier names.")
@click.option(
    "--tier", "tier_name", type=click.Choice(sorted({tier.name for tier in TIERS})), help="Only this corrector."
)
@click.option(
    "--prices",
    "own_prices",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="TOML file with your own prices.",
)
@click.option("--markdown", is_flag=True, help="Print the table as Markdown.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@exit_codes
def cost(
    pages: int,
    pages_per_document: float,
    ocr_seconds: float | None,
    correct_seconds: float | None,
    tier_name: str | None,
    own_prices: Path | None,
    markdown: bool,
    as_json: bool,
) -> None:
    """Estimates what pages cost on AWS.

    The estimate includes the idle stack and the volume from which a GPU is cheaper. Prices are dated and can be
    replaced. An asterisk marks correctors whose seconds are assumed, not measured.

    \b
    Examples:
      scanproof cost
      scanproof cost --pages 50000 --pages-per-document 3 --tier accurate-apache
      scanproof cost --prices our-discounts.toml --json
    """
    prices = load_prices(own_prices)
    tiers = [_with_measured(tier, ocr_seconds, correct_seconds) for tier in TIERS if tier_name in (None, tier.name)]
    rows = [_row(prices, tier, tiers, pages, pages_per_document) for tier in tiers]
    if as_json:
        print_json({"prices_dated": prices.dated.isoformat(), "region": prices.region, "tiers": rows})
        return
    textract = [
        [f"Amazon Textract, {name}", f"${price * pages:,.2f}", "", ""] for name, price in prices.textract.items()
    ]
    head = ["corrector, compute", f"{pages:,} pages", "idle, a month", "GPU pays from"]
    cells = [_cells(row) for row in rows] + textract
    out.print(_markdown(head, cells) if markdown else _table(head, cells))
    out.print(
        f"\nPrices of {prices.dated.isoformat()} in {prices.region}, without free tiers. * assumed, not measured."
    )


def _with_measured(tier: Tier, ocr: float | None, correct: float | None) -> Tier:
    tier = tier if ocr is None else tier.with_seconds("ocr", ocr)
    return tier if correct is None else tier.with_seconds("correct", correct)


def _row(prices: Prices, tier: Tier, tiers: list[Tier], pages: int, pages_per_document: float) -> dict[str, Any]:
    estimate = for_pages(prices, tier, pages, pages_per_document)
    on_cpu = next((other for other in tiers if (other.name, other.compute) == (tier.name, "cpu")), None)
    pays = break_even_pages(prices, on_cpu, tier) if on_cpu and tier.gpu_gib else None
    return {
        "tier": tier.name,
        "compute": tier.compute,
        "assumed": tier.assumed,
        "dollars": round(estimate.total, 4),
        "items": {name: round(dollars, 6) for name, dollars in estimate.items.items()},
        "idle_dollars_a_month": round(idle(prices, tier).total, 2),
        "gpu_pays_from_pages_a_month": None if pays is None else round(pays),
        "comparable": bool(on_cpu and tier.gpu_gib),
    }


def _cells(row: dict[str, Any]) -> list[str]:
    pays = row["gpu_pays_from_pages_a_month"]
    break_even = f"{pays:,} pages a month" if pays else "never" if row["comparable"] else ""
    dollars = f"${row['dollars']:,.2f}{'*' * row['assumed']}"
    return [f"{row['tier']}, {row['compute']}", dollars, f"${row['idle_dollars_a_month']:.2f}", break_even]


def _table(head: list[str], cells: list[list[str]]) -> Table:
    table = Table(*head, box=None, header_style="dim")
    for row in cells:
        table.add_row(*row)
    return table


def _markdown(head: list[str], cells: list[list[str]]) -> str:
    return "\n".join("| " + " | ".join(row) + " |" for row in [head, ["---"] * len(head), *cells])
