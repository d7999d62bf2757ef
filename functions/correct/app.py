"""CorrectFunction: a batch of raw pages from the correct queue goes through the model together."""

from scanproof.correction.model_pool import ModelPool
from scanproof.workers.context import WorkerContext
from scanproof.workers.correct import CorrectWorker, parse_correct_record
from scanproof.workers.handler import make_handler

context = WorkerContext.create()
worker = CorrectWorker(context, ModelPool.from_environment())
handler = make_handler("correct", parse_correct_record, worker.process, worker.prepare, context.correct_queue)
