#!/usr/bin/env bash
# Writes requirements/*.txt from *.in: pinned, hashed, for every Python from 3.11 on, without index addresses. Needs `uv`.
set -euo pipefail
cd "$(dirname "$0")"
for name in ocr correct publish runtime dev emulator; do
    uv pip compile "$name.in" -o "$name.txt" -q --universal --python-version 3.11 --generate-hashes \
        --no-emit-index-url --override overrides.txt --custom-compile-command "make lock" "$@"
done
