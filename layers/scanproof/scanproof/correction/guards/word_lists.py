"""The word lists of the guards, ``words.toml``."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any


@cache
def negations() -> frozenset[str]:
    """Words that negate, in the eight languages."""
    return frozenset(_lists()["negations"].split())


@cache
def function_words() -> dict[str, frozenset[str]]:
    """The words of each language without which nobody writes a sentence."""
    return {language: frozenset(words.split()) for language, words in _lists()["function"].items()}


@cache
def closed_class() -> frozenset[str]:
    """Pronouns, modals, titles and negations, in the eight languages."""
    return negations().union(*(words.split() for words in _lists()["closed"].values()))


@cache
def _lists() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("words.toml").read_text("utf-8"))
