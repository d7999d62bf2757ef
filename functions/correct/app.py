"""CorrectFunction: a batch of raw pages from the correct queue goes through the model at once."""

import logging
from typing import Any

from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.logging.utils import copy_config_to_registered_loggers
from aws_lambda_powertools.utilities.batch import process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from scanproof.correction.model_pool import ModelPool
from scanproof.workers.batch import LoggingBatchProcessor
from scanproof.workers.context import WorkerContext
from scanproof.workers.correct import CorrectWorker
from scanproof.workers.correlation import correlated
from scanproof.workers.deliveries import Delivery, deliveries_in, delivery_of
from scanproof.workers.idempotency import CONFIG, idempotent_by_key

logger, metrics, tracer = Logger(), Metrics(), Tracer()
logging.getLogger("scanproof")  # the library's own entries, such as the device it runs on, in the function's form
copy_config_to_registered_loggers(logger, include={"scanproof"})
processor = LoggingBatchProcessor(logger)
step = CorrectWorker(WorkerContext.from_environment(), ModelPool.from_environment())


@idempotent_by_key
def once(*, key: str, delivery: Delivery) -> None:
    outcome = step.run(delivery)
    logger.info("correct", extra={"outcome": outcome})
    for metric, count in outcome.counts.items():
        metrics.add_metric(metric, "Count", count)


@tracer.capture_method(capture_response=False)
def on_record(record: SQSRecord) -> None:
    delivery = delivery_of(record)
    with correlated(delivery.message, logger, tracer):
        once(key=delivery.message.idempotency_key, delivery=delivery)


@logger.inject_lambda_context
@metrics.log_metrics(capture_cold_start_metric=True)
@tracer.capture_lambda_handler(capture_response=False)
def handler(event: dict[str, Any], context: LambdaContext) -> Any:
    CONFIG.register_lambda_context(context)  # else a killed invocation would block its own retries
    step.prepare(deliveries_in(event))
    return process_partial_response(event, on_record, processor, context)
