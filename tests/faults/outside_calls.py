"""Faults at the outside calls of functions that run in this process, below the SDK, whose own retries stay real."""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import botocore.endpoint
import botocore.handlers
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import ConnectionClosedError
from botocore.httpsession import URLLib3Session

SERVICE_UNAVAILABLE = 503


class Fault(StrEnum):
    """What happens to one outside call."""

    KILL_AFTER = "kill after"  # it takes effect, and the environment ends
    ERROR_BEFORE = "error before"  # it takes no effect, and every retry of the SDK is refused
    ERROR_AFTER = "error after"  # it takes effect, but the SDK gets errors only
    ANSWER_LOST = "answer lost"  # it takes effect, the connection ends, and the SDK's retry takes effect again


class Killed(BaseException):
    """Ends an invocation as a crash would: nothing may handle it."""


@dataclass(frozen=True)
class FaultPoint:
    """The call that a fault applies to.

    Attributes:
        call: number from 1, among all calls of the function; with ``every_time`` among those of each invocation.
        every_time: the fault returns with every invocation, as with a message that always crashes its function.
    """

    function: str
    call: int
    fault: Fault
    every_time: bool = False

    def __str__(self) -> str:
        every_time = " of every invocation" if self.every_time else ""
        return f"{self.fault} call {self.call}{every_time} of {self.function}"


@dataclass(frozen=True)
class Race:
    """Something that happens immediately before a call, as another invocation may do it at that moment."""

    function: str
    call: int
    happens: Callable[[], object]


@dataclass
class OutsideCalls:
    """Counts the calls of each function and applies one fault or race.

    Attributes:
        made: the operations of each function since :meth:`arm`, in order.
    """

    made: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    _point: FaultPoint | None = None
    _race: Race | None = None
    _function: str | None = None
    _in_invocation: int = 0
    _depth: int = 0
    _hit: bool = False  # whether the current call is the one with the fault
    _sends: int = 0  # of the current call: the SDK's retries send again
    _http: Any = field(default_factory=URLLib3Session)

    def arm(self, point: FaultPoint | None, race: Race | None = None) -> None:
        """Starts counting from zero, with another fault or none, and something that happens between two calls."""
        self.made.clear()
        self._point, self._race = point, race

    @property
    def in_invocation(self) -> bool:
        """Whether an invocation is running, as when a race delivers another message."""
        return self._depth > 0

    @contextmanager
    def installed(self) -> Iterator[None]:
        """Watches every client that is created inside the block; the SDK's retries do not wait."""
        hooks: list[tuple[str, Any]] = [("before-call", self._before_call), ("before-send", self._before_send)]
        handlers = [*botocore.handlers.BUILTIN_HANDLERS, *hooks]
        with (
            patch.object(botocore.handlers, "BUILTIN_HANDLERS", handlers),
            patch.object(botocore.endpoint, "time", SimpleNamespace(sleep=lambda _: None)),
        ):
            yield

    @contextmanager
    def of_invocation(self, function: str) -> Iterator[None]:
        """Attributes the calls inside the block to an invocation of a function; calls outside have no faults."""
        self._function, self._in_invocation = function, 0
        self._depth += 1
        try:
            yield
        finally:
            self._depth -= 1
            self._function = None

    def _before_call(self, model: Any, **_: object) -> None:
        if self._function is None:
            return
        made = self.made[self._function]
        made.append(f"{model.service_model.service_name}:{model.name}")
        self._in_invocation += 1
        self._sends = 0
        point = self._point
        self._hit = (
            point is not None
            and point.function == self._function
            and point.call == (self._in_invocation if point.every_time else len(made))
        )
        race = self._race
        if race and (race.function, race.call) == (self._function, len(made)):
            function, self._function = self._function, None
            race.happens()
            self._function = function

    def _before_send(self, request: Any, **_: object) -> AWSResponse | None:
        if self._function is None or self._point is None or not self._hit:
            return None
        self._sends += 1
        match self._point.fault:
            case Fault.KILL_AFTER:
                self._http.send(request)
                raise Killed
            case Fault.ERROR_BEFORE:
                return _unavailable(request)
            case Fault.ERROR_AFTER:
                if self._sends == 1:
                    self._http.send(request)
                return _unavailable(request)
            case Fault.ANSWER_LOST if self._sends == 1:
                self._http.send(request)
                raise ConnectionClosedError(endpoint_url=request.url)
        return None


class _Raw(io.BytesIO):
    def stream(self, **_: object) -> Iterator[bytes]:
        yield self.read()


def _unavailable(request: Any) -> AWSResponse:
    """Returns the answer of a service that is out of order, in the protocol of the request."""
    if "X-Amz-Target" in request.headers:
        body = b'{"__type": "ServiceUnavailable", "message": "out of order"}'
    elif request.method == "HEAD":
        body = b""
    else:
        body = b"<Error><Code>ServiceUnavailable</Code><Message>out of order</Message></Error>"
    return AWSResponse(request.url, SERVICE_UNAVAILABLE, HTTPHeaders(), _Raw(body))
