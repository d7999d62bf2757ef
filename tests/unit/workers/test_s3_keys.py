from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from scanproof.document import ObjectId
from scanproof.workers import s3_keys

KEYS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=1024).filter(
    lambda k: len(k.encode()) <= 1024
)
OBJECTS = st.builds(ObjectId, bucket=st.just("scans"), key=KEYS, version_id=st.text("abc123", min_size=1, max_size=32))


@given(OBJECTS, st.integers(1, 99))
def test_every_key_that_s3_takes_gets_a_results_key_that_s3_takes(of: ObjectId, attempt: int) -> None:
    assert len((s3_keys.results_prefix(of, attempt) + "document.raw.txt").encode()) <= s3_keys.S3_KEY_LIMIT_BYTES


@given(OBJECTS, OBJECTS, st.integers(1, 9), st.integers(1, 9))
def test_different_documents_and_attempts_never_share_a_place(a: ObjectId, b: ObjectId, m: int, n: int) -> None:
    if (a, m) != (b, n):
        assert s3_keys.pages_prefix(a, m) != s3_keys.pages_prefix(b, n)
        assert s3_keys.results_prefix(a, m) + "document.json" != s3_keys.results_prefix(b, n) + "document.json"


def test_people_find_results_under_the_scan_s_own_name() -> None:
    of = ObjectId(bucket="scans", key="incoming/a b.png", version_id="v1")
    assert s3_keys.results_prefix(of, 2) == "documents/incoming/a b.png/v1/2/"


def test_the_parts_of_an_id_cannot_run_into_each_other() -> None:
    one = ObjectId(bucket="a", key="b/c", version_id="v")
    two = ObjectId(bucket="a", key="b", version_id="cv")
    assert s3_keys.document_id(one) != s3_keys.document_id(two)
