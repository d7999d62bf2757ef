"""One execution environment: a process group that runs a function under the real Lambda runtime client.

It gets what Lambda would give it, and of the host's variables only PATH and LANG: the function's deployed variables,
the credentials of its role and a temporary folder of its own.
"""

from __future__ import annotations

import json
import os
import queue
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any, Literal

from devstack.calls import Call
from devstack.deploy import DeployedFunction
from devstack.faults import Kill, Throttle
from devstack.reaper import Reaper, end_group
from devstack.roles import RoleCredentials
from devstack.runtime_api import Invocation, Report, RuntimeApi
from devstack.write_counter import WriteCounter

# Lambda allows 10 s and then starts again within the invocation's time; on a laptop, environments share the cores.
INIT_SECONDS = 60.0
_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")

Status = Literal["success", "error", "timeout", "crash", "init_error", "refused"]


@dataclass(frozen=True)
class Result:
    """Outcome of an invocation.

    Attributes:
        status: kind of outcome.
        payload: the function's answer, or ``{"errorType": ..., "errorMessage": ...}``.
        milliseconds: duration.
        init_milliseconds: duration of the environment's start, for its first invocation.
        processor_milliseconds: processor time, where the system reports it.
        memory_mb: peak memory of the environment so far, where the system reports it.
        writes: number of writing AWS calls, where they are counted.
    """

    status: Status
    payload: Any
    milliseconds: float
    init_milliseconds: float | None = None
    processor_milliseconds: float | None = None
    memory_mb: int | None = None
    writes: int | None = None

    @property
    def ok(self) -> bool:
        """Whether the function returned an answer."""
        return self.status == "success"


REFUSED = Result("refused", {"errorType": "TooManyRequestsException", "errorMessage": "no capacity"}, 0.0)


class EnvironmentFailedError(RuntimeError):
    """The environment did not start; ``result`` is the outcome of the invocation that needed it."""

    def __init__(self, result: Result) -> None:
        super().__init__(result.payload["errorMessage"])
        self.result = result


class ExecutionEnvironment:
    """A runtime process that takes one invocation at a time until it is killed or exits.

    Args:
        function: what to run.
        credentials: of the function's role.
        endpoint_url: of the emulator.
        region: AWS region.
        log: file that the output is appended to.
        reaper: ends the process group if this process dies.
        on_call: called with each AWS call; writing calls are counted only if it is given.
    """

    def __init__(
        self,
        function: DeployedFunction,
        credentials: RoleCredentials,
        endpoint_url: str,
        region: str,
        log: Path,
        reaper: Reaper,
        on_call: Callable[[Call], None] | None,
    ) -> None:
        self.function = function
        self._credentials = credentials
        self._reaper = reaper
        self._api = RuntimeApi(function.arn)
        self._counter = WriteCounter(endpoint_url, on_call) if on_call else None
        self._scratch = Path(tempfile.mkdtemp(prefix=f"{function.name}-", dir=reaper.scratch))
        variables = {
            **_inherited(),
            **_set_by_lambda(function, region, self._api.address, self._scratch),
            **credentials.variables(),
            "AWS_ENDPOINT_URL": self._counter.endpoint_url if self._counter else endpoint_url,
            **function.variables,
        }
        self._started = time.monotonic()
        self._init_milliseconds: float | None = None
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "awslambdaric", function.source.handler],
                cwd=function.source.folder,
                env=variables,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        self.process_id = self._process.pid
        reaper.watch(self.process_id)
        Thread(target=self._report_exit, daemon=True).start()

    def wait_until_ready(self) -> None:
        """Waits until the runtime has imported the handler.

        Raises:
            EnvironmentFailedError: the import raised, ended the process, or took too long.
        """
        report = self._report_within(INIT_SECONDS)
        self._init_milliseconds = _since(self._started)
        if report is None or report.kind != "ready":
            self.close()
            raise EnvironmentFailedError(self._failed_start(report))

    @property
    def reusable(self) -> bool:
        """Whether it can take another invocation: it is running, and its credentials will last."""
        return bool(self._process.poll() is None and not self._credentials.expiring)

    def invoke(self, event: bytes, kill: Kill | None = None, throttle: Throttle | None = None) -> Result:
        """Runs one invocation of a JSON event; kills the process group if it exceeds its time."""
        kill = kill or Kill()
        limit = self.function.killed_after_seconds or self.function.timeout_seconds
        crash_at = limit if kill.after_seconds is None else kill.after_seconds
        if self._counter:
            self._counter.begin(kill.after_writes, self._kill, throttle)
        started, processor_before = time.monotonic(), self._processor_milliseconds()
        self._api.offer(Invocation(event, time.time() + self.function.timeout_seconds))
        report = self._report_within(min(crash_at, limit))
        memory, processor_after = self._peak_memory_mb(), self._processor_milliseconds()
        if report is None:
            self._kill()
        status, payload = self._outcome(report, limit, crashed=crash_at < limit)
        writes = self._counter.writes if self._counter else None
        processor = None
        if processor_before is not None and processor_after is not None:
            processor = processor_after - processor_before
        result = Result(status, payload, _since(started), self._init_milliseconds, processor, memory, writes)
        self._init_milliseconds = None
        return result

    def close(self) -> None:
        """Kills the process group and removes its temporary folder."""
        self._kill()
        self._api.close()
        if self._counter:
            self._counter.close()
        shutil.rmtree(self._scratch, ignore_errors=True)

    def _outcome(self, report: Report | None, limit: float, crashed: bool) -> tuple[Status, Any]:
        match report:
            case None if not crashed:
                return "timeout", _error("Sandbox.Timedout", f"Task timed out after {limit:.2f} seconds")
            case None | Report("exit"):
                return "crash", _error("Runtime.ExitError", "the runtime process ended without an answer")
            case Report("response", body):
                return _answer(body)
            case _:
                return "error", json.loads(report.body)

    def _failed_start(self, report: Report | None) -> Result:
        if report is not None and report.kind == "init_error":
            payload = json.loads(report.body)
        elif report is None:
            payload = _error("Sandbox.Timedout", f"the handler's import took longer than {INIT_SECONDS:.0f} seconds")
        else:
            payload = _error("Runtime.ExitError", "the process ended while the handler was imported")
        return Result("init_error", payload, 0.0, self._init_milliseconds)

    def _report_within(self, seconds: float) -> Report | None:
        try:
            return self._api.reports.get(timeout=seconds)
        except queue.Empty:
            return None

    def _report_exit(self) -> None:
        self._process.wait()
        end_group(self.process_id, signal.SIGKILL)  # its children
        self._reaper.forget(self.process_id)
        self._api.reports.put(Report("exit"))

    def _kill(self) -> None:
        if self._process.poll() is None:
            end_group(self.process_id, signal.SIGKILL)
            self._process.wait()

    def _processor_milliseconds(self) -> float | None:
        """Returns the processor time of all its threads since its start, without child processes."""
        try:
            stat = Path(f"/proc/{self.process_id}/stat").read_text()
        except OSError:  # it has ended, or this is not Linux
            return None
        user, system = stat.rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) * 1000 / _TICKS_PER_SECOND

    def _peak_memory_mb(self) -> int | None:
        try:
            status = Path(f"/proc/{self.process_id}/status").read_text()
        except OSError:  # it has ended, or this is not Linux
            return None
        peaks = [line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:")]
        return int(peaks[0]) // 1024 if peaks else None


def _inherited() -> dict[str, str]:
    return {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}


def _set_by_lambda(function: DeployedFunction, region: str, api_address: str, scratch: Path) -> dict[str, str]:
    """https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime"""
    source = function.source
    return {
        "TZ": ":UTC",
        "HOME": str(scratch),
        "TMPDIR": str(scratch),
        "PYTHONPATH": os.pathsep.join(str(folder) for folder in (source.folder, *source.libraries)),
        "LAMBDA_TASK_ROOT": str(source.folder),
        "_HANDLER": source.handler,
        "AWS_LAMBDA_RUNTIME_API": api_address,
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_mb),
        "AWS_LAMBDA_LOG_GROUP_NAME": function.log_group,
        "AWS_LAMBDA_LOG_STREAM_NAME": f"{time.strftime('%Y/%m/%d')}/[$LATEST]{uuid.uuid4().hex}",
        "AWS_LAMBDA_LOG_FORMAT": function.log_format,
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13",
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
    }


def _answer(body: bytes) -> tuple[Status, Any]:
    try:
        return "success", json.loads(body or b"null")
    except json.JSONDecodeError as error:
        return "error", _error("Runtime.InvalidResponse", str(error))


def _error(kind: str, message: str) -> dict[str, str]:
    return {"errorType": kind, "errorMessage": message}


def _since(started: float) -> float:
    return round((time.monotonic() - started) * 1000, 1)
