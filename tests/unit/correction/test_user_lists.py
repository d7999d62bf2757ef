"""Word lists and replacements are parsed; what is wrong with one is named with its file, its place and a next step."""

from __future__ import annotations

from pathlib import Path

import pytest

from scanproof.correction.user_lists import (
    MAX_LENGTH,
    MAX_REPLACEMENTS,
    MAX_WORDS,
    Replacement,
    UserLists,
    parse_replacements,
    parse_words,
)
from scanproof.errors import PermanentError
from scanproof.list_files import MAX_LIST_BYTES


def entry(**values: str) -> bytes:
    return ("[[replacement]]\n" + "".join(f"{key} = '{value}'\n" for key, value in values.items())).encode()


def test_comments_and_blank_lines_are_ignored() -> None:
    content = "\ufeff# names\r\n\r\n  Acme  Inc \r\nMu\u0308ller\nAcme Inc".encode()
    assert parse_words(content, "words.txt") == ("Acme Inc", "M\u00fcller")
    assert parse_words(b"", "words.txt") == ()


@pytest.mark.parametrize(
    ("content", "place", "cause"),
    [
        (b"fine\n\xff\n", "line 2", "not UTF-8"),
        (b"fine\n\na\x00b", "line 3", "control character"),
        (b"x" * (MAX_LENGTH + 1), "line 1", "200 characters"),
        ("\n".join(map(str, range(MAX_WORDS + 1))).encode(), "words.txt", "10,001 words"),
        (b" " * (MAX_LIST_BYTES + 1), "words.txt", "256 KiB"),
    ],
)
def test_invalid_word_list_is_named(content: bytes, place: str, cause: str) -> None:
    with pytest.raises(PermanentError) as refusal:
        parse_words(content, "words.txt")
    assert refusal.value.code == "list_invalid"
    assert refusal.value.message.startswith("words.txt")
    assert place in refusal.value.message and cause in refusal.value.message
    assert "one word or phrase a line" in refusal.value.next_step


def test_literals_and_patterns_are_parsed() -> None:
    content = entry(literal="Lnc", **{"with": "Inc"}) + entry(pattern=r"(\d) (\d)", **{"with": r"\1\g<2>\\"})
    assert parse_replacements(content, "style.toml") == (
        Replacement(literal="Lnc", corrected="Inc"),
        Replacement(pattern=r"(\d) (\d)", corrected=r"\1\g<2>\\"),
    )
    assert parse_replacements(b"# none yet\n", "style.toml") == ()


@pytest.mark.parametrize(
    ("content", "cause"),
    [
        (b"[[replacement]", "not TOML"),
        (b"a = " + b"[" * 100_000, "not TOML"),
        (b"a = " + b"1" * 10_000, "not TOML"),
        (b"\xff", "line 1: it is not UTF-8"),
        (b"words = []", "something else"),
        (b"replacement = 1", "something else"),
        (b"replacement = [1]", "entry 1: it is not a table"),
        (entry(literal="a", **{"with": "b"}) * (MAX_REPLACEMENTS + 1), "501 entries"),
        (entry(literal="a", **{"with": "b"}) + entry(literal="a"), "entry 2: 'with'"),
        (entry(literal="a", withh="b"), "entry 1: the key 'withh' is unknown"),
        (entry(**{"with": "b"}), "either 'literal' or 'pattern'"),
        (entry(literal="a", pattern="a", **{"with": "b"}), "either 'literal' or 'pattern'"),
        (entry(literal="", **{"with": "b"}), "'literal': String should have at least 1"),
        (entry(pattern="a" * (MAX_LENGTH + 1), **{"with": "b"}), "'pattern': String should have at most 200"),
        (b'[[replacement]]\nliteral = "a"\nwith = "b\\nc"', "line break"),
        (b'[[replacement]]\nliteral = "a"\nwith = "b\\u2028c"', "line break"),
        (b"[[replacement]]\nliteral = 'a'\nwith = 5", "'with': Input should be a valid string"),
        (entry(pattern="(a", **{"with": "b"}), "not a regular expression"),
        (entry(pattern="(?r)a", **{"with": "b"}), "not a regular expression"),
        (entry(pattern="(a)", **{"with": r"\n"}), "backslash"),
        (entry(pattern="(a)", **{"with": r"\2"}), "group 2"),
        (entry(pattern="(?P<x>a)", **{"with": r"\g<y>"}), "group y"),
        (entry(pattern="(?:a){e<=1}", **{"with": "b"}), "begins no count"),
        (entry(pattern="(?:(?:a{50}){50})", **{"with": "b"}), "multiply"),
        (entry(pattern="(" * 9 + "a" + ")" * 9, **{"with": "b"}), "groups within each other"),
    ],
)
def test_invalid_replacements_are_named(content: bytes, cause: str) -> None:
    with pytest.raises(PermanentError) as refusal:
        parse_replacements(content, "style.toml")
    assert refusal.value.code == "list_invalid"
    assert refusal.value.message.startswith("style.toml")
    assert cause in refusal.value.message
    assert "[[replacement]]" in refusal.value.next_step or "UTF-8" in refusal.value.message


def test_files_are_loaded(tmp_path: Path) -> None:
    (tmp_path / "words.txt").write_text("Acme\n")
    (tmp_path / "style.toml").write_bytes(entry(literal="Lnc", **{"with": "Inc"}))
    lists = UserLists.load(tmp_path / "words.txt", tmp_path / "style.toml")
    assert lists == UserLists(words=("Acme",), replacements=(Replacement(literal="Lnc", corrected="Inc"),))
    assert UserLists.model_validate_json(lists.model_dump_json(by_alias=True)) == lists
    assert UserLists.load() == UserLists()


def test_unreadable_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(PermanentError, match=r"gone\.txt cannot be read: No such file") as refusal:
        UserLists.load(words=tmp_path / "gone.txt")
    assert refusal.value.code == "list_unreadable"


def test_version_follows_the_replacements() -> None:
    first = UserLists(replacements=(Replacement(literal="a", corrected="b"),))
    assert first.version == UserLists(words=("x",), replacements=first.replacements).version
    assert first.version != UserLists(replacements=(Replacement(pattern="a", corrected="b"),)).version
