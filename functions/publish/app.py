"""PublishFunction: complete documents become result files, a published record and an event."""

from scanproof.workers.context import WorkerContext
from scanproof.workers.handler import make_handler
from scanproof.workers.publish import PublishWorker, parse_publish_record

context = WorkerContext.create()
worker = PublishWorker(context)
handler = make_handler("publish", parse_publish_record, worker.process, queue=context.publish_queue)
