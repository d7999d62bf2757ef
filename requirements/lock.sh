#!/usr/bin/env bash
# Pins what the *.in files ask for, with hashes, for every Python from 3.11 on, without index addresses. Needs `uv`.
set -euo pipefail
cd "$(dirname "$0")"

lock() {
    uv pip compile "$1" -o "$2" -q --universal --python-version 3.11 --generate-hashes \
        --no-emit-index-url --override overrides.txt --custom-compile-command "make lock" "${@:3}"
}

# What was tested is what runs: the images and layers take their versions from dev.txt.
lock_as_tested() {
    lock "$@" --constraint dev.txt
}

lock dev.in dev.txt
lock_as_tested ocr.in ocr.txt
lock_as_tested correct.in correct.txt
lock_as_tested correct-gpu.in correct-gpu.txt --override overrides-gpu.txt
lock_as_tested publish.in ../layers/scanproof/requirements.txt # where the layer's build finds it
lock_as_tested runtime.in runtime.txt
# Lambda's runtime has boto3; beside Aspose.OCR there is no room for another.
lock_as_tested aspose.in ../layers/scanproof/requirements-aspose.txt \
    --no-emit-package boto3 --no-emit-package botocore --no-emit-package s3transfer --no-emit-package jmespath
# Environments of their own, as their tools pin what others need newer.
lock ../model_training/requirements.in ../model_training/requirements.txt
lock emulator.in emulator.txt
lock sam.in sam.txt
lock_as_tested browser.in browser.txt
lock lint.in lint.txt
