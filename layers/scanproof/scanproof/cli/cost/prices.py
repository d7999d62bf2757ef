"""Loads the shipped, dated prices and the user's own over them."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path

from pydantic import BaseModel, ConfigDict, NonNegativeFloat, ValidationError

from scanproof.errors import PermanentError

SHIPPED = Path(__file__).with_name("prices.toml")


class Prices(BaseModel):
    """US dollars; ``prices.toml`` explains each."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    dated: date
    region: str
    lambda_gb_second: NonNegativeFloat
    lambda_request: NonNegativeFloat
    sqs_request: NonNegativeFloat
    s3_put: NonNegativeFloat
    s3_get: NonNegativeFloat
    dynamodb_write: NonNegativeFloat
    dynamodb_read: NonNegativeFloat
    event: NonNegativeFloat
    log_gb: NonNegativeFloat
    trace: NonNegativeFloat
    key_request: NonNegativeFloat
    key_month: NonNegativeFloat
    alarm_metric_month: NonNegativeFloat
    custom_metric_month: NonNegativeFloat
    image_gb_month: NonNegativeFloat
    dashboard_month: NonNegativeFloat
    endpoint_hour: NonNegativeFloat
    nat_hour: NonNegativeFloat
    public_address_hour: NonNegativeFloat
    managed_instance_fee: NonNegativeFloat
    gpu_instance_hour: dict[int, NonNegativeFloat]
    textract: dict[str, NonNegativeFloat]


def load_prices(own: Path | None = None) -> Prices:
    """Loads the shipped prices, replaced where ``own`` names others.

    Raises:
        PermanentError: ``invalid_prices``.
    """
    prices = tomllib.loads(SHIPPED.read_text(encoding="utf-8"))
    try:
        if own:
            prices |= tomllib.loads(own.read_text(encoding="utf-8"))
        return Prices.model_validate(prices)
    except (tomllib.TOMLDecodeError, ValidationError) as error:
        raise PermanentError(
            "invalid_prices",
            f"{own} is not a valid file of prices: {error}",
            f"Write it like {SHIPPED.name}, with only the prices that differ.",
        ) from error
