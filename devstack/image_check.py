"""Checks an image without Docker: installs its packages for Lambda's Python, then starts and calls its handler.

    python -m devstack.image_check ocr correct correct-gpu --python python3.13

Prints sizes. The model export and the operating system of the image are not checked; their sizes come on top.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from devstack import PROJECT_ROOT
from devstack.runtime_api import Invocation, Report, RuntimeApi

FOLDERS = {"ocr": "ocr", "correct": "correct", "correct-gpu": "correct"}
START_SECONDS = 120.0
PIP = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--require-hashes")
SETTINGS = {
    "SCANS_BUCKET": "scans",
    "RESULTS_BUCKET": "results",
    "DOCUMENTS_TABLE": "documents",
    "IDEMPOTENCY_TABLE": "idempotency",
    "AWS_REGION": "us-east-1",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "none",
    "AWS_SECRET_ACCESS_KEY": "none",
    "AWS_LAMBDA_FUNCTION_NAME": "check",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1769",
    "POWERTOOLS_METRICS_NAMESPACE": "check",
    "POWERTOOLS_SERVICE_NAME": "check",
    "POWERTOOLS_TRACE_DISABLED": "true",
}
UNKNOWN_MESSAGE = {
    "messageId": "poison",
    "receiptHandle": "none",
    "body": "not one of ours",
    "attributes": {"ApproximateReceiveCount": "1"},
    "messageAttributes": {},
    "md5OfBody": "",
    "eventSource": "aws:sqs",
    "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:check",
    "awsRegion": "us-east-1",
}


def main() -> None:
    """Checks the named images."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("images", nargs="+", choices=sorted(FOLDERS))
    parser.add_argument("--python", default=sys.executable, help="interpreter to check with; Lambda runs 3.13")
    arguments = parser.parse_args()
    for image in arguments.images:
        with tempfile.TemporaryDirectory(prefix=f"image-{image}-") as folder:
            target = Path(folder)
            install(arguments.python, image, target)
            megabytes = sum(file.stat().st_size for file in target.rglob("*") if file.is_file()) / 1e6
            started = time.monotonic()
            answer = call(arguments.python, image, target)
            seconds = time.monotonic() - started
        print(
            json.dumps(
                {"image": image, "packages_mb": round(megabytes), "answer": answer, "seconds": round(seconds, 1)}
            )
        )


def install(python: str, image: str, target: Path) -> None:
    """Installs the image's packages and the runtime client into ``target``, as its Dockerfile does."""
    files = [str(PROJECT_ROOT / "requirements" / f"{name}.txt") for name in (image, "runtime")]
    subprocess.run([python, *PIP, "--target", str(target), "-r", files[0], "-r", files[1]], check=True)


def call(python: str, image: str, target: Path) -> object:
    """Calls the handler under the real runtime client with a message of unknown kind.

    Returns:
        The handler's answer, which reports the message as failed.

    Raises:
        RuntimeError: the handler could not be imported, or failed.
    """
    api = RuntimeApi(f"arn:aws:lambda:us-east-1:000000000000:function:{image}")
    folder = PROJECT_ROOT / "functions" / FOLDERS[image]
    path = os.pathsep.join(map(str, (folder, target, PROJECT_ROOT / "layers/scanproof")))
    environment = {**SETTINGS, "PATH": os.environ["PATH"], "PYTHONPATH": path, "AWS_LAMBDA_RUNTIME_API": api.address}
    process = subprocess.Popen(
        [python, "-m", "awslambdaric", "app.handler"], cwd=folder, env=environment, stdout=sys.stderr
    )
    try:
        _expect(api.reports.get(timeout=START_SECONDS), "ready")
        api.offer(Invocation(json.dumps({"Records": [UNKNOWN_MESSAGE]}).encode(), time.time() + START_SECONDS))
        return json.loads(_expect(api.reports.get(timeout=START_SECONDS), "response"))
    finally:
        process.kill()
        process.wait()
        api.close()


def _expect(report: Report, kind: str) -> bytes:
    if report.kind != kind:
        raise RuntimeError(f"the runtime reported {report.kind} instead of {kind}: {report.body.decode()}")
    return report.body


if __name__ == "__main__":
    main()
