from __future__ import annotations

import pytest

from scanproof.errors import PermanentError
from scanproof.options import Output, options_for, parse_prefix_rules

RULES = parse_prefix_rules(
    '{"/": {}, "incoming/": {}, "incoming/fr/": {"language": "fr"}, "invoices/": {"profile": "financial"}}'
)


def test_the_longest_matching_prefix_rules() -> None:
    assert options_for("incoming/fr/a.png", {}, RULES).language == "fr"
    assert options_for("incoming/a.png", {}, RULES).language is None


def test_a_key_without_a_folder_falls_under_the_root_rule() -> None:
    assert options_for("a.png", {}, RULES).profile == "general"


def test_metadata_overrides_the_prefix_rule_and_foreign_metadata_is_ignored() -> None:
    metadata = {"scanproof-profile": "medical", "scanproof-correct-digital": "true", "camera": "x"}
    options = options_for("invoices/a.png", metadata, RULES)
    assert (options.profile, options.correct_digital) == ("medical", True)


def test_outputs_come_as_a_list_and_prompts_percent_encoded() -> None:
    metadata = {"scanproof-outputs": "json, text", "scanproof-prompt": "Gr%C3%BC%C3%9Fe"}
    options = options_for("a.png", metadata, RULES)
    assert options.outputs == {Output.JSON, Output.TEXT}
    assert options.prompt == "Grüße"


@pytest.mark.parametrize(
    ("key", "metadata", "code", "named"),
    [
        ("elsewhere/a.png", {}, "unknown_prefix", "incoming/"),
        ("a.png", {"scanproof-colour": "blue"}, "unknown_option", "'colour'"),
        ("a.png", {"scanproof-engine": "tesseract"}, "invalid_option", "'engine'"),
        ("a.png", {"scanproof-handwritten": "perhaps"}, "invalid_option", "'handwritten'"),
        ("a.png", {"scanproof-language": "klingon!"}, "invalid_option", "'language'"),
        ("a.png", {"scanproof-outputs": "docx"}, "invalid_option", "'outputs'"),
        ("a.png", {"scanproof-prompt": "x" * 1025}, "invalid_option", "'prompt'"),
    ],
)
def test_what_cannot_be_understood_is_a_named_failure(
    key: str, metadata: dict[str, str], code: str, named: str
) -> None:
    with pytest.raises(PermanentError) as caught:
        options_for(key, metadata, RULES)
    assert caught.value.code == code
    assert named in caught.value.message


@pytest.mark.parametrize("text", ["[]", "{}", '{"incoming": {}}', '{"incoming/": {"colour": "blue"}}'])
def test_a_misconfigured_deployment_says_so_at_start(text: str) -> None:
    with pytest.raises(ValueError, match=r"prefix|colour"):
        parse_prefix_rules(text)
