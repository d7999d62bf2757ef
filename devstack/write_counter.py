"""Stands between one execution environment and the emulator, tells of its calls, and can end it after one that writes.

So that its role can be compared with what it does, and so that a test can crash a function between any two writes: the
call has taken effect, the function never hears of it.
"""

from __future__ import annotations

import http.client
from collections.abc import Callable
from threading import Lock

from devstack.calls import Call, call_of
from devstack.loopback import LoopbackHandler, LoopbackServer

_READING = ("Get", "BatchGet", "TransactGet", "Query", "Scan", "Describe", "List", "Receive")
_HOP_BY_HOP = ("connection", "keep-alive", "transfer-encoding", "content-length", "expect")


class WriteCounter:
    """A proxy for the calls of one environment.

    Args:
        on_call: is told of every call, before it is passed on.
    """

    def __init__(self, endpoint_url: str, on_call: Callable[[Call], None]) -> None:
        self.upstream = endpoint_url.removeprefix("http://")
        self.on_call = on_call
        self._lock = Lock()
        self._writes = 0
        self._end_after: int | None = None
        self._end: Callable[[], None] = lambda: None
        self._server = _Server(self)
        self.endpoint_url = f"http://{self._server.address}"

    @property
    def writes(self) -> int:
        """Since the last :meth:`begin`."""
        return self._writes

    def begin(self, end_after: int | None, end: Callable[[], None]) -> None:
        """Counts from zero again, and calls ``end`` instead of answering call number ``end_after``, if there is one."""
        with self._lock:
            self._writes, self._end_after, self._end = 0, end_after, end

    def close(self) -> None:
        """Stops listening."""
        self._server.close()

    def count(self) -> bool:
        """Counts a write that has been made; false if the environment was ended with it."""
        with self._lock:
            self._writes += 1
            last = self._writes == self._end_after
        if last:
            self._end()
        return not last


class _Server(LoopbackServer):
    def __init__(self, counter: WriteCounter) -> None:
        self.counter = counter
        super().__init__(_Handler)


class _Handler(LoopbackHandler):
    server: _Server

    def pass_on(self) -> None:
        body = self.body()
        self.server.counter.on_call(call_of(self.command, self.path, dict(self.headers), body))
        connection = http.client.HTTPConnection(self.server.counter.upstream)
        try:
            headers = {name: value for name, value in self.headers.items() if name.lower() not in _HOP_BY_HOP}
            connection.request(self.command, self.path, body, headers)
            response = connection.getresponse()
            answer = response.read()
        finally:
            connection.close()
        if not self._writes() or self.server.counter.count():
            self.answer(response.status, answer, self._headers_of(response))

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = pass_on

    def _writes(self) -> bool:
        """By the operation where the protocol names it, else (S3) by the method."""
        operation = self.headers.get("X-Amz-Target", "").rpartition(".")[2]
        return not operation.startswith(_READING) if operation else self.command not in ("GET", "HEAD")

    def _headers_of(self, response: http.client.HTTPResponse) -> dict[str, str]:
        """S3 tells an object's length in its answer to HEAD."""
        dropped = _HOP_BY_HOP if self.command != "HEAD" else _HOP_BY_HOP[:3]
        return {name: value for name, value in response.getheaders() if name.lower() not in dropped}
