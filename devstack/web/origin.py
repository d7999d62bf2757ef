"""Keeps other sites out: a page that is open in the same browser can send requests to this machine, too.

Sources: OWASP "Cross-Site Request Forgery Prevention" (verifying origin with standard headers), W3C "Fetch Metadata
Request Headers", "Content Security Policy Level 3".
"""

from __future__ import annotations

from http import HTTPStatus

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HOSTS = ["127.0.0.1", "localhost"]  # any other name that leads here was set up to (DNS rebinding)
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
_READING = {"GET", "HEAD"}
_ENTRANCE = "/"  # may be opened by a link anywhere


class SameOriginOnly:
    """Answers only requests of the page's own scripts, and opens the page itself for everyone.

    A browser sends ``Origin`` with every request that may change something, and pages cannot forge it.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuses a request, or passes it on and adds the security headers to its answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(_HEADERS)
            await send(message)

        answer: ASGIApp = self._app if _is_own(scope) else _REFUSAL
        await answer(scope, receive, with_headers)


_REFUSAL = JSONResponse(
    {"code": "foreign_origin", "message": "This page answers to itself only.", "next_step": "Open its own address."},
    HTTPStatus.FORBIDDEN,
)


def _is_own(scope: Scope) -> bool:
    headers = Headers(scope=scope)
    origin, site = headers.get("origin"), headers.get("sec-fetch-site", "none")
    if origin != f"http://{headers.get('host')}" and (origin is not None or scope["method"] not in _READING):
        return False
    return site in ("same-origin", "none") or (scope["path"] == _ENTRANCE and scope["method"] in _READING)
