#!/usr/bin/env bash
# Writes requirements.txt (complete) and requirements-cpu.txt (without torch): pinned, hashed, no index addresses. Needs `uv`.
set -euo pipefail
cd "$(dirname "$0")"
compile() { uv pip compile requirements.in -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
    --custom-compile-command "model_export/lock.sh" "$@"; }
compile -o requirements.txt
compile -o requirements-cpu.txt --override overrides-cpu.txt -c requirements.txt
