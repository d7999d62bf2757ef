"""What holds for all tests."""

import os

from hypothesis import settings

# Before any test imports onnxruntime, which would write a device id and contact its maker.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

# Speed is for benchmarks: on a busy machine a deadline only says that it is busy. The same examples every time, so that
# a failing test speaks of the change at hand; SCANPROOF_EXPLORE=1 looks for new ones.
settings.register_profile("scanproof", deadline=None, derandomize=not os.environ.get("SCANPROOF_EXPLORE"))
settings.load_profile("scanproof")
