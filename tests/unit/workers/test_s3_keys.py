from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from scanproof.document import DocumentRef, ObjectId
from scanproof.workers import s3_keys

KEYS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=1024).filter(
    lambda k: len(k.encode()) <= 1024
)
OBJECTS = st.builds(ObjectId, bucket=st.just("scans"), key=KEYS, version_id=st.text("abc123", min_size=1, max_size=32))
DOCUMENTS = st.builds(DocumentRef, object_id=OBJECTS, attempt=st.integers(1, 99))


@given(DOCUMENTS)
def test_results_keys_fit_s3s_limit(document: DocumentRef) -> None:
    assert len((s3_keys.results_prefix(document) + "document.raw.txt").encode()) <= s3_keys.S3_KEY_LIMIT_BYTES


@given(DOCUMENTS, DOCUMENTS)
def test_documents_and_attempts_never_share_keys(one: DocumentRef, other: DocumentRef) -> None:
    if one != other:
        assert s3_keys.pages_prefix(one) != s3_keys.pages_prefix(other)
        assert s3_keys.results_prefix(one) + "document.json" != s3_keys.results_prefix(other) + "document.json"


def test_results_prefix_contains_the_scans_key() -> None:
    scan = ObjectId(bucket="scans", key="incoming/a b.png", version_id="v1")
    assert s3_keys.results_prefix(DocumentRef(object_id=scan, attempt=2)) == "documents/incoming/a b.png/v1/2/"


def test_document_id_separates_its_parts() -> None:
    one = ObjectId(bucket="a", key="b/c", version_id="v")
    two = ObjectId(bucket="a", key="b", version_id="cv")
    assert one.document_id != two.document_id
