"""Every environment variable is a setting, and the template sets nothing that is not read."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from scanproof.errors import PermanentError
from scanproof.settings import Settings, StackSettings

ROOT = Path(__file__).parents[2]
LIBRARY = ROOT / "layers" / "scanproof" / "scanproof"
READ_BY_OTHERS = re.compile(
    r"POWERTOOLS_|DOTNET_|ORT_DISABLE_TELEMETRY$|HOME$|XDG_|LD_LIBRARY_PATH$|LAMBDA_TASK_ROOT$|NVIDIA_|PATH$"
)
SET_BY_LAMBDA = {"AWS_LAMBDA_FUNCTION_MEMORY_SIZE"}
SET_BY_USERS = {  # for the command line, or by whoever builds an image or layer
    "SCANPROOF_JUDGE_BUDGET_MS",
    "SCANPROOF_MODEL_CACHE",
    "SCANPROOF_EXPORT_PYTHON",
    "SCANPROOF_CONTEXT_SIZE",
    "ASPOSE_LICENCE_FILE",
    "ASPOSE_RESOURCES",
    "XDG_CACHE_HOME",
    "XDG_STATE_HOME",
}
READS_ENVIRONMENT = {
    "settings.py",
    "__init__.py",  # switches onnxruntime's telemetry off
    "ocr/aspose/runtime.py",  # sets .NET's variables
    "correction/models/cache.py",  # passes the environment on to the exporter
    "opening/pdf_process.py",  # passes the environment on to the PDF reader
    "workers/handler.py",  # Lambda's name of the function, for idempotency keys
}


def template_variables() -> set[str]:
    """Names in the environment of any function of the template."""
    blocks = re.findall(r"Variables:\n((?: +[A-Z_]+: .*\n(?: {12,}.*\n)*)+)", (ROOT / "template.yaml").read_text())
    return {name for block in blocks for name in re.findall(r"^ +([A-Z_]+): ", block, re.MULTILINE)}


def image_variables() -> set[str]:
    """Names that the images set."""
    files = [path.read_text() for path in ROOT.glob("functions/*/Dockerfile*")]
    blocks = [block for text in files for block in re.findall(r"^ENV ((?:.*\\\n)*.*)$", text, re.MULTILINE)]
    return {name for block in blocks for name in re.findall(r"\b([A-Z_]+)=", block)}


def test_template_sets_only_known_variables() -> None:
    known = {*Settings.variables(), *StackSettings.variables()}
    unknown = {name for name in template_variables() | image_variables() if not READ_BY_OTHERS.match(name)}
    assert len(template_variables()) > 10
    assert unknown <= known


def test_every_setting_is_set_somewhere() -> None:
    assert set(StackSettings.variables()) <= template_variables()
    somewhere = template_variables() | image_variables() | SET_BY_LAMBDA | SET_BY_USERS
    assert set(Settings.variables()) <= somewhere


def test_only_settings_read_the_environment() -> None:
    readers = set()
    for path in LIBRARY.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and node.attr in ("environ", "getenv"):
                readers.add(path.relative_to(LIBRARY).as_posix())
    assert readers <= READS_ENVIRONMENT


def test_settings_have_defaults_stack_settings_not() -> None:
    assert Settings.from_environment({}) == Settings()
    with pytest.raises(PermanentError) as refusal:
        StackSettings.from_environment({"RESULTS_BUCKET": "results"})
    assert refusal.value.code == "setting_invalid"
    assert "DOCUMENTS_TABLE" in refusal.value.message


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SCANPROOF_DEVICE", "tpu"),
        ("SCANPROOF_MEMORY_BUDGET_GIB", "much"),
        ("SCANPROOF_MEMORY_BUDGET_GIB", "-1"),
        ("SCANPROOF_CONTEXT_SIZE", "0"),
        ("ASPOSE_TRIAL", "maybe"),
        ("REVIEW_CONFIDENCE", "1.5"),
        ("REVIEW_CONFIDENCE", "high"),
    ],
)
def test_ill_formed_variable_is_named(name: str, value: str) -> None:
    with pytest.raises(PermanentError) as refusal:
        Settings.from_environment({name: value})
    assert name in refusal.value.message


def test_empty_variables_count_as_unset() -> None:
    assert Settings.from_environment({"SCANPROOF_DEVICE": "", "CORRECT_MODEL": ""}) == Settings()


def test_lists_are_split() -> None:
    settings = Settings.from_environment({"OCR_ENGINES": "aspose, rapidocr", "SCANPROOF_ACCURATE_MODEL": ":/a:/b"})
    assert settings.ocr_engines == ("aspose", "rapidocr")
    assert settings.accurate_models == (Path("/a"), Path("/b"))


def test_default_lists_lie_below_prefix() -> None:
    names = dict.fromkeys(("RESULTS_BUCKET", "DOCUMENTS_TABLE", "IDEMPOTENCY_TABLE"), "x")
    assert StackSettings.from_environment({**names, "WORDS_KEY": "lists/a.txt"}).words_key == "lists/a.txt"
    with pytest.raises(PermanentError, match="REPLACEMENTS_KEY"):
        StackSettings.from_environment({**names, "REPLACEMENTS_KEY": "pages/a.toml"})


@pytest.mark.parametrize("rules", ["[]", "{}", '{"invoices": {}}', '{"invoices/": {"profile": "no such"}}', "{"])
def test_ill_formed_prefix_rules_are_refused(rules: str) -> None:
    names = dict.fromkeys(("RESULTS_BUCKET", "DOCUMENTS_TABLE", "IDEMPOTENCY_TABLE"), "x")
    with pytest.raises(PermanentError, match="PREFIX_RULES"):
        StackSettings.from_environment({**names, "PREFIX_RULES": rules})
