"""Runs the AWS emulator (ministack) as a child process, on the loopback interface only and with IAM enforced.

Gaps of ministack 1.5.33 that matter here: it ignores table TTL, server-side encryption and lifecycle rules (unit tests
check them on the template); EventBridge delivers to a queue whose policy does not allow it; functions are stored, not
run (see ``execution_environment``). Faithful are `s3:TestEvent`, versions and sequencers in URL-encoded notifications,
IAM per action and resource (GetObjectVersion apart from GetObject, 404 only with ListBucket), conditional writes and
index queries of DynamoDB, redrive and event patterns.
"""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

import boto3

from devstack import PROJECT_ROOT
from devstack.loopback import HOST
from devstack.reaper import Reaper

REGION = "us-east-1"
PYTHON = PROJECT_ROOT / ".venv-emulator/bin/python"
_OPERATOR_KEY, _OPERATOR_SECRET = "test", "test"  # the emulator's root
_READY_SECONDS, _STOP_SECONDS = 30.0, 30.0


class EmulatorError(RuntimeError):
    """The emulator did not start; the message says why or names its log."""


class Emulator:
    """One running emulator.

    Args:
        log_dir: gets the log ``emulator.log``.
        reaper: ends the emulator if this process dies.
        data_dir: keeps the state between runs; without it, the state is lost at the end.

    Raises:
        EmulatorError: the emulator is not installed, or its port is taken.
    """

    def __init__(self, log_dir: Path, reaper: Reaper, data_dir: Path | None = None) -> None:
        self._log = log_dir / "emulator.log"
        self._reaper = reaper
        port = _remembered_port(data_dir) if data_dir else free_port()
        if not PYTHON.exists():
            raise EmulatorError(f"the emulator is not installed: {PYTHON} is missing; run `make .venv-emulator/ready`")
        if _is_listening(port):
            raise EmulatorError(f"port {port} is taken: is another stack running with the data in {data_dir}?")
        self.endpoint_url = f"http://{HOST}:{port}"
        scratch = Path(tempfile.mkdtemp(prefix="emulator-", dir=reaper.scratch))
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [PYTHON, "-m", "ministack"],
                cwd=scratch,
                env=_variables(port, scratch, data_dir),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.process_id = self._process.pid
        reaper.watch(self.process_id)

    def wait_until_ready(self) -> None:
        """Waits until the emulator answers.

        Raises:
            EmulatorError: it ended, or did not answer in time.
        """
        deadline = time.monotonic() + _READY_SECONDS
        while not self._is_ready():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise EmulatorError(f"the emulator did not start; its log is {self._log}")
            time.sleep(0.05)

    def stop(self) -> None:
        """Terminates the emulator, which writes its state first; kills it if it takes too long."""
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reaper.forget(self.process_id)

    @staticmethod
    def operator_session() -> boto3.Session:
        """Returns a session with the rights of the account's owner."""
        return boto3.Session(_OPERATOR_KEY, _OPERATOR_SECRET, region_name=REGION)

    def _is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.endpoint_url}/_ministack/health", timeout=2) as answer:  # noqa: S310
                return bool(json.load(answer))
        except (urllib.error.URLError, ConnectionError, TimeoutError, json.JSONDecodeError):
            return False


def _variables(port: int, scratch: Path, data_dir: Path | None) -> dict[str, str]:
    kept = data_dir or scratch
    return {
        "PATH": "/usr/bin:/bin",
        "HOME": str(scratch),
        "TMPDIR": str(scratch),
        "BIND_HOST": HOST,
        "MINISTACK_HOST": HOST,
        "MINISTACK_REGION": REGION,
        "GATEWAY_PORT": str(port),
        "AUTH": "true",
        "LOG_LEVEL": "WARNING",
        "PERSIST_STATE": "1" if data_dir else "0",
        "STATE_DIR": str(kept / "state"),
        "S3_PERSIST": "1" if data_dir else "0",
        "S3_DATA_DIR": str(kept / "s3"),
        "IOT_MTLS_ENABLED": "0",  # this service and the next would listen on further ports
        "SFTP_ENABLED": "0",
        "DOCKER_HOST": f"unix://{scratch}/none",  # else it would remove containers that it takes for its own
    }


def free_port() -> int:
    """Finds a free port of the loopback interface."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _remembered_port(data_dir: Path) -> int:
    """Returns the port that is kept with the data: queue URLs contain it, and stored messages name queues by URL."""
    file = data_dir / "port"
    if not file.exists():
        data_dir.mkdir(parents=True, exist_ok=True)
        file.write_text(str(free_port()))
    return int(file.read_text())


def _is_listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0
