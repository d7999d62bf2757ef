"""Evaluation of a function's batch answer."""

from __future__ import annotations

import pytest

from devstack.poller import MalformedAnswerError, failed_ids


@pytest.mark.parametrize("answer", [None, {}, {"batchItemFailures": []}, {"batchItemFailures": None}])
def test_empty_answer_means_success(answer: object) -> None:
    assert failed_ids(answer, ["a", "b"]) == set()


@pytest.mark.parametrize(
    "answer",
    [
        {"batchItemFailures": [{"itemIdentifier": ""}]},
        {"batchItemFailures": [{"itemIdentifier": None}]},
        {"batchItemFailures": [{"itemidentifier": "a"}]},
        {"batchItemFailures": [{"itemIdentifier": "c"}]},
        {"batchItemFailures": "a"},
        "done",
        7,
    ],
)
def test_malformed_answer_fails_batch(answer: object) -> None:
    with pytest.raises(MalformedAnswerError):
        failed_ids(answer, ["a", "b"])
