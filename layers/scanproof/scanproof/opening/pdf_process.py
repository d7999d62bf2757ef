"""Starts the process that reads PDF and requests pages from it."""

from __future__ import annotations

import atexit
import contextlib
import fcntl
import json
import os
import selectors
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from scanproof.errors import PermanentError
from scanproof.opening import refusals
from scanproof.opening.limits import Limits

# A reader that uses no CPU time, but does not answer either, is ended after so many times `Limits.pdf_seconds`.
_WAIT_FACTOR = 6
_PIPE_BYTES = 1 << 20  # a pipe holds 64 KiB by default: an image would take hundreds of exchanges
_SET_PIPE_SIZE = 1031  # F_SETPIPE_SZ of Linux

# How PDFium ends when it is out of memory (it does not return from a failed allocation).
_OUT_OF_MEMORY = {signal.SIGABRT, signal.SIGTRAP, signal.SIGILL, signal.SIGKILL}


def _enlarge(pipe: int) -> None:
    with contextlib.suppress(OSError):  # beyond what this system allows
        fcntl.fcntl(pipe, _SET_PIPE_SIZE, _PIPE_BYTES)


class PdfReaderProcess:
    """A running reader, with at most one file open. Not thread-safe."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        # NumPy's BLAS would reserve address space for each of the machine's cores, which the limit counts.
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
            "OPENBLAS_NUM_THREADS": "1",
        }
        self._process = subprocess.Popen(
            [sys.executable, "-m", "scanproof.opening.pdf_reader"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # PDFium's remarks on files
            env=environment,
            bufsize=0,
        )
        assert self._process.stdin is not None  # noqa: S101 - it is a pipe
        assert self._process.stdout is not None  # noqa: S101
        self._input, self._output = self._process.stdin, self._process.stdout
        _enlarge(self._output.fileno())
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._output, selectors.EVENT_READ)
        self._buffer = b""
        self._deadline = 0.0
        self._is_answering = False
        self._has_refused = False
        self._write(asdict(limits))

    @property
    def is_reusable(self) -> bool:
        """Whether another file may be read by it: it has met no bad one, and has answered to the end."""
        return self.is_running and not self._has_refused and not self._is_answering

    @property
    def is_running(self) -> bool:
        """Whether the process has not ended."""
        return self._process.poll() is None

    def request(self, name: str, about: str, message: dict[str, Any]) -> dict[str, Any]:
        """Sends a request and returns the answer's header; `chunks` then returns its bytes.

        Args:
            name: of the file, for errors.
            about: what is requested, for errors.
            message: the request.

        Raises:
            PermanentError: what the reader refuses, or ``pdf_too_complex`` or ``pdf_corrupt`` where it died of it.
        """
        self._is_answering = True
        self._deadline = time.monotonic() + _WAIT_FACTOR * self.limits.pdf_seconds
        try:
            self._write(message)
            header: dict[str, Any] = json.loads(self._line())
        except (EOFError, BrokenPipeError) as error:
            raise self._cause_of_death(name, about) from error
        if "refusal" in header:
            self._is_answering, self._has_refused = False, True
            raise PermanentError(*header["refusal"])
        self._is_answering = header["bytes"] > 0
        return header

    def chunks(self, name: str, about: str, count: int, size: int) -> Iterator[bytes]:
        """Yields the ``count`` bytes after a header in pieces of ``size``; the last one may be smaller.

        Raises:
            PermanentError: as `request`.
        """
        try:
            for start in range(0, count, size):
                part = self._exactly(min(size, count - start))
                self._is_answering = start + size < count
                yield part
        except EOFError as error:
            raise self._cause_of_death(name, about) from error

    def close(self) -> None:
        """Ends the process."""
        self._selector.close()
        self._input.close()
        self._output.close()
        self._process.kill()
        self._process.wait()

    def _write(self, message: dict[str, Any]) -> None:
        self._input.write(json.dumps(message).encode() + b"\n")

    def _line(self) -> bytes:
        while b"\n" not in self._buffer:
            self._buffer += self._read(_PIPE_BYTES)
        line, self._buffer = self._buffer.split(b"\n", 1)
        return line

    def _exactly(self, count: int) -> bytes:
        parts = [self._buffer[:count]]
        self._buffer = self._buffer[count:]
        missing = count - len(parts[0])
        while missing:
            parts.append(self._read(missing))
            missing -= len(parts[-1])
        return b"".join(parts)

    def _read(self, count: int) -> bytes:
        if not self._selector.select(max(0.0, self._deadline - time.monotonic())):
            self._process.send_signal(signal.SIGXCPU)  # its time is over, if not that of the CPU
        if part := os.read(self._output.fileno(), count):
            return part
        raise EOFError

    def _cause_of_death(self, name: str, about: str) -> PermanentError:
        self.close()
        ended_by = -self._process.returncode
        if ended_by == signal.SIGXCPU:
            limit = f"{self.limits.pdf_seconds} s (pdf_seconds)"
            return refusals.pdf_too_complex(name, f"{about} takes too long", limit)
        if ended_by in _OUT_OF_MEMORY:
            return refusals.pdf_needs_memory(name, about, self.limits.pdf_bytes)
        return refusals.pdf_corrupt(name, f"{about} makes the PDF reader fail")


class PdfReaderPool:
    """Keeps one reader for the next file: starting one takes longer than reading most pages."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: list[PdfReaderProcess] = []  # one at most

    def take(self, limits: Limits) -> PdfReaderProcess:
        """Returns the idle reader, or a new one."""
        with self._lock:
            idle, self._idle = self._idle, []
        for reader in idle:
            if reader.limits == limits and reader.is_running:
                return reader
            reader.close()
        return PdfReaderProcess(limits)

    def give_back(self, reader: PdfReaderProcess) -> None:
        """Keeps ``reader`` for the next file, unless it met a bad one."""
        with self._lock:
            if reader.is_reusable and not self._idle:
                self._idle.append(reader)
                return
        reader.close()

    def close(self) -> None:
        """Ends the idle reader."""
        with self._lock:
            idle, self._idle = self._idle, []
        for reader in idle:
            reader.close()

    def forget(self) -> None:
        """Leaves the idle reader to the process that this one was forked from."""
        self._lock = threading.Lock()
        self._idle = []


READERS = PdfReaderPool()
atexit.register(READERS.close)
os.register_at_fork(after_in_child=READERS.forget)
