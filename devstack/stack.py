"""The local stack: emulator, deployed template, pollers, and functions as processes."""

from __future__ import annotations

import json
import signal
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import boto3

from devstack import PROJECT_ROOT
from devstack.calls import Call
from devstack.deploy import Deployment, EventSource, deploy
from devstack.emulator import Emulator
from devstack.environment_pool import EnvironmentPool
from devstack.execution_environment import Result
from devstack.faults import Faults, Kill, Throttle
from devstack.poller import RETRY_SECONDS, Poller
from devstack.reaper import Reaper
from devstack.roles import session_as
from devstack.template import translate

TEMPLATE = PROJECT_ROOT / "template.yaml"
STACK_NAME = "scanproof"
# Concurrent environments of one function, whatever the template allows: they share this machine's cores.
MAX_CONCURRENCY = 2
_COUNTS: Any = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
)


Part = TypeVar("Part")


@dataclass(frozen=True)
class InvocationRecord:
    """One line of ``invocations.jsonl``."""

    at: str  # UTC, when it ended
    function: str
    status: str
    milliseconds: float
    init_milliseconds: float | None
    processor_milliseconds: float | None
    memory_mb: int | None
    writes: int | None
    configured_memory_mb: int
    error_type: str | None


class LocalStack:
    """A stack that is deployed and running inside ``with``; afterwards, no process and no temporary file is left.

    Args:
        log_dir: gets ``emulator.log``, one log per function and ``invocations.jsonl``.
        data_dir: keeps buckets, tables and queues between runs (written when the stack stops); with ``None`` they are
            lost.
        template: a SAM template.
        parameters: of the template.
        max_concurrency: limit of concurrent environments of one function.
        retry_seconds: delay after which a failed message returns.
        count_writes: counts the writing AWS calls of each invocation, so that it can be killed after any of them, and
            records the calls of each function.
        timeouts: seconds by function name that replace the deployed time-outs in what functions see, so that tests wait
            less: a message whose invocation crashed returns when that time would have passed. Functions are still
            killed at the deployed time-out, as this machine may be busy.
        code: folders by function name that replace the template's, under the same role and settings.
        secrets: texts by the name of a parameter; each is stored in Secrets Manager, and the parameter is its ARN.
    """

    def __init__(
        self,
        log_dir: Path,
        data_dir: Path | None = None,
        template: Path = TEMPLATE,
        parameters: Mapping[str, str] | None = None,
        max_concurrency: int = MAX_CONCURRENCY,
        retry_seconds: int = RETRY_SECONDS,
        count_writes: bool = False,
        timeouts: Mapping[str, float] | None = None,
        code: Mapping[str, Path] | None = None,
        secrets: Mapping[str, str] | None = None,
    ) -> None:
        log_dir.mkdir(parents=True, exist_ok=True)
        self.log_dir = log_dir.resolve()
        self._data_dir = data_dir.resolve() if data_dir else None  # child processes have other working directories
        self._template = template
        self._parameters = dict(parameters or {})
        self._secrets = secrets or {}
        self._max_concurrency = max_concurrency
        self._retry_seconds = retry_seconds
        self._count_writes = count_writes
        self._timeouts = timeouts or {}
        self._code = code or {}
        self._faults = Faults()
        self._pollers: list[Poller] = []
        self._environment_pools: dict[str, EnvironmentPool] = {}
        self._recording = threading.Lock()
        self._records: list[InvocationRecord] = []
        self._calls: defaultdict[str, Counter[Call]] = defaultdict(Counter)
        self._reaper: Reaper | None = None
        self._emulator: Emulator | None = None
        self._deployment: Deployment | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Starts everything but environments, which start at their first message (see :meth:`warm`).

        Raises:
            EmulatorError, DeploymentError, TemplateError: the start failed; no process is left running.
        """
        try:
            self._start()
        except BaseException:
            self.stop()
            raise

    def _start(self) -> None:
        self._reaper = Reaper()
        self._emulator = Emulator(self.log_dir, self._reaper, self._data_dir)
        with ThreadPoolExecutor(1) as executor:  # translating takes as long as the emulator's start
            translation = executor.submit(translate, self._template, self._parameters)
            self._emulator.wait_until_ready()
        session, endpoint_url = self.session(), self.endpoint_url
        self._parameters |= {name: self._secret(name, text) for name, text in self._secrets.items()}
        self._deployment = deploy(translation.result(), STACK_NAME, self._parameters, session, endpoint_url)
        for name, deployed in self._deployment.functions.items():
            log = self.log_dir / f"{name}.log"
            source = replace(deployed.source, folder=self._code.get(name, deployed.source.folder))
            seconds = self._timeouts.get(name, deployed.timeout_seconds)
            limit = deployed.timeout_seconds
            function = replace(deployed, timeout_seconds=seconds, killed_after_seconds=limit, source=source)
            on_call = partial(self._record_call, name) if self._count_writes else None
            self._environment_pools[name] = EnvironmentPool(
                function, session, endpoint_url, log, self._reaper, self._faults, self._record, on_call
            )
        self._sqs = session.client("sqs", endpoint_url=endpoint_url)
        self._pollers = [self._poller(source) for source in self._deployment.event_sources]
        for poller in self._pollers:
            poller.start()

    def stop(self) -> None:
        """Ends everything in whatever state it is; may be called twice."""
        with _uninterrupted():
            with ThreadPoolExecutor() as executor:
                list(executor.map(Poller.stop, self._pollers))
            for environments in self._environment_pools.values():
                environments.close()
            if self._emulator:
                self._emulator.stop()
            if self._reaper:
                self._reaper.close()
        self._pollers, self._environment_pools, self._emulator, self._reaper = [], {}, None, None

    @property
    def endpoint_url(self) -> str:
        """Endpoint of every AWS service of the stack."""
        return _running(self._emulator).endpoint_url

    @property
    def outputs(self) -> Mapping[str, str]:
        """Outputs of the deployed stack by name."""
        return _running(self._deployment).outputs

    @property
    def deployment(self) -> Deployment:
        """Functions and event source mappings as deployed."""
        return _running(self._deployment)

    @property
    def invocations(self) -> list[InvocationRecord]:
        """Every invocation so far, in the order of their ends."""
        with self._recording:
            return list(self._records)

    def calls(self, function_name: str) -> Counter[Call]:
        """Counts the AWS calls of a function so far; needs ``count_writes``."""
        with self._recording:
            return Counter(self._calls[function_name])

    def process_ids(self) -> list[int]:
        """Returns the process ids of the emulator and of every running environment."""
        environments = [pid for pool in self._environment_pools.values() for pid in pool.process_ids()]
        return [_running(self._emulator).process_id, *environments]

    @property
    def scratch(self) -> Path:
        """Folder of temporary files, removed when the stack stops."""
        return _running(self._reaper).scratch

    def session(self) -> boto3.Session:
        """Returns a session with the account owner's rights; its clients need ``endpoint_url``."""
        return _running(self._emulator).operator_session()

    def session_as(self, function_name: str) -> boto3.Session:
        """Returns a session with the rights of a function's role; its clients need ``endpoint_url``."""
        role_arn = self.deployment.functions[function_name].role_arn
        return session_as(role_arn, function_name, self.session(), self.endpoint_url)

    def warm(self) -> None:
        """Starts one environment of each function in parallel and waits for them."""
        with ThreadPoolExecutor() as executor:
            list(executor.map(EnvironmentPool.warm, self._environment_pools.values()))

    def invoke(self, function_name: str, event: object) -> Result:
        """Invokes a function directly, without its queue."""
        return self._environment_pools[function_name].invoke(json.dumps(event).encode())

    def pause(self, function_name: str) -> None:
        """Stops receiving a function's messages until :meth:`resume`."""
        for poller in self._pollers_of(function_name):
            poller.pause()

    def resume(self, function_name: str) -> None:
        """Receives a paused function's messages again."""
        for poller in self._pollers_of(function_name):
            poller.resume()

    def kill_next_invocation(
        self, function_name: str, after_seconds: float = 0.0, after_writes: int | None = None
    ) -> None:
        """Kills the function's next invocation, unless it ends earlier.

        Args:
            function_name: as deployed.
            after_seconds: time after its start; ignored with ``after_writes``.
            after_writes: number of writing AWS calls that take effect before the kill (needs ``count_writes``).
        """
        if after_writes is not None and not self._count_writes:
            raise ValueError("after_writes needs LocalStack(count_writes=True)")
        self._faults.kill_next(function_name, Kill(None if after_writes else after_seconds, after_writes))

    def throttle_next_invocation(self, function_name: str, after_calls: int, times: int) -> None:
        """Has AWS calls of the function's next invocation refused, retries of the SDK included.

        Args:
            function_name: as deployed.
            after_calls: number of calls that are answered before.
            times: number of calls that are refused (needs ``count_writes``).
        """
        if not self._count_writes:
            raise ValueError("throttling needs LocalStack(count_writes=True)")
        self._faults.throttle_next(function_name, Throttle(after_calls, times))

    def refuse_next_invocations(self, function_name: str, times: int) -> None:
        """Refuses the next invocations, as while capacity scales up from zero; their messages return."""
        self._faults.refuse_next(function_name, times)

    def wait_idle(self, timeout_seconds: float = 120.0, function_name: str | None = None) -> None:
        """Waits until no queue of a function contains a message that is waiting, in flight or due for a retry.

        Args:
            timeout_seconds: limit.
            function_name: only the queues of this function.

        Raises:
            TimeoutError: naming the queues that still contain messages.
        """
        deadline = time.monotonic() + timeout_seconds
        quiet = 0
        while quiet < 2:  # twice: an upload's notification may be on its way to the first queue
            sources = [s for s in self.deployment.event_sources if function_name in (None, s.function_name)]
            waiting = {source.queue_name: self._messages(source) for source in sources}
            quiet = 0 if any(waiting.values()) else quiet + 1
            if time.monotonic() > deadline:
                raise TimeoutError(f"after {timeout_seconds} s messages are left: {waiting}")
            time.sleep(0.1)

    def _secret(self, name: str, text: str) -> str:
        client = self.session().client("secretsmanager", endpoint_url=self.endpoint_url)
        try:
            answer = client.create_secret(Name=name, SecretString=text)
        except client.exceptions.ResourceExistsException:  # kept from an earlier run
            answer = client.put_secret_value(SecretId=name, SecretString=text)
        return str(answer["ARN"])

    def _messages(self, source: EventSource) -> int:
        answer = self._sqs.get_queue_attributes(QueueUrl=source.queue_url, AttributeNames=_COUNTS)
        return sum(int(count) for count in answer["Attributes"].values())

    def _poller(self, source: EventSource) -> Poller:
        as_role = self.session_as(source.function_name).client("sqs", endpoint_url=self.endpoint_url)
        concurrency = min(source.maximum_concurrency, self._max_concurrency)
        environments = self._environment_pools[source.function_name]
        return Poller(source, environments, as_role, self._sqs, concurrency, self._retry_seconds)

    def _pollers_of(self, function_name: str) -> list[Poller]:
        return [poller for poller in self._pollers if poller.source.function_name == function_name]

    def _record_call(self, function_name: str, call: Call) -> None:
        with self._recording:
            self._calls[function_name][call] += 1

    def _record(self, function_name: str, result: Result) -> None:
        record = InvocationRecord(
            at=datetime.now(UTC).isoformat(timespec="milliseconds"),
            function=function_name,
            status=result.status,
            milliseconds=result.milliseconds,
            init_milliseconds=result.init_milliseconds,
            processor_milliseconds=result.processor_milliseconds,
            memory_mb=result.memory_mb,
            writes=result.writes,
            configured_memory_mb=self.deployment.functions[function_name].memory_mb,
            error_type=None if result.ok else result.payload.get("errorType"),
        )
        with self._recording, (self.log_dir / "invocations.jsonl").open("a") as file:
            self._records.append(record)
            file.write(json.dumps(asdict(record)) + "\n")


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Ignores a second ctrl-C while the emulator writes its state."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _running(part: Part | None) -> Part:
    if part is None:
        raise RuntimeError("the stack is not running")
    return part
