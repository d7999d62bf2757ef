"""PublishFunction: complete documents and reviewers' corrections become result files, a published record, an event."""

from scanproof.workers.context import WorkerContext
from scanproof.workers.corrections import CorrectionsApplied, CorrectionsWorker
from scanproof.workers.handler import make_handler
from scanproof.workers.messages import CorrectionsUpload, PublishDocument
from scanproof.workers.publish import PublishOutcome, PublishWorker, parse_publish_record

context = WorkerContext.create()
worker, corrections = PublishWorker(context), CorrectionsWorker(context)


def process(message: PublishDocument | CorrectionsUpload) -> PublishOutcome | CorrectionsApplied:
    """Publishes a document, or applies corrections to one."""
    return corrections.process(message) if isinstance(message, CorrectionsUpload) else worker.process(message)


handler = make_handler("publish", parse_publish_record, process, queue=context.publish_queue)
