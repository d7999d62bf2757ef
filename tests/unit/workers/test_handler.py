"""The Lambda handlers that the factory builds: partial failures, duplicates, logs, metrics."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from scanproof.errors import OutOfTimeError
from scanproof.workers.handler import Handler, Metric, make_handler
from scanproof.workers.queues import Queue, Retry, retry_seconds
from tests.unit.workers.conftest import Store

CONTEXT: Any = SimpleNamespace(
    function_name="scanproof-probe",
    memory_limit_in_mb=512,
    aws_request_id="1",
    invoked_function_arn="arn:aws:lambda:us-east-1:000000000000:function:scanproof-probe",
    get_remaining_time_in_millis=lambda: 60_000,
)

# A batch without any outcome has no metrics, of which Powertools warns.
pytestmark = pytest.mark.filterwarnings("ignore:No application metrics to publish")


@dataclass(frozen=True)
class Probe:
    """A message that says how its processing ends."""

    name: str
    correlation_id: str = "document-1"

    @property
    def idempotency_key(self) -> str:
        return self.name


@dataclass
class Probed:
    """Processes probes."""

    processed: list[str] = field(default_factory=list)
    prepared: int = 0
    broken: bool = False
    queue: Scheduled = field(default_factory=lambda: Scheduled())

    def handler(self) -> Handler:
        return make_handler("probe", self.parse, self.process, self.prepare, self.queue)

    def parse(self, record: SQSRecord) -> list[Probe]:
        names = json.loads(record.body)
        if not isinstance(names, list):
            raise ValueError("foreign")
        return [Probe(name) for name in names]

    def process(self, message: Probe) -> Any:
        self.processed.append(message.name)
        if message.name.startswith("fails"):
            raise RuntimeError("it fails")
        if message.name.startswith("late"):
            raise OutOfTimeError("it is late")
        return SimpleNamespace(metrics=[Metric("PagesPublished", 2)])

    def prepare(self, records: Any, deadline: Any) -> None:
        assert 50 < deadline.seconds_left() < 60  # a tenth of the context's minute is kept
        self.prepared += len(records)
        if self.broken:
            raise RuntimeError("the batch fails")


class Scheduled(Queue):
    """Remembers the retries that are asked of it."""

    def __init__(self) -> None:
        self.retries: list[Retry] = []

    def retry(self, retries: Sequence[Retry]) -> None:
        self.retries += retries


@pytest.fixture
def environment(store: Store, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    credentials = store.session.get_credentials()
    assert credentials is not None
    for name, value in {
        "RESULTS_BUCKET": "results",
        "DOCUMENTS_TABLE": "documents",
        "IDEMPOTENCY_TABLE": "idempotency",
        "AWS_ENDPOINT_URL": store.endpoint_url,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": str(credentials.access_key),
        "AWS_SECRET_ACCESS_KEY": str(credentials.secret_key),
        "AWS_LAMBDA_FUNCTION_NAME": "scanproof-probe",
        "POWERTOOLS_METRICS_NAMESPACE": "test",
        "POWERTOOLS_SERVICE_NAME": request.node.name,  # loggers are shared by service, and keep their stream
        "POWERTOOLS_TRACE_DISABLED": "true",
    }.items():
        monkeypatch.setenv(name, value)


def invoke(handler: Handler, *bodies: Any) -> list[str]:
    """Returns the ids of the records that failed. Record ``n`` was received ``n + 1`` times."""
    records = [
        {
            "messageId": str(number),
            "receiptHandle": f"receipt-{number}",
            "body": json.dumps(body),
            "eventSource": "aws:sqs",
            "attributes": {"ApproximateReceiveCount": str(number + 1)},
        }
        for number, body in enumerate(bodies)
    ]
    return [failure["itemIdentifier"] for failure in handler({"Records": records}, CONTEXT)["batchItemFailures"]]


@pytest.mark.usefixtures("environment")
def test_failed_records_are_reported() -> None:
    probed = Probed()
    handler = probed.handler()
    assert invoke(handler, ["a1"], ["fails-1"], "foreign", [], ["a2", "a3"]) == ["1", "2"]
    assert probed.processed == ["a1", "fails-1", "a2", "a3"]
    assert probed.prepared == 5


@pytest.mark.usefixtures("environment")
def test_duplicates_are_processed_once() -> None:
    probed = Probed()
    handler = probed.handler()
    assert invoke(handler, ["b1"], ["b1"], ["fails-2"]) == ["2"]
    assert invoke(handler, ["b1"], ["fails-2"]) == ["1"]  # what failed is tried again
    assert probed.processed == ["b1", "fails-2", "fails-2"]


@pytest.mark.usefixtures("environment")
def test_stored_idempotency_keys_stay(store: Store) -> None:
    """Earlier releases stored keys under this prefix: a duplicate that arrives after an update is recognised."""
    invoke(Probed().handler(), ["c1"])
    items = store.client("dynamodb").scan(TableName="idempotency")["Items"]
    assert all(item["id"]["S"].startswith("scanproof-probe.app.once#") for item in items)
    assert items


@pytest.mark.usefixtures("environment")
def test_logs_and_metrics_carry_the_document(capsys: pytest.CaptureFixture[str]) -> None:
    invoke(Probed().handler(), ["d1"], ["fails-3"])
    rows = [json.loads(row) for row in capsys.readouterr().out.splitlines() if row.startswith("{")]
    assert any(row.get("PagesPublished") == [2.0] for row in rows)
    entries = [row for row in rows if row.get("message") in ("probe", "a message failed and will be retried")]
    assert [entry["level"] for entry in entries] == ["INFO", "ERROR"]
    assert entries[0]["correlation_id"] == "document-1"


def metric(output: str, name: str) -> list[float]:
    rows = [json.loads(row) for row in output.splitlines() if row.startswith("{")]
    return [value for row in rows for value in row.get(name, [])]


@pytest.mark.usefixtures("environment")
def test_failures_are_counted_and_delayed(capsys: pytest.CaptureFixture[str]) -> None:
    probed = Probed()
    assert invoke(probed.handler(), ["fails-4"], ["e1"], "foreign") == ["0", "2"]
    assert metric(capsys.readouterr().out, "FailedMessages") == [2.0]
    assert probed.queue.retries == [Retry("receipt-0", 30), Retry("receipt-2", 480)]


@pytest.mark.usefixtures("environment")
def test_lack_of_time_is_no_failure(capsys: pytest.CaptureFixture[str]) -> None:
    probed = Probed()
    assert invoke(probed.handler(), ["f1"], ["late-1"]) == ["1"]
    output = capsys.readouterr().out
    assert metric(output, "FailedMessages") == []
    assert '"level":"ERROR"' not in output
    assert probed.queue.retries == [Retry("receipt-1", 0)]


@pytest.mark.usefixtures("environment")
def test_broken_batch_fails_every_record(capsys: pytest.CaptureFixture[str]) -> None:
    probed = Probed(broken=True)
    assert invoke(probed.handler(), ["g1"], ["g2"]) == ["0", "1"]
    assert metric(capsys.readouterr().out, "FailedMessages") == [2.0]
    assert [retry.seconds for retry in probed.queue.retries] == [30, 120]
    assert probed.processed == []


def test_retry_delay_grows_to_limit() -> None:
    # 100: as often as a page may be received while the instances of a GPU come up.
    assert [retry_seconds(receives) for receives in (1, 2, 3, 4, 5, 100)] == [30, 120, 480, 900, 900, 900]


def test_retried_message_comes_back(store: Store) -> None:
    sqs, url = store.client("sqs"), store.queue_urls["publish"]
    sqs.send_message(QueueUrl=url, MessageBody="{}")
    [received] = sqs.receive_message(QueueUrl=url, VisibilityTimeout=600)["Messages"]
    assert "Messages" not in sqs.receive_message(QueueUrl=url)
    expired = Retry("expired", 0)  # does not stand in the way of the others
    Queue(sqs, url).retry([expired, Retry(received["ReceiptHandle"], 0)])
    assert len(store.receive("publish")) == 1
