"""``python -m devstack``: runs the local stack until ctrl-C and prints its endpoint and outputs."""

import argparse
import signal
from pathlib import Path

from devstack import PROJECT_ROOT
from devstack.stack import LocalStack


def main() -> None:
    """Runs the local stack in the foreground."""
    parser = argparse.ArgumentParser(prog="python -m devstack", description=main.__doc__)
    parser.add_argument("--data", type=Path, metavar="DIR", help="keep buckets, tables and queues in this folder")
    parser.add_argument("--logs", type=Path, metavar="DIR", default=PROJECT_ROOT / ".scanproof/logs", help="logs")
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends as by ctrl-C: state is kept, no process is left
    try:
        with LocalStack(arguments.logs, arguments.data) as stack:
            print(f"endpoint  {stack.endpoint_url}", f"logs      {arguments.logs}", sep="\n")
            for name, value in stack.outputs.items():
                print(f"{name:<24}{value}", flush=True)
            signal.pause()
    except KeyboardInterrupt:
        print("stopped")


if __name__ == "__main__":
    main()
