"""The web page of the local stack: who may use it, and what it hands out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from starlette.testclient import TestClient

from devstack.web import app as app_module
from devstack.web.app import make_app
from devstack.web.stack_threads import StackThreads
from devstack.web.views import document_view, record_view
from scanproof.cli.admin.text_search import Found
from scanproof.document import ObjectId
from scanproof.workers.record import Reason, Record, Status
from tests.builders import document, edit, line, page

HOST = "127.0.0.1:8000"
OWN = {"host": HOST, "origin": f"http://{HOST}", "sec-fetch-site": "same-origin"}
HOSTILE = "incoming/<img src=x onerror=alert(1)>\u202e\x1b[31m'\"&.png"
RECORD = Record(
    bucket="scans",
    key=HOSTILE,
    version_id="v1",
    attempt=2,
    status=Status.PUBLISHED,
    updated_at="2026-11-28T00:00:00.000+00:00",
    results_prefix="documents/1/",
    published_attempt=1,
    pages_total=1,
    pages_done=frozenset({1}),
    reason=Reason(code="scan_gone", message="The scan was deleted.", next_step="Upload it again."),
)


class FakeStack:
    """Stands in for a client."""

    def __init__(self) -> None:
        self.uploads: list[tuple[str, bytes, dict[str, str]]] = []
        self.records = SimpleNamespace(get=lambda scan: RECORD if scan == RECORD.object_id else None)

    def upload(self, path: Path, key: str, options: dict[str, str]) -> ObjectId:
        self.uploads.append((key, path.read_bytes(), options))
        return ObjectId(bucket="scans", key=key, version_id="v1")

    def caller(self) -> str:
        return "arn:aws:iam::000000000000:root"

    def links(self, _record: Record) -> dict[str, str]:
        return {"review.html": "http://127.0.0.1:1/signed"}

    def result(self, _record: Record, _name: str) -> bytes:
        return document(page(1, line("<b>bold</b>"))).model_dump_json().encode()


@pytest.fixture
def stack() -> FakeStack:
    return FakeStack()


@pytest.fixture
def web(stack: FakeStack, tmp_path: Path) -> Iterator[TestClient]:
    threads = StackThreads(lambda: stack)  # type: ignore[arg-type, return-value]
    with TestClient(make_app(threads, tmp_path / "copy"), base_url=f"http://{HOST}", follow_redirects=False) as client:
        yield client


def scan_query(record: Record = RECORD) -> dict[str, Any]:
    return record.object_id.model_dump()


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:9999"},  # another program's page on this machine
        {"origin": f"https://{HOST}"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"host": "evil.example", "origin": "http://evil.example"},  # DNS rebinding
        {"host": "", "origin": "http://"},
    ],
)
@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/scans?name=a.png"), ("POST", "/corrections"), ("GET", "/search")]
)
def test_other_sites_are_refused(
    web: TestClient, stack: FakeStack, method: str, path: str, headers: dict[str, str]
) -> None:
    answer = web.request(method, path, headers={**OWN, **headers}, content=b"scan" if method == "POST" else None)
    assert answer.status_code == (400 if "host" in headers else 403)
    assert stack.uploads == []


def test_post_without_origin_is_refused(web: TestClient, stack: FakeStack) -> None:
    assert web.post("/scans?name=a.png", content=b"scan").status_code == 403
    assert stack.uploads == []


def test_page_opens_from_anywhere(web: TestClient) -> None:
    answer = web.get("/", headers={"sec-fetch-site": "cross-site"})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")


@pytest.mark.parametrize("path", ["/", "/script.js", "/style.css", "/missing", "/search?text="])
def test_every_answer_is_locked_down(web: TestClient, path: str) -> None:
    headers = web.get(path).headers
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'")
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert "access-control-allow-origin" not in headers


def test_assets_load_nothing_else() -> None:
    folder = Path(app_module.__file__).parent / "assets"
    for path in folder.iterdir():
        text = path.read_text(encoding="utf-8")
        assert "://" not in text
        assert "innerHTML" not in text
        assert " style=" not in text
        assert "onclick=" not in text


def test_upload_is_the_commands(web: TestClient, stack: FakeStack) -> None:
    answer = web.post("/scans", params={"name": "März.png", "language": "fr"}, headers=OWN, content=b"scan")
    assert answer.status_code == 201
    [(key, content, options)] = stack.uploads
    assert (key, content, options["language"]) == ("incoming/März.png", b"scan", "fr")
    assert {"json", "pdf", "review"} <= set(options["outputs"].split(","))


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"name": ""}, "invalid_key"),
        ({"name": "x" * 1100}, "invalid_key"),
        ({"name": "a.png", "language": "martian!"}, "invalid_option"),
        ({"name": "a.png", "profile": "secret"}, "invalid_option"),
    ],
)
def test_bad_upload_is_explained(web: TestClient, stack: FakeStack, query: dict[str, str], code: str) -> None:
    answer = web.post("/scans", params=query, headers=OWN, content=b"scan")
    assert answer.status_code == 400
    assert answer.json()["next_step"]
    assert (answer.json()["code"], stack.uploads) == (code, [])


def test_too_large_upload_is_refused(stack: FakeStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app_module, "SCAN_LIMIT_BYTES", 10)
    threads = StackThreads(lambda: stack)  # type: ignore[arg-type, return-value]
    with TestClient(make_app(threads, tmp_path / "copy"), base_url=f"http://{HOST}") as client:
        answer = client.post("/scans", params={"name": "a"}, headers=OWN, content=b"x" * 11)
    assert (answer.status_code, stack.uploads) == (413, [])


def test_document_is_plain_data(web: TestClient) -> None:
    shown = web.get("/document", params=scan_query()).json()
    assert shown["pages"][0]["lines"] == [[{"text": "<b>bold</b>"}]]
    assert shown["files"] == ["review.html"]


def test_files_open_by_signed_links(web: TestClient) -> None:
    answer = web.get("/open", params={**scan_query(), "file": "review.html"})
    assert (answer.status_code, answer.headers["location"]) == (303, "http://127.0.0.1:1/signed")
    assert web.get("/open", params={**scan_query(), "file": "../secret"}).json()["code"] == "no_file"


@pytest.mark.parametrize("query", [{}, {"bucket": "scans"}, {"bucket": "b", "key": "k", "version_id": "v"}])
def test_unknown_documents_are_explained(web: TestClient, query: dict[str, str]) -> None:
    answer = web.get("/document", params=query)
    assert answer.status_code == 400
    assert answer.json()["message"]


def test_search_hands_on_the_form(web: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    class Search:
        def __init__(self, *_: object) -> None: ...

        def find(self, query: object, _limit: int) -> list[Found]:
            asked.append(query)
            return [Found(RECORD, "a \x02hit\x03")]

    monkeypatch.setattr(app_module, "TextSearch", Search)
    [row] = web.get("/search", params={"text": " a ", "vendor": "", "total_from": "1.5", "needs_review": "on"}).json()
    assert (row["scan"]["key"], row["snippet"]) == (HOSTILE, "a \x02hit\x03")
    assert (asked[0].text, str(asked[0].total_from), asked[0].needs_review) == ("a", "1.5", True)  # type: ignore[attr-defined]


@pytest.mark.parametrize("query", [{}, {"text": "  "}, {"total_from": "much"}])
def test_empty_search_is_explained(web: TestClient, query: dict[str, str]) -> None:
    assert web.get("/search", params=query).status_code == 400


def test_corrections_of_nothing_are_refused(web: TestClient) -> None:
    answer = web.post("/corrections", headers=OWN, content=b"{}")
    assert (answer.status_code, answer.json()["code"]) == (400, "corrections_invalid")


def test_failed_attempt_keeps_its_reason() -> None:
    view = record_view(RECORD)
    assert (view["status"], view["hasResult"], view["publishedAttempt"]) == ("failed", True, 1)
    assert view["reason"] == "The scan was deleted. Upload it again."


def test_changed_words_are_told_apart() -> None:
    changed = line("Inv0ice No", edit("Inv0ice No", 3, 4, "o"), text="Invoice No")
    [[first, second]] = document_view(document(page(1, changed)), [])["pages"][0]["lines"]
    assert first == {"raw": "Inv0ice", "corrected": "Invoice"}
    assert second == {"text": " No"}
