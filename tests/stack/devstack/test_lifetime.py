"""Start and end of a stack: state is kept on request, and no process is left even if the stack is killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from devstack.emulator import EmulatorError
from devstack.stack import LocalStack
from tests.stack.devstack.conftest import TEMPLATE, Probe, is_running

pytestmark = pytest.mark.stack

KILLED_STACK = """
import sys, time
from pathlib import Path
from devstack.stack import LocalStack

with LocalStack(Path(sys.argv[1]), template=Path(sys.argv[2])) as stack:
    stack.warm()
    print(*stack.process_ids(), stack.scratch, flush=True)
    time.sleep(60)
"""


def test_data_and_messages_survive_restart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with LocalStack(Path("logs"), Path("data"), TEMPLATE) as stack:
        first = Probe(stack)
        first.run({"do": "succeed", "name": "before"})
        stack.pause("probe")
        first.send({"do": "succeed", "name": "after"})
        outputs = dict(stack.outputs)

    with LocalStack(tmp_path / "logs", tmp_path / "data", TEMPLATE) as stack:
        second = Probe(stack)
        stack.wait_idle(20)

        assert dict(stack.outputs) == outputs
        assert second.note("before")["received"] == "1"
        assert second.note("after")["batch"] == 1
        with pytest.raises(EmulatorError, match="is another stack running"):
            LocalStack(tmp_path / "logs", tmp_path / "data", TEMPLATE).start()


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGINT])
def test_nothing_outlives_the_process(tmp_path: Path, end: signal.Signals) -> None:
    command = [sys.executable, "-c", KILLED_STACK, str(tmp_path), str(TEMPLATE)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as parent:
        assert parent.stdout
        *pids, scratch = parent.stdout.readline().split()
        children = [int(pid) for pid in pids]
        os.kill(parent.pid, end)

    assert len(children) == 2
    deadline = time.monotonic() + 30
    while (any(map(is_running, children)) or Path(scratch).exists()) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not any(map(is_running, children))
    assert not Path(scratch).exists()


def test_broken_template_names_resource(tmp_path: Path) -> None:
    broken = tmp_path / "template.yaml"
    broken.write_text(json.dumps({"Resources": {"Odd": {"Type": "AWS::No::Such", "Properties": {}}}}))

    with pytest.raises(Exception, match=r"AWS::No::Such|Odd"):
        LocalStack(tmp_path / "logs", template=broken).start()
