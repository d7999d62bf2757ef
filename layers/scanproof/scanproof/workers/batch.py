"""Batches from SQS with partial failures: what failed is logged and retried, the rest is done."""

from __future__ import annotations

from types import TracebackType
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType

Failure = tuple[type[BaseException] | None, BaseException | None, TracebackType | None]


class LoggingBatchProcessor(BatchProcessor):
    """Powertools' processor keeps a record's exception to itself; operators need to see it."""

    def __init__(self, logger: Logger) -> None:
        super().__init__(event_type=EventType.SQS, raise_on_entire_batch_failure=False)
        self._logger = logger

    def failure_handler(self, record: Any, exception: Failure) -> Any:  # noqa: ANN401 - Powertools' own types
        """Logs where and why; our models keep their contents out of their errors."""
        self._logger.error("a message failed and will be retried", exc_info=exception[1])
        return super().failure_handler(record, exception)
