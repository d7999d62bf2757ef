#!/usr/bin/env bash
# Pins what the *.in files ask for, with hashes, for every Python from 3.11 on, without index addresses. Needs `uv`.
set -euo pipefail
cd "$(dirname "$0")"

lock() {
    uv pip compile "$1" -o "$2" -q --universal --python-version 3.11 --generate-hashes \
        --no-emit-index-url --override overrides.txt --custom-compile-command "make lock" "${@:3}"
}

lock ocr.in ocr.txt
lock correct.in correct.txt
lock correct-gpu.in correct-gpu.txt --override overrides-gpu.txt
lock publish.in ../layers/scanproof/requirements.txt # where the layer's build finds it
lock runtime.in runtime.txt
lock dev.in dev.txt
lock emulator.in emulator.txt
lock sam.in sam.txt
lock lint.in lint.txt
lock ../model_training/requirements.in ../model_training/requirements.txt
# Lambda's runtime has boto3; beside Aspose.OCR there is no room for another.
lock aspose.in ../layers/scanproof/requirements-aspose.txt \
    --no-emit-package boto3 --no-emit-package botocore --no-emit-package s3transfer --no-emit-package jmespath
