"""Result files of any size, in the emulator."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from scanproof.workers import result_upload
from scanproof.workers.result_upload import ResultUpload
from tests.unit.workers.conftest import Store


@pytest.mark.parametrize("chunks", [0, 1, 9, 10, 11, 25, 30])
def test_file_has_head_chunks_and_tail(store: Store, monkeypatch: pytest.MonkeyPatch, chunks: int) -> None:
    monkeypatch.setattr(result_upload, "PART_BYTES", 100)
    key = f"documents/upload-{chunks}"
    file = ResultUpload(store.client("s3"), "results", key, "application/json")
    content = [f"{number:010d}".encode() for number in range(chunks)]
    for chunk in content:
        file.write(chunk)
    file.close(b"head", b"tail")
    answer = store.client("s3").get_object(Bucket="results", Key=key)
    assert answer["Body"].read() == b"head" + b"".join(content) + b"tail"
    assert answer["ContentType"] == "application/json"


def test_unfinished_file_does_not_appear(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(result_upload, "PART_BYTES", 100)
    file = ResultUpload(store.client("s3"), "results", "documents/unfinished", "text/plain")
    for _ in range(5):
        file.write(b"a" * 100)
    with pytest.raises(ClientError, match="NoSuchKey"):
        store.client("s3").get_object(Bucket="results", Key="documents/unfinished")
