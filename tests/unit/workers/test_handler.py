"""The Lambda handlers that the factory builds: partial failures, duplicates, logs, metrics."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from scanproof.workers.handler import Handler, Metric, make_handler
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

    def parse(self, record: SQSRecord) -> list[Probe]:
        names = json.loads(record.body)
        if not isinstance(names, list):
            raise ValueError("foreign")
        return [Probe(name) for name in names]

    def process(self, message: Probe) -> Any:
        self.processed.append(message.name)
        if message.name.startswith("fails"):
            raise RuntimeError("it fails")
        return SimpleNamespace(metrics=[Metric("PagesPublished", 2)])

    def prepare(self, records: Any, deadline: Any) -> None:
        self.prepared += len(records)
        assert 0 < deadline.seconds_left() < 60


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
    """Returns the ids of the records that failed."""
    records = [
        {"messageId": str(number), "body": json.dumps(body), "eventSource": "aws:sqs", "attributes": {}}
        for number, body in enumerate(bodies)
    ]
    return [failure["itemIdentifier"] for failure in handler({"Records": records}, CONTEXT)["batchItemFailures"]]


@pytest.mark.usefixtures("environment")
def test_failed_records_are_reported() -> None:
    probed = Probed()
    handler = make_handler("probe", probed.parse, probed.process, probed.prepare)
    assert invoke(handler, ["a1"], ["fails-1"], "foreign", [], ["a2", "a3"]) == ["1", "2"]
    assert probed.processed == ["a1", "fails-1", "a2", "a3"]
    assert probed.prepared == 5


@pytest.mark.usefixtures("environment")
def test_duplicates_are_processed_once() -> None:
    probed = Probed()
    handler = make_handler("probe", probed.parse, probed.process)
    assert invoke(handler, ["b1"], ["b1"], ["fails-2"]) == ["2"]
    assert invoke(handler, ["b1"], ["fails-2"]) == ["1"]  # what failed is tried again
    assert probed.processed == ["b1", "fails-2", "fails-2"]


@pytest.mark.usefixtures("environment")
def test_stored_idempotency_keys_stay(store: Store) -> None:
    """Earlier releases stored keys under this prefix: a duplicate that arrives after an update is recognised."""
    invoke(make_handler("probe", Probed().parse, Probed().process), ["c1"])
    items = store.client("dynamodb").scan(TableName="idempotency")["Items"]
    assert all(item["id"]["S"].startswith("scanproof-probe.app.once#") for item in items)
    assert items


@pytest.mark.usefixtures("environment")
def test_logs_and_metrics_carry_the_document(capsys: pytest.CaptureFixture[str]) -> None:
    invoke(make_handler("probe", Probed().parse, Probed().process), ["d1"], ["fails-3"])
    rows = [json.loads(row) for row in capsys.readouterr().out.splitlines() if row.startswith("{")]
    assert any(row.get("PagesPublished") == [2.0] for row in rows)
    entries = [row for row in rows if row.get("message") in ("probe", "a message failed and will be retried")]
    assert [entry["level"] for entry in entries] == ["INFO", "ERROR"]
    assert entries[0]["correlation_id"] == "document-1"
