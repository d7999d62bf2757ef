"""Files of fields that users define."""

from __future__ import annotations

import pytest

from scanproof.errors import PermanentError
from scanproof.user_fields import MAX_FIELDS, MAX_LABELS, FieldPlace, FieldType, UserField, parse_fields

GOOD = b'[[field]]\nname = "cost_centre"\nlabels = ["Cost centre", "Kostenstelle"]\ntype = "code"\nplace = "right"\n'
OTHER = b'\n[[field]]\nname = "b"\nlabels = ["B"]\n'


def test_fields_are_parsed() -> None:
    assert parse_fields(GOOD, "our.toml") == (
        UserField(
            name="cost_centre",
            labels=("Cost centre", "Kostenstelle"),
            type=FieldType.CODE,
            place=FieldPlace.RIGHT,
        ),
    )
    assert parse_fields(b"", "our.toml") == ()


@pytest.mark.parametrize(
    ("content", "place", "cause"),
    [
        (b"[[field]", "our.toml", "not TOML"),
        (b'[[field]]\nname = "a"\nlabels = [\n', "our.toml", "not TOML"),
        (b"\xff", "our.toml, line 1", "not UTF-8"),
        (b"words = []", "our.toml", "something else"),
        (b"field = 1", "our.toml", "something else"),
        (b"field = [1]", "our.toml, entry 1", "not a table"),
        (GOOD + OTHER + b"kind = 1\n", "our.toml, line 10 (entry 2)", "'kind' is unknown"),
        (GOOD + OTHER + b'type = "money"\n', "our.toml, line 10 (entry 2)", "'type'"),
        (GOOD + b'\n[[field]]\nname = "b"\n', "our.toml, line 7 (entry 2)", "'labels': Field required"),
        (GOOD + b'\n[[field]]\nname = "b"\nlabels = []\n', "our.toml, line 9 (entry 2)", "'labels'"),
        (GOOD + GOOD, "our.toml, line 7 (entry 2)", "occurs twice"),
        (b'[[field]]\nname = "Cost centre"\nlabels = ["x"]\n', "our.toml, line 2 (entry 1)", "'name'"),
        (b'[[field]]\nname = "total"\nlabels = ["x"]\n', "our.toml, line 2 (entry 1)", "built-in field"),
        (b'[[field]]\nname = "a"\nlabels = ["--"]\n', "our.toml, line 2 (entry 1)", "no letter or digit"),
        (b'[[field]]\nname = "a"\nlabels = [' + b'"x",' * (MAX_LABELS + 1) + b"]", "our.toml, line 3", "at most 30"),
        (b'[[field]]\nname = "a"\nlabels = ["x"]\n' * (MAX_FIELDS + 1), "our.toml", "the limit is 100"),
        (b'field = [{name = "a"}]', "our.toml, entry 1", "'labels'"),
    ],
)  # fmt: skip
def test_invalid_fields_are_named(content: bytes, place: str, cause: str) -> None:
    with pytest.raises(PermanentError) as refusal:
        parse_fields(content, "our.toml")
    assert refusal.value.code == "list_invalid"
    assert refusal.value.message.startswith(place)
    assert cause in refusal.value.message
    assert "[[field]]" in refusal.value.next_step
