"""What holds for all tests."""

from hypothesis import settings

# Speed is for benchmarks: on a busy machine a deadline only says that it is busy.
settings.register_profile("scanproof", deadline=None)
settings.load_profile("scanproof")
