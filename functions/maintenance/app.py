"""MaintenanceFunction: a schedule's events; ends what the other functions could not, and sends events that are late."""

from scanproof.workers.context import WorkerContext
from scanproof.workers.handler import make_handler
from scanproof.workers.maintenance import MaintenanceWorker, parse_maintenance_record

worker = MaintenanceWorker(WorkerContext.create())
handler = make_handler("maintenance", parse_maintenance_record, worker.process, prepare=worker.prepare)
