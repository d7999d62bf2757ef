"""One id through all queues: what a document's every invocation logs and traces can be found by it.

It is the document's id, which each message can work out for itself: nothing has to be handed on, and nothing is lost
on the way from S3, which passes no trace on. The published results and events name it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from aws_lambda_powertools import Logger, Tracer


class Correlated(Protocol):
    """A message that belongs to a document."""

    @property
    def correlation_id(self) -> str:
        """The document's id."""


@contextmanager
def correlated(message: Correlated, logger: Logger, tracer: Tracer) -> Iterator[None]:
    """Within it, log entries carry ``correlation_id``, and the trace is annotated with it."""
    tracer.put_annotation("correlation_id", message.correlation_id)
    logger.append_keys(correlation_id=message.correlation_id)
    try:
        yield
    finally:
        logger.remove_keys(["correlation_id"])
