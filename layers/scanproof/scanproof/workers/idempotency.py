"""The idempotency store that all functions share: what was done once is not done again for a duplicate message."""

from __future__ import annotations

import os
from functools import partial

from aws_lambda_powertools.utilities.idempotency import (
    DynamoDBPersistenceLayer,
    IdempotencyConfig,
    idempotent_function,
)

REMEMBERED_SECONDS = 24 * 3600  # S3's and SQS's duplicates come within minutes; later ones are caught by the records

CONFIG = IdempotencyConfig(expires_after_seconds=REMEMBERED_SECONDS)

# For functions with a keyword argument ``key`` that is equal for duplicates, and for nothing else.
idempotent_by_key = partial(
    idempotent_function,
    data_keyword_argument="key",
    persistence_store=DynamoDBPersistenceLayer(table_name=os.environ["IDEMPOTENCY_TABLE"]),
    config=CONFIG,
)
