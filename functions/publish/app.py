"""PublishFunction: complete documents become result files, a published record and an event."""

from typing import Any

from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.utilities.batch import process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from scanproof.workers.batch import LoggingBatchProcessor
from scanproof.workers.context import WorkerContext
from scanproof.workers.correlation import correlated
from scanproof.workers.idempotency import CONFIG, idempotent_by_key
from scanproof.workers.messages import PublishDocument
from scanproof.workers.publish import PublishWorker

logger, metrics, tracer = Logger(), Metrics(), Tracer()
processor = LoggingBatchProcessor(logger)
step = PublishWorker(WorkerContext.from_environment())


@idempotent_by_key
def once(*, key: str, message: PublishDocument) -> None:
    outcome = step.run(message)
    logger.info("publish", extra={"outcome": outcome})
    for metric, count in outcome.counts.items():
        metrics.add_metric(metric, "Count", count)
    if outcome.seconds is not None:
        metrics.add_metric("SecondsToPublish", "Seconds", outcome.seconds)


@tracer.capture_method(capture_response=False)
def on_record(record: SQSRecord) -> None:
    message = PublishDocument.model_validate_json(record.body)
    with correlated(message, logger, tracer):
        once(key=message.idempotency_key, message=message)


@logger.inject_lambda_context
@metrics.log_metrics(capture_cold_start_metric=True)
@tracer.capture_lambda_handler(capture_response=False)
def handler(event: dict[str, Any], context: LambdaContext) -> Any:
    CONFIG.register_lambda_context(context)  # else a killed invocation would block its own retries
    return process_partial_response(event, on_record, processor, context)
