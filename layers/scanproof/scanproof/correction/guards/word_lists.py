"""Reads the word lists in ``words.toml``."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any


def word_list(name: str) -> frozenset[str]:
    """The words of a list."""
    return _lists()[name]


@cache
def function_words() -> dict[str, frozenset[str]]:
    """The function words of each language."""
    return {language: frozenset(words.split()) for language, words in _file()["function"].items()}


@cache
def _lists() -> dict[str, frozenset[str]]:
    return {name: frozenset(words.split()) for name, words in _file().items() if isinstance(words, str)}


@cache
def _file() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("words.toml").read_text("utf-8"))
