"""Proxy between an execution environment and the emulator: reports its AWS calls and counts those that write.

The calls are compared with the function's role. A test can kill the environment after any write: the call has taken
effect, but the function does not receive the answer. It can also have calls throttled, which then take no effect.
"""

from __future__ import annotations

import http.client
from collections.abc import Callable
from threading import Lock

from devstack.calls import Call, call_of
from devstack.faults import Throttle
from devstack.loopback import LoopbackHandler, LoopbackServer

_READ_PREFIXES = ("Get", "BatchGet", "TransactGet", "Query", "Scan", "Describe", "List", "Receive")
_HOP_BY_HOP = ("connection", "keep-alive", "transfer-encoding", "content-length", "expect")


class WriteCounter:
    """A proxy for the calls of one environment.

    Args:
        endpoint_url: of the emulator.
        on_call: called with every call before it is forwarded.
    """

    def __init__(self, endpoint_url: str, on_call: Callable[[Call], None]) -> None:
        self.upstream = endpoint_url.removeprefix("http://")
        self.on_call = on_call
        self._lock = Lock()
        self._writes = 0
        self._end_after: int | None = None
        self._end: Callable[[], None] = lambda: None
        self._calls = 0
        self._throttle: Throttle | None = None
        self._server = _Server(self)
        self.endpoint_url = f"http://{self._server.address}"

    @property
    def writes(self) -> int:
        """Number of writing calls since the last :meth:`begin`."""
        return self._writes

    def begin(self, end_after: int | None, end: Callable[[], None], throttle: Throttle | None = None) -> None:
        """Counts from zero again, and calls ``end`` instead of answering writing call number ``end_after``."""
        with self._lock:
            self._writes, self._end_after, self._end = 0, end_after, end
            self._calls, self._throttle = 0, throttle

    def close(self) -> None:
        """Stops listening."""
        self._server.close()

    def throttles(self) -> bool:
        """Counts a call; returns whether it is to be refused."""
        with self._lock:
            self._calls += 1
            throttle = self._throttle
            return throttle is not None and 0 < self._calls - throttle.after_calls <= throttle.times

    def count(self) -> bool:
        """Counts a write that has taken effect; returns false if it ended the environment."""
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

    def forward(self) -> None:
        body = self.body()
        self.server.counter.on_call(call_of(self.command, self.path, dict(self.headers), body))
        if self.server.counter.throttles():
            self._refuse()
            return
        connection = http.client.HTTPConnection(self.server.counter.upstream)
        try:
            headers = {name: value for name, value in self.headers.items() if name.lower() not in _HOP_BY_HOP}
            connection.request(self.command, self.path, body, headers)
            response = connection.getresponse()
            answer = response.read()
        finally:
            connection.close()
        if not self._is_write() or self.server.counter.count():
            self.answer(response.status, answer, self._response_headers(response))

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = forward

    def _refuse(self) -> None:
        """Answers as a throttled service does; the SDK retries."""
        if "X-Amz-Target" in self.headers:
            self.answer(400, b'{"__type": "ThrottlingException", "message": "throttled"}', {})
        else:
            body = b"" if self.command == "HEAD" else b"<Error><Code>SlowDown</Code></Error>"
            self.answer(503, body, {"Content-Length": "0"} if self.command == "HEAD" else {})

    def _is_write(self) -> bool:
        """Decides by the operation where the protocol names it, else (S3) by the method."""
        operation = self.headers.get("X-Amz-Target", "").rpartition(".")[2]
        return not operation.startswith(_READ_PREFIXES) if operation else self.command not in ("GET", "HEAD")

    def _response_headers(self, response: http.client.HTTPResponse) -> dict[str, str]:
        """Drops hop-by-hop headers; keeps the length in an answer to HEAD, where S3 reports an object's length."""
        dropped = _HOP_BY_HOP if self.command != "HEAD" else _HOP_BY_HOP[:3]
        return {name: value for name, value in response.getheaders() if name.lower() not in dropped}
