"""``python -m tests.faults``: the fault harness beyond what the tests run. The last line of output is JSON.

    python -m tests.faults chaos --uploads 40 --seed 1    in the local stack, with processes
    python -m tests.faults real --uploads 50              the same with the real OCR engine (minutes)
    python -m tests.faults sweep                          every fault at every outside call
    python -m tests.faults mutations                      each guarantee removed once: the harness must notice

Ends with 1 if a document or an event was lost, doubled or stuck, or if a removed guarantee was not noticed.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path

from tests.faults.accounting import Account
from tests.faults.chaos import REAL_ENGINE, STAND_IN, Setting, run_chaos
from tests.faults.in_process import in_process_stack
from tests.faults.mutations import MUTATIONS
from tests.faults.whole import whole_sweep


def main() -> None:
    """Runs a part of the harness."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.faults", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("run", choices=["chaos", "real", "sweep", "mutations"])
    parser.add_argument("--uploads", type=int, default=40, metavar="N", help="of a chaos run")
    parser.add_argument("--seed", type=int, default=1, help="of a chaos run")
    arguments = parser.parse_args()
    match arguments.run:
        case "sweep":
            raise SystemExit(sweep())
        case "mutations":
            raise SystemExit(mutations())
        case kind:
            setting = STAND_IN if kind == "chaos" else REAL_ENGINE
            raise SystemExit(chaos(setting, arguments.uploads, arguments.seed))


def chaos(setting: Setting, uploads: int, seed: int) -> int:
    """Runs chaos once; returns the exit code."""
    log_dir = _log_dir()
    started = time.monotonic()
    account, done = run_chaos(setting, uploads, seed, log_dir)
    if account.problems:
        print(*account.problems, sep="\n")
        print(f"The logs are in {log_dir}; `make faults N={uploads} SEED={seed}` runs it again.")
    return _report(account, seed=seed, seconds=_since(started), **done)


def sweep() -> int:
    """Runs every case and every scenario; returns the exit code."""
    started = time.monotonic()
    account, cases = whole_sweep(_log_dir())
    return _report(account, cases=cases, seconds=_since(started))


def mutations() -> int:
    """Removes each guarantee once; returns the exit code."""
    unnoticed = 0
    with in_process_stack(_log_dir()) as stack:
        for mutation in MUTATIONS:
            before = [problem for check in mutation.checks for problem in check(stack).problems]
            found = mutation.noticed(stack)
            unnoticed += bool(before) or not found
            result = "fails without the mutation, too" if before else found[0] if found else "NOT NOTICED"
            print(f"{mutation.name}: {result}", flush=True)
    print(json.dumps({"mutations": len(MUTATIONS), "noticed": len(MUTATIONS) - unnoticed}))
    return int(unnoticed > 0)


def _report(account: Account, **more: object) -> int:
    print(account.to_json(**more))
    return int(bool(account.problems))


def _log_dir() -> Path:
    return Path(tempfile.mkdtemp(prefix="scanproof-faults-"))


def _since(started: float) -> float:
    return round(time.monotonic() - started, 1)


if __name__ == "__main__":
    main()
