"""Base classes of the local stack's small HTTP servers."""

from __future__ import annotations

import http.server
import threading
from http import HTTPStatus

HOST = "127.0.0.1"


class LoopbackServer(http.server.ThreadingHTTPServer):
    """Serves in the background on a free port of the loopback interface until closed."""

    daemon_threads = True

    def __init__(self, handler: type[http.server.BaseHTTPRequestHandler]) -> None:
        super().__init__((HOST, 0), handler)
        self.address = f"{HOST}:{self.server_port}"
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        """Stops listening."""
        self.shutdown()
        self.server_close()

    def handle_error(self, request: object, client_address: object) -> None:
        """Ignores a broken connection: its environment was killed, and whoever killed it records the outcome."""


class LoopbackHandler(http.server.BaseHTTPRequestHandler):
    """Reads whole requests and sends whole responses; logs nothing."""

    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:
        """Logs nothing."""

    def body(self) -> bytes:
        """Reads the request's body, chunked or not."""
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            return b"".join(iter(self._chunk, b""))
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        """Sends a response; for HEAD, ``headers`` must contain the length."""
        self.send_response_only(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if self.command != "HEAD" and status != HTTPStatus.NO_CONTENT:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _chunk(self) -> bytes:
        size = int(self.rfile.readline().split(b";")[0], 16)
        chunk = self.rfile.read(size)
        self.rfile.readline()
        return chunk
