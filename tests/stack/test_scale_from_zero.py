"""A GPU's function may have no instance when pages arrive, and is refused until one is up: for a quarter of an hour.

The clock is compressed: a refused batch is back at once, and each refusal stands for ten seconds of the queue's time.
"""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from PIL import Image

from benchmarks.flood import STAND_IN
from devstack.stack import LocalStack
from scanproof.cli.admin.stack_client import StackClient
from scanproof.cli.local_stack import access_to
from scanproof.workers.records import Status

FUNCTION = "scanproof-correct-gpu"
SECONDS_A_REFUSAL = 10
REFUSALS = 15 * 60 // SECONDS_A_REFUSAL
PAGES = 10  # one full batch, so that every refusal is one of every page


@pytest.mark.timeout(300)
def test_throttling_loses_no_page(tmp_path: Path) -> None:
    scan = tmp_path / "ten-pages.tiff"
    pages = [Image.new("L", (200, 100), 255 - number) for number in range(PAGES)]
    pages[0].save(scan, save_all=True, append_images=pages[1:])
    gpu = {"CorrectCompute": "gpu"}
    with LocalStack(
        tmp_path / "logs", None, parameters=gpu, max_concurrency=1, retry_seconds=0, code=STAND_IN
    ) as stack:
        client = access_to(stack).stack_client()
        stack.pause(FUNCTION)
        scan = client.upload(scan, "incoming/ten-pages.tiff", {})
        while message_count(client) < PAGES:
            time.sleep(0.1)
        stack.refuse_next_invocations(FUNCTION, REFUSALS)
        stack.resume(FUNCTION)
        while refusals(stack) < REFUSALS // 2:
            time.sleep(0.1)
        assert receive_count(stack, client) > REFUSALS // 2

        [(_, record)] = list(client.wait([scan], 120))
        stack.wait_idle()

        assert refusals(stack) == REFUSALS
        assert record.status is Status.PUBLISHED
        assert record.pages_done == set(range(1, PAGES + 1))
        for url in client.outputs.dead_letter_urls.values():
            answer = client.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])
            assert answer["Attributes"]["ApproximateNumberOfMessages"] == "0"


def refusals(stack: LocalStack) -> int:
    return sum(record.function == FUNCTION and record.status == "refused" for record in stack.invocations)


def message_count(client: StackClient) -> int:
    url = client.outputs.queue_urls["correct"]
    answer = client.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])
    return int(answer["Attributes"]["ApproximateNumberOfMessages"])


def receive_count(stack: LocalStack, client: StackClient) -> int:
    """How often SQS says that a page was received; the look itself counts, too."""
    stack.pause(FUNCTION)
    url = client.outputs.queue_urls["correct"]
    while True:
        answer = client.sqs.receive_message(
            QueueUrl=url, VisibilityTimeout=0, AttributeNames=["ApproximateReceiveCount"]
        )
        if answer.get("Messages"):
            stack.resume(FUNCTION)
            return int(answer["Messages"][0]["Attributes"]["ApproximateReceiveCount"])
