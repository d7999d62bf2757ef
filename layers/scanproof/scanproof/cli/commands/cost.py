"""`scanproof cost`: estimates what pages cost on AWS."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from rich.table import Table

from scanproof.cli.console import exit_codes, out, print_json
from scanproof.cli.cost.estimate import NETWORKS, break_even_pages, for_pages, idle
from scanproof.cli.cost.prices import Prices, load_prices
from scanproof.cli.cost.workload import SOURCES, TIERS, GpuOperation, Tier
from scanproof.cli.numbers import DAY_SECONDS, FiniteRange

seconds = FiniteRange(min=0, max=DAY_SECONDS)
_DEFAULT = GpuOperation()


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
@click.option(
    "--gpu-utilisation",
    default=_DEFAULT.utilisation,
    show_default=True,
    type=FiniteRange(0, 1, min_open=True),
    help="Share of an instance's time that pages use.",
)
@click.option(
    "--gpu-warm-up-minutes",
    default=_DEFAULT.warm_up_minutes,
    show_default=True,
    type=seconds,
    help="Billed minutes before an instance takes its first page.",
)
@click.option(
    "--gpu-starts",
    default=_DEFAULT.starts_a_month,
    show_default=True,
    type=seconds,
    help="Instances that are started in a month.",
)
@click.option(
    "--gpu-hours",
    default=_DEFAULT.hours_a_month,
    show_default=True,
    type=FiniteRange(0, 744),
    help="Hours a month in which instances run; fewer with a schedule.",
)
@click.option(
    "--gpu-minimum",
    default=_DEFAULT.minimum,
    show_default=True,
    type=click.IntRange(0),
    help="Instances that run at least (GpuMinEnvironments).",
)
@click.option(
    "--network",
    default="endpoints",
    show_default=True,
    type=click.Choice(NETWORKS),
    help="With a GPU: GpuNetworkAccess, or your own network.",
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
    gpu_utilisation: float,
    gpu_warm_up_minutes: float,
    gpu_starts: float,
    gpu_hours: float,
    gpu_minimum: int,
    network: str,
    markdown: bool,
    as_json: bool,
) -> None:
    """Estimates what pages cost on AWS.

    The estimate includes the idle stack and the volume from which a GPU is cheaper. Prices are dated and can be
    replaced. An asterisk marks correctors whose seconds are assumed, not measured; what else is assumed is printed
    below.

    \b
    Examples:
      scanproof cost
      scanproof cost --pages 50000 --pages-per-document 3 --tier accurate-apache
      scanproof cost --prices our-discounts.toml --json
    """
    prices = load_prices(own_prices)
    gpu = GpuOperation(gpu_utilisation, gpu_warm_up_minutes, gpu_starts, gpu_hours, gpu_minimum)
    tiers = [_with_measured(tier, ocr_seconds, correct_seconds) for tier in TIERS if tier_name in (None, tier.name)]
    rows = [_row(prices, tier, tiers, pages, pages_per_document, network, gpu) for tier in tiers]
    if as_json:
        print_json(
            {
                "prices_dated": prices.dated.isoformat(),
                "region": prices.region,
                "network": network,
                "gpu": asdict(gpu),
                "tiers": rows,
                "sources": _sources(tiers),
            }
        )
        return
    textract = [
        [f"Amazon Textract, {name}", f"${price * pages:,.2f}", "", ""] for name, price in prices.textract.items()
    ]
    head = ["corrector, compute", f"{pages:,} pages", "idle, a month", "GPU pays from"]
    cells = [_cells(row) for row in rows] + textract
    out.print(_markdown(head, cells) if markdown else _table(head, cells))
    out.print(f"\n{_footnote(prices, tiers, network, gpu)}", soft_wrap=markdown)
    if not markdown:
        out.print("\nWhere the numbers come from:")
        for source in _sources(tiers):
            out.print(f"- {source}")


def _footnote(prices: Prices, tiers: list[Tier], network: str, gpu: GpuOperation) -> str:
    """States the date of the prices, and everything that was assumed."""
    said = (
        f"Prices of {prices.dated.isoformat()} in {prices.region}, without free tiers. * seconds assumed, not measured."
    )
    if any(tier.gpu_gib for tier in tiers):
        way = {"endpoints": "interface endpoints", "nat": "a NAT gateway", "own": "a network of your own"}[network]
        said += (
            f" With a GPU also assumed: {gpu.assumptions()}, {way}; prices of its instances unconfirmed. Pages "
            "that the idle stack's instances do anyway cost less than shown."
        )
    return said


def _sources(tiers: list[Tier]) -> list[str]:
    correctors = [
        f"{tier.name}, {tier.compute}, {tier.steps['correct'].seconds_per_page:g} s a page: {tier.source}"
        for tier in tiers
    ]
    return [*SOURCES, *correctors, "a vCPU of Lambda is taken to be as fast as a core of the measuring machine"]


def _with_measured(tier: Tier, ocr: float | None, correct: float | None) -> Tier:
    tier = tier if ocr is None else tier.with_seconds("ocr", ocr)
    return tier if correct is None else tier.with_seconds("correct", correct)


def _row(
    prices: Prices,
    tier: Tier,
    tiers: list[Tier],
    pages: int,
    pages_per_document: float,
    network: str,
    gpu: GpuOperation,
) -> dict[str, Any]:
    estimate, unused = for_pages(prices, tier, pages, pages_per_document, gpu), idle(prices, tier, network, gpu)
    on_cpu = next((other for other in tiers if (other.name, other.compute) == (tier.name, "cpu")), None)
    pays = break_even_pages(prices, on_cpu, tier, network, gpu) if on_cpu and tier.gpu_gib else None
    return {
        "tier": tier.name,
        "compute": tier.compute,
        "assumed": tier.assumed,
        "dollars": round(estimate.total, 4),
        "items": {name: round(dollars, 6) for name, dollars in estimate.items.items()},
        "idle_dollars_a_month": round(unused.total, 2),
        "idle_items": {name: round(dollars, 4) for name, dollars in unused.items.items()},
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
