"""Pools the execution environments of one function: reuses a warm one, starts a new one only if none is idle."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from threading import Lock

import boto3

from devstack.calls import Call
from devstack.deploy import DeployedFunction
from devstack.execution_environment import REFUSED, EnvironmentFailedError, ExecutionEnvironment, Result
from devstack.faults import Faults
from devstack.reaper import Reaper
from devstack.roles import assume


class EnvironmentPool:
    """Execution environments of one function; thread-safe, with one concurrent invocation per caller."""

    def __init__(
        self,
        function: DeployedFunction,
        client: boto3.Session,
        endpoint_url: str,
        log: Path,
        reaper: Reaper,
        faults: Faults,
        on_result: Callable[[str, Result], None],
        on_call: Callable[[Call], None] | None,
    ) -> None:
        self.function = function
        self._operator = client
        self._endpoint_url = endpoint_url
        self._log = log
        self._reaper = reaper
        self._faults = faults
        self._on_result = on_result
        self._on_call = on_call
        self._lock = Lock()
        self._idle: list[ExecutionEnvironment] = []
        self._all: set[ExecutionEnvironment] = set()
        self._closed = False

    def invoke(self, event: bytes) -> Result:
        """Runs one invocation in a warm environment, or in a new one."""
        if self._faults.take_refusal(self.function.name):
            self._on_result(self.function.name, REFUSED)
            return REFUSED
        kill = self._faults.take_kill(self.function.name)
        throttle = self._faults.take_throttle(self.function.name)
        try:
            environment = self._lease()
        except EnvironmentFailedError as error:
            result = error.result
        else:
            result = environment.invoke(event, kill, throttle)
            self._give_back(environment)
        self._on_result(self.function.name, result)
        return result

    def warm(self) -> None:
        """Starts one environment ahead of the first invocation, which reports the error if the start fails."""
        try:
            self._give_back(self._lease())
        except EnvironmentFailedError:
            return

    def process_ids(self) -> list[int]:
        """Returns the process ids of the running environments."""
        with self._lock:
            return [environment.process_id for environment in self._all]

    def close(self) -> None:
        """Kills every environment, busy or idle."""
        with self._lock:
            self._closed = True
            environments = list(self._all)
        for environment in environments:
            self._discard(environment)

    def _lease(self) -> ExecutionEnvironment:
        with self._lock:
            environment = self._idle.pop() if self._idle else None
        if environment is None:
            return self._start()
        if environment.reusable:
            return environment
        self._discard(environment)
        return self._lease()

    def _start(self) -> ExecutionEnvironment:
        region = self._operator.region_name
        credentials = assume(self.function.role_arn, self.function.name, self._operator, self._endpoint_url)
        environment = ExecutionEnvironment(
            self.function, credentials, self._endpoint_url, region, self._log, self._reaper, self._on_call
        )
        with self._lock:
            self._all.add(environment)
            closed = self._closed
        if closed:  # while it was started: nothing else would end it
            self._discard(environment)
        try:
            environment.wait_until_ready()
        except EnvironmentFailedError:
            with self._lock:
                self._all.discard(environment)
            raise
        return environment

    def _give_back(self, environment: ExecutionEnvironment) -> None:
        if not environment.reusable:
            self._discard(environment)
            return
        with self._lock:
            self._idle.append(environment)

    def _discard(self, environment: ExecutionEnvironment) -> None:
        with self._lock:
            known = environment in self._all
            self._all.discard(environment)
        if known:
            environment.close()
