"""Upload options from metadata and prefix rules."""

from __future__ import annotations

import pytest

from scanproof.errors import PermanentError
from scanproof.options import DEFAULT_OUTPUTS, Output, options_for, parse_prefix_rules

RULES = parse_prefix_rules(
    '{"/": {}, "incoming/": {}, "incoming/fr/": {"language": "fr"}, "invoices/": {"profile": "financial"}}'
)


def test_longest_matching_prefix_wins() -> None:
    assert options_for("incoming/fr/a.png", {}, RULES).language == "fr"
    assert options_for("incoming/a.png", {}, RULES).language is None


def test_root_rule_applies_without_folder() -> None:
    assert options_for("a.png", {}, RULES).profile == "general"


def test_metadata_overrides_prefix_rule() -> None:
    metadata = {"scanproof-profile": "medical", "scanproof-correct-digital": "true", "camera": "x"}
    options = options_for("invoices/a.png", metadata, RULES)
    assert (options.profile, options.correct_digital) == ("medical", True)


def test_outputs_prompt_and_keys_are_decoded() -> None:
    metadata = {
        "scanproof-outputs": "json, text",
        "scanproof-prompt": "Gr%C3%BC%C3%9Fe",
        "scanproof-words": "lists/W%C3%B6rter.txt",
        "scanproof-replacements": "none",
    }
    options = options_for("a.png", metadata, RULES)
    assert options.outputs == {Output.JSON, Output.TEXT}
    assert options.prompt == "Grüße"
    assert (options.words, options.replacements) == ("lists/Wörter.txt", "none")


@pytest.mark.parametrize(
    ("key", "metadata", "code", "message"),
    [
        ("elsewhere/a.png", {}, "unknown_prefix", "incoming/"),
        ("a.png", {"scanproof-colour": "blue"}, "unknown_option", "'colour'"),
        ("a.png", {"scanproof-engine": "tesseract"}, "invalid_option", "'engine'"),
        ("a.png", {"scanproof-handwritten": "perhaps"}, "invalid_option", "'handwritten'"),
        ("a.png", {"scanproof-language": "klingon!"}, "invalid_option", "'language'"),
        ("a.png", {"scanproof-outputs": "docx"}, "invalid_option", "'outputs'"),
        ("a.png", {"scanproof-prompt": "x" * 1025}, "invalid_option", "'prompt'"),
        ("a.png", {"scanproof-words": "documents/a.png/1/1/document.txt"}, "invalid_option", "'words'"),
        ("a.png", {"scanproof-replacements": "lists/"}, "invalid_option", "'replacements'"),
    ],
)
def test_invalid_options_are_named(key: str, metadata: dict[str, str], code: str, message: str) -> None:
    with pytest.raises(PermanentError) as caught:
        options_for(key, metadata, RULES)
    assert caught.value.code == code
    assert message in caught.value.message


@pytest.mark.parametrize("text", ["[]", "{}", '{"incoming": {}}', '{"incoming/": {"colour": "blue"}}'])
def test_invalid_prefix_rules_are_rejected(text: str) -> None:
    with pytest.raises(ValueError, match=r"prefix|colour"):
        parse_prefix_rules(text)


def test_alternatives_are_not_in_the_default() -> None:
    options = options_for("a.png", {}, {"/": {}})
    assert options.outputs == DEFAULT_OUTPUTS == {Output.JSON, Output.TEXT, Output.RAW, Output.AUDIT}


def test_numbers_are_resolved_on_request_only() -> None:
    assert not options_for("a.png", {}, RULES).resolve_numbers
    assert options_for("a.png", {"scanproof-resolve-numbers": "true"}, RULES).resolve_numbers
    with pytest.raises(PermanentError, match="'resolve-numbers'"):
        options_for("a.png", {"scanproof-resolve-numbers": "perhaps"}, RULES)
