"""Fixtures of the correctors' tests."""

from __future__ import annotations

import pytest

from scanproof.correction.guards.rewrite import Channel
from scanproof.correction.lm.channel import default_channel


@pytest.fixture(scope="session")
def channel() -> Channel:
    """Words and errors of the bundled model, which take a second to read."""
    return default_channel()
