"""OcrFunction: uploads and page ranges from the ocr queue become raw pages on the correct queue."""

from typing import Any

from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.utilities.batch import process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from scanproof.workers.batch import LoggingBatchProcessor
from scanproof.workers.context import WorkerContext
from scanproof.workers.correlation import correlated
from scanproof.workers.engines import engines_from_environment
from scanproof.workers.idempotency import CONFIG, idempotent_by_key
from scanproof.workers.messages import PageRange, Upload
from scanproof.workers.ocr import OcrWorker
from scanproof.workers.upload_events import parse_ocr_record

logger, metrics, tracer = Logger(), Metrics(), Tracer()
processor = LoggingBatchProcessor(logger)
step = OcrWorker(WorkerContext.from_environment(), engines_from_environment())


@idempotent_by_key
def once(*, key: str, task: Upload | PageRange) -> None:
    outcome = step.run(task)
    logger.info("ocr", extra={"outcome": outcome})
    for metric, count in outcome.counts.items():
        metrics.add_metric(metric, "Count", count)


@tracer.capture_method(capture_response=False)
def on_record(record: SQSRecord) -> None:
    for task in parse_ocr_record(record):
        with correlated(task, logger, tracer):
            once(key=task.idempotency_key, task=task)


@logger.inject_lambda_context
@metrics.log_metrics(capture_cold_start_metric=True)
@tracer.capture_lambda_handler(capture_response=False)
def handler(event: dict[str, Any], context: LambdaContext) -> Any:
    CONFIG.register_lambda_context(context)  # else a killed invocation would block its own retries
    return process_partial_response(event, on_record, processor, context)
