"""Presigned POST forms: what they allow, what S3 refuses of them, and what the API's function answers."""

from __future__ import annotations

import base64
import json
import urllib.error
import urllib.request
import uuid
from typing import Any

import pytest

from scanproof.settings import StackSettings
from scanproof.workers.objects import SCAN_LIMIT_BYTES
from scanproof.workers.upload_forms import UploadForms, folder_of, make_form_handler
from tests.unit.workers.conftest import Store
from tests.unit.workers.test_handler import CONTEXT


def handled(store: Store, body: object, subject: str = "alice", encoded: bool = False) -> tuple[int, dict[str, Any]]:
    forms = UploadForms(store.client("s3"), "scans", {"incoming/": {}})
    text = body if isinstance(body, str) else json.dumps(body)
    event = {
        "requestContext": {"authorizer": {"jwt": {"claims": {"sub": subject}}}},
        "body": base64.b64encode(text.encode()).decode() if encoded else text,
        "isBase64Encoded": encoded,
    }
    answer = make_form_handler(forms)(event, CONTEXT)
    return answer["statusCode"], json.loads(answer["body"])


def post(form: dict[str, Any], content: bytes) -> int:
    """What S3 answers to the form, as a browser sends it."""
    boundary = uuid.uuid4().hex
    fields = {**form["fields"], "Content-Type": "image/png"}
    parts = [f'--{boundary}\r\nContent-Disposition: form-data; name="{n}"\r\n\r\n{v}\r\n' for n, v in fields.items()]
    last = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\n'
    body = "".join([*parts, last]).encode() + content + f"\r\n--{boundary}--\r\n".encode()
    header = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
    try:
        with urllib.request.urlopen(urllib.request.Request(form["url"], body, header)) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


@pytest.mark.parametrize("encoded", [False, True])
def test_form_uploads_scan_with_options(store: Store, encoded: bool) -> None:
    request = {"name": "Rechnung März.png", "options": {"language": "de"}}
    status, form = handled(store, request, encoded=encoded)
    assert status == 201
    assert form["key"].startswith("incoming/alice/")
    assert form["key"].endswith("/Rechnung März.png")
    assert post(form, b"a scan") in (200, 201, 204)
    stored = store.client("s3").head_object(Bucket="scans", Key=form["key"])
    assert stored["Metadata"] == {"scanproof-language": "de"}


def test_signature_fixes_what_was_granted(store: Store) -> None:
    _, form = handled(store, {"name": "scan.png"})
    for changed in ({"key": "incoming/bob/scan.png"}, {"x-amz-meta-scanproof-corrector": "none"}):
        assert post({**form, "fields": {**form["fields"], **changed}}, b"x") == 403
    policy = json.loads(base64.b64decode(form["fields"]["policy"]))
    assert ["content-length-range", 1, SCAN_LIMIT_BYTES] in policy["conditions"]
    assert post(form, b"") == 400


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("no JSON", "invalid_request"),
        ("", "invalid_request"),
        ({"name": "../../lists/words"}, "invalid_request"),
        ({"name": "x" * 201}, "invalid_request"),
        ({"name": "scan.png", "key": "anywhere"}, "invalid_request"),
        ({"name": "scan.png", "options": {"langauge": "fr"}}, "unknown_option"),
        ({"name": "scan.png", "options": {"language": "??"}}, "invalid_option"),
    ],
)
def test_invalid_request_is_refused(store: Store, body: object, code: str) -> None:
    status, answer = handled(store, body)
    assert (status, answer["code"]) == (400, code)
    assert answer["next_step"]


def test_token_names_a_subject(store: Store) -> None:
    status, answer = handled(store, {"name": "scan.png"}, subject="")
    assert (status, answer["code"]) == (400, "token_without_subject")


def test_callers_never_share_a_folder() -> None:
    subjects = ["alice", "ALICE", "a/b", "a-b", "a b", "..", "", "sha256.", "auth0|123", "x" * 65]
    folders = [folder_of(subject) for subject in subjects]
    assert len({*folders}) == len(subjects)
    assert not any("/" in folder or folder.startswith(".") or not folder for folder in folders)


def test_deployed_names_create_forms(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_ACCESS_KEY_ID": "k",
        "AWS_SECRET_ACCESS_KEY": "s",
    }.items():
        monkeypatch.setenv(name, value)
    stack = StackSettings(results_bucket="r", documents_table="d", idempotency_table="i", scans_bucket="our-scans")
    [form] = [handled_with(UploadForms.create(stack))]
    assert form["url"] == "https://our-scans.s3.eu-central-1.amazonaws.com/"  # a global address would redirect the POST
    assert form["fields"]["x-amz-algorithm"] == "AWS4-HMAC-SHA256"


def handled_with(forms: UploadForms) -> dict[str, Any]:
    event = {"requestContext": {"authorizer": {"jwt": {"claims": {"sub": "a"}}}}, "body": '{"name": "scan.png"}'}
    answer: dict[str, Any] = json.loads(make_form_handler(forms)(event, CONTEXT)["body"])
    return answer
