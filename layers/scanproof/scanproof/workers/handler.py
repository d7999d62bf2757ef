"""Builds the Lambda handlers: batches with partial failures, idempotency, logs, metrics and traces."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Any, NamedTuple, Protocol, TypeVar, cast

from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.logging.utils import copy_config_to_registered_loggers
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.idempotency import (
    DynamoDBPersistenceLayer,
    IdempotencyConfig,
    idempotent_function,
)
from aws_lambda_powertools.utilities.typing import LambdaContext

from scanproof.correction.deadline import Deadline
from scanproof.settings import StackSettings

IDEMPOTENCY_SECONDS = 24 * 3600  # duplicates of S3 and SQS arrive within minutes; records catch later ones


class Metric(NamedTuple):
    """A CloudWatch metric value."""

    name: str
    value: float
    unit: str = "Count"


class Message(Protocol):
    """A message that belongs to a document."""

    @property
    def correlation_id(self) -> str:
        """The document's id."""

    @property
    def idempotency_key(self) -> str:
        """Equal for duplicates of the message, and for nothing else."""


class Outcome(Protocol):
    """The result of processing a message. It is logged, so it contains no recognised text."""

    @property
    def metrics(self) -> Iterable[Metric]:
        """Metrics of this message."""


M = TypeVar("M", bound=Message)
Handler = Callable[[dict[str, Any], LambdaContext], Any]
Prepare = Callable[[Sequence[dict[str, Any]], Deadline], None]
_Failure = tuple[type[BaseException] | None, BaseException | None, TracebackType | None]


def make_handler(
    service: str,
    parse: Callable[[SQSRecord], Sequence[M]],
    process: Callable[[M], Outcome],
    prepare: Prepare | None = None,
) -> Handler:
    """Returns a Lambda handler for batches of SQS messages.

    A record whose processing raises is reported as a batch item failure, so that SQS delivers it again; the others are
    done. Duplicates within a day are processed once (Powertools idempotency).

    Args:
        service: name of the function in logs.
        parse: returns a record's messages, none if it needs no work; raises ValueError for a foreign message.
        process: handles one message.
        prepare: called with all records of the batch before the first one is processed.
    """
    logger, metrics, tracer = Logger(), Metrics(), Tracer()
    logging.getLogger("scanproof")  # the library's own log entries get the function's format
    copy_config_to_registered_loggers(logger, include={"scanproof"})
    config = IdempotencyConfig(expires_after_seconds=IDEMPOTENCY_SECONDS)
    processor = _LoggingBatchProcessor(logger)

    @idempotent_function(  # type: ignore[untyped-decorator]
        data_keyword_argument="key",
        persistence_store=DynamoDBPersistenceLayer(table_name=StackSettings.from_environment().idempotency_table),
        config=config,
        key_prefix=f"{os.environ.get('AWS_LAMBDA_FUNCTION_NAME', service)}.app.once",  # stored keys: must not change
    )
    def process_message(*, key: str, message: M) -> None:
        outcome = process(message)
        logger.info(service, extra={"outcome": outcome})
        for metric in outcome.metrics:
            metrics.add_metric(metric.name, metric.unit, metric.value)

    @tracer.capture_method(capture_response=False)
    def record_handler(record: SQSRecord) -> None:
        for message in parse(record):
            with _correlated(message, logger, tracer):
                process_message(key=message.idempotency_key, message=message)

    @logger.inject_lambda_context
    @metrics.log_metrics(capture_cold_start_metric=True)
    @tracer.capture_lambda_handler(capture_response=False)
    def handler(event: dict[str, Any], context: LambdaContext) -> Any:  # noqa: ANN401 - Powertools' own type
        config.register_lambda_context(context)  # else a killed invocation would block its own retries
        if prepare is not None:
            prepare(event["Records"], Deadline.of_invocation(context.get_remaining_time_in_millis))
        return process_partial_response(event, record_handler, processor, context)

    return cast(Handler, handler)


@contextmanager
def _correlated(message: Message, logger: Logger, tracer: Tracer) -> Iterator[None]:
    """Adds the document id to every log entry and trace as ``correlation_id``.

    Each message contains what the id is computed from, so nothing has to be passed on through S3 and the queues.
    """
    tracer.put_annotation("correlation_id", message.correlation_id)
    logger.append_keys(correlation_id=message.correlation_id)
    try:
        yield
    finally:
        logger.remove_keys(["correlation_id"])


class _LoggingBatchProcessor(BatchProcessor):
    """Logs each record's exception, which Powertools' processor does not."""

    def __init__(self, logger: Logger) -> None:
        super().__init__(event_type=EventType.SQS, raise_on_entire_batch_failure=False)
        self._logger = logger

    def failure_handler(self, record: Any, exception: _Failure) -> Any:  # noqa: ANN401 - Powertools' own types
        self._logger.error("a message failed and will be retried", exc_info=exception[1])
        return super().failure_handler(record, exception)
