"""Each label rewrites its character."""

import pytest

from scanproof.correction.fast.tagger import rewrite


@pytest.mark.parametrize(
    ("label", "text"), [("K", "a"), ("D", ""), ("R:xy", "xy"), ("A:x", "ax"), ("R::", ":"), ("A:A:", "aA:")]
)
def test_label_rewrites_character(label: str, text: str) -> None:
    assert rewrite(label, "a") == text
