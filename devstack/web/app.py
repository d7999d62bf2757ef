"""The page's requests: each does what a command does, with that command's own code."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal, InvalidOperation
from functools import partial
from http import HTTPStatus
from importlib.resources import files
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from devstack.web.origin import HOSTS, SameOriginOnly
from devstack.web.stack_threads import StackThreads
from devstack.web.views import document_view, found_view, record_view
from scanproof.cli.admin.reviewed import publish_reviewed
from scanproof.cli.admin.stack_client import StackClient
from scanproof.cli.admin.text_search import TextSearch
from scanproof.cli.failures import failure_of
from scanproof.cli.upload_options import checked_key, metadata_of, requested_options
from scanproof.document import ObjectId, parse_document
from scanproof.errors import PermanentError, ScanproofError
from scanproof.options import DEFAULT_OUTPUTS, Output
from scanproof.output.files import FILE_NAMES
from scanproof.workers.objects import SCAN_LIMIT_BYTES
from scanproof.workers.record import Record
from scanproof.workers.search.query import SearchQuery

PREFIX = "incoming/"
LISTED = 50  # documents in the live list
FOUND = 50  # hits of a search
APPLY_SECONDS = 60.0  # in which a review is published, of a long document too
POLL_SECONDS = 0.7  # four queries each time, of an emulator on the same machine
_OUTPUTS = ",".join(sorted(output.value for output in {*DEFAULT_OUTPUTS, Output.PDF, Output.REVIEW}))
_ASSETS = {"/": ("index.html", "text/html"), "/style.css": ("style.css", "text/css")}
_ASSETS["/script.js"] = ("script.js", "text/javascript")


class Page:
    """The endpoints, for one stack.

    Args:
        threads: of the stack.
        search_copy: where the copy of the search index lies.
    """

    def __init__(self, threads: StackThreads, search_copy: Path) -> None:
        self._threads = threads
        self._search_copy = search_copy

    async def upload(self, request: Request) -> Response:
        """Uploads the body as a scan; its name and options are in the query."""
        options = {name: value for name in ("language", "profile") if (value := request.query_params.get(name))}
        metadata = metadata_of(requested_options([f"outputs={_OUTPUTS}"], options))
        name = request.query_params.get("name", "")
        if not name:
            raise PermanentError("invalid_key", "The scan has no name.", "Name it.")
        key = checked_key(PREFIX + name)
        with NamedTemporaryFile(prefix="scanproof-") as file:
            async for chunk in request.stream():
                file.write(chunk)
            file.flush()
            scan = await self._threads.call(lambda client: client.upload(Path(file.name), key, metadata))
        return JSONResponse(scan.model_dump(), HTTPStatus.CREATED)

    async def correct(self, request: Request) -> Response:
        """Applies the body, a corrections.json, as `scanproof apply` does."""
        content = await request.body()
        document = await self._threads.call(
            lambda client: publish_reviewed(client, content, client.caller(), APPLY_SECONDS)
        )
        return JSONResponse({"name": document.source.name, "attempt": document.attempt}, HTTPStatus.CREATED)

    async def events(self, _request: Request) -> Response:
        """Streams the list of the documents that changed last, whenever it changes (server-sent events)."""
        return StreamingResponse(self._changes(), media_type="text/event-stream")

    async def document(self, request: Request) -> Response:
        """Returns the published document of a scan."""
        return JSONResponse(await self._threads.call(partial(_document, scan=_scan(request))))

    async def open(self, request: Request) -> Response:
        """Leads to a file of a document, by a link as `scanproof show --open` prints it."""
        scan, name = _scan(request), request.query_params.get("file", "")
        links = await self._threads.call(lambda client: client.links(_published(client, scan)))
        if name not in links:
            raise PermanentError("no_file", f"The document has no {name}.", "Upload the scan again.")
        return RedirectResponse(links[name], HTTPStatus.SEE_OTHER)

    async def search(self, request: Request) -> Response:
        """Returns the documents that match the query."""
        query = _query(dict(request.query_params))
        try:
            found = await self._threads.call(lambda client: TextSearch(client, self._search_copy).find(query, FOUND))
        except ValueError as error:
            raise PermanentError("nothing_to_find", f"Nothing to find: {error}.", "Name at least one word.") from error
        return JSONResponse([found_view(each) for each in found])

    async def _changes(self) -> AsyncIterator[str]:
        shown = None
        while True:
            records = await self._threads.call(lambda client: client.recent(LISTED))
            rows = json.dumps([record_view(record) for record in records])
            if rows != shown:
                yield f"data: {rows}\n\n"
                shown = rows
            await asyncio.sleep(POLL_SECONDS)


def make_app(threads: StackThreads, search_copy: Path) -> Starlette:
    """Returns the application."""
    page = Page(threads, search_copy)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        threads.close()

    return Starlette(
        routes=[
            *(Route(path, _asset(name, media_type)) for path, (name, media_type) in _ASSETS.items()),
            Route("/scans", page.upload, methods=["POST"]),
            Route("/corrections", page.correct, methods=["POST"]),
            Route("/events", page.events),
            Route("/document", page.document),
            Route("/open", page.open),
            Route("/search", page.search),
        ],
        middleware=[
            Middleware(TrustedHostMiddleware, allowed_hosts=HOSTS, www_redirect=False),
            Middleware(SameOriginOnly),
        ],
        exception_handlers=dict.fromkeys((ScanproofError, ValidationError, ClientError, BotoCoreError), _explained),
        lifespan=lifespan,
        max_body_size=SCAN_LIMIT_BYTES,
    )


def _asset(name: str, media_type: str) -> Any:  # noqa: ANN401 - Starlette's own type of endpoint
    content = (files("devstack.web") / "assets" / name).read_bytes()

    async def endpoint(_request: Request) -> Response:
        return Response(content, media_type=media_type)

    return endpoint


async def _explained(_request: Request, error: Exception) -> Response:
    failure = failure_of(error)
    message, next_step = (failure.message, failure.next_step) if failure else (f"{error}.", "")
    code = error.code if isinstance(error, PermanentError) else type(error).__name__
    return JSONResponse({"code": code, "message": message, "next_step": next_step}, HTTPStatus.BAD_REQUEST)


def _scan(request: Request) -> ObjectId:
    return ObjectId.model_validate({name: request.query_params.get(name) for name in ObjectId.model_fields})


def _published(client: StackClient, scan: ObjectId) -> Record:
    record = client.records.get(scan)
    if record is None or not record.has_result:
        raise PermanentError("no_document", "The scan has no published document.", "Wait until it is published.")
    return record


def _document(client: StackClient, scan: ObjectId) -> dict[str, Any]:
    record = _published(client, scan)
    content = client.result(record, FILE_NAMES[Output.JSON])
    if content is None:
        raise PermanentError("result_gone", "The result was deleted.", "Upload the scan again.")
    return document_view(parse_document(content), list(client.links(record)))


def _query(values: dict[str, str]) -> SearchQuery:
    """Returns what the search form asks for; empty fields do not count."""
    given = {name: value.strip() for name, value in values.items() if value.strip()}
    amounts: dict[str, Any] = {name: _amount(given.pop(name)) for name in ("total_from", "total_to") if name in given}
    texts: dict[str, Any] = {
        name: given[name] for name in ("text", "vendor", "dated_from", "dated_to") if name in given
    }
    query = SearchQuery(**texts, **amounts, needs_review="needs_review" in given)
    if query == SearchQuery():
        raise PermanentError("nothing_to_find", "There is nothing to search for.", "Fill in a field.")
    return query


def _amount(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation as error:
        raise PermanentError("invalid_option", f"{text!r} is no amount.", "For example 264.66.") from error
