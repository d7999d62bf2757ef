"""OcrFunction: uploads and page ranges from the ocr queue become raw pages on the correct queue."""

from scanproof.workers.context import WorkerContext
from scanproof.workers.engines import create_engines
from scanproof.workers.handler import make_handler
from scanproof.workers.ocr import OcrWorker
from scanproof.workers.upload_events import parse_ocr_record

context = WorkerContext.create()
worker = OcrWorker(context, create_engines())
handler = make_handler("ocr", parse_ocr_record, worker.process, prepare=worker.prepare, queue=context.ocr_queue)
