"""Languages, licence and results of Aspose.OCR, without it; tests/aspose tests Aspose.OCR itself."""

from __future__ import annotations

import sys
from datetime import date
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanproof.errors import PermanentError
from scanproof.ocr.aspose.languages import aspose_language
from scanproof.ocr.aspose.licence import REFRESH_SECONDS, Licence, check_licence
from scanproof.ocr.aspose.results import CONFIDENCE, parse_result
from scanproof.ocr.aspose.runtime import runtime_checks
from scanproof.ocr.engine import EngineRefusalError
from scanproof.ocr.registry import Engines
from scanproof.options import ScanOptions

BANNER = "\n ************* Trial Licenses ************* \n"


def result(rows: list[str], text: str | None = None, warnings: tuple[str, ...] = ()) -> Any:
    """Builds an object with the attributes of ``aspose.ocr.RecognitionResult``."""
    return SimpleNamespace(
        recognition_text=text if text is not None else "\n".join(rows),
        warnings=warnings,
        recognition_lines_result=[
            SimpleNamespace(text_in_line=row, line=SimpleNamespace(x=10, y=40 * index, width=20 * len(row), height=30))
            for index, row in enumerate(rows)
        ],
    )


# ---------------------------------------------------------------------------------------------------------- languages


@pytest.mark.parametrize(
    ("tag", "name"),
    [(None, "EXT_LATIN"), ("de", "DEU"), ("de-CH", "DEU"), ("zh-Hans", "CHINESE"), ("pt-BR", "POR"), ("nb", "NOR")],
)
def test_tag_maps_to_aspose_language(tag: str | None, name: str) -> None:
    assert aspose_language(tag) == name


@pytest.mark.parametrize("tag", ["th", "xx", "-"])
def test_unsupported_language_is_refused(tag: str) -> None:
    with pytest.raises(EngineRefusalError, match=tag) as caught:
        aspose_language(tag)
    assert caught.value.code == "language_unsupported"


# ------------------------------------------------------------------------------------------------------------ results


def test_lines_have_boxes_and_words() -> None:
    [segment] = parse_result(result(["Invoice No 12"]), (800, 600), licensed=True).segments
    assert segment.text == "Invoice No 12"
    assert (segment.box.left, segment.box.right) == (10, 270)
    assert len(segment.confidences) == len(segment.centres) == len(segment.text)


@given(st.lists(st.text(min_size=1, max_size=20), max_size=5))
def test_segments_match_any_text(rows: list[str]) -> None:
    for segment in parse_result(result(rows), (800, 600), licensed=True).segments:
        assert segment.text == segment.text.strip() != ""
        assert len(segment.confidences) == len(segment.text)
        assert all(0 < centre < 1 for centre in segment.centres)


def test_trial_banner_is_not_text() -> None:
    parsed = parse_result(result([], "Dear Sir" + BANNER), (800, 600), licensed=False)
    assert parsed.is_trial
    assert [segment.text for segment in parsed.segments] == ["Dear Sir"]


def test_warning_makes_licensed_result_trial() -> None:
    assert parse_result(result(["Dear Sir"], warnings=("Trial Licenses",)), (800, 600), licensed=True).is_trial


def test_licensed_page_may_quote_banner() -> None:
    row = BANNER.strip()
    parsed = parse_result(result([row]), (800, 600), licensed=True)
    assert not parsed.is_trial
    assert [segment.text for segment in parsed.segments] == [row]


def test_characters_get_measured_confidence() -> None:
    [segment] = parse_result(result([" No 1 "]), (800, 600), licensed=True).segments
    assert segment.confidences == (CONFIDENCE,) * len("No 1")


# ------------------------------------------------------------------------------------------------------------ licence


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "aspose_licence_malformed"),
        ("{", "aspose_licence_malformed"),
        ('{"metered_public_key": "x"}', "aspose_licence_malformed"),
        ("<License><Data><LicenseExpiry>20260101</LicenseExpiry></Data></License>", "aspose_licence_expired"),
    ],
)
def test_invalid_licence_is_refused(text: str, code: str) -> None:
    with pytest.raises(EngineRefusalError) as caught:
        check_licence(text, date(2026, 11, 21))
    assert caught.value.code == code


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def applied(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Collects the licences that Aspose.OCR gets; it refuses those that contain ``forged``."""
    given: list[str] = []

    class FakeLicence:
        def set_license(self, stream: Any) -> None:
            text = stream.read().decode()
            if "forged" in text:
                raise RuntimeError("Proxy error(InvalidOperationException): Failed to set license. Details: no")
            given.append(text)

        def set_metered_key(self, public: str, private: str) -> None:
            given.append(f"{public}/{private}")

    package, module = ModuleType("aspose"), ModuleType("aspose.ocr")
    module.License = module.Metered = FakeLicence  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "aspose", package)
    monkeypatch.setitem(sys.modules, "aspose.ocr", module)
    return given


def test_licence_is_refreshed_hourly(applied: list[str]) -> None:
    clock, texts = Clock(), iter(["<License>1", "<License>1", "<License>2"])
    licence = Licence(lambda: next(texts), clock)
    for clock.now in (0, 10, REFRESH_SECONDS + 1, 2 * REFRESH_SECONDS + 2):
        licence.apply()
    assert applied == ["<License>1", "<License>2"]


def test_refused_licence_can_be_replaced(applied: list[str]) -> None:
    clock, text = Clock(), ["<License>forged"]
    licence = Licence(lambda: text[0], clock)
    for clock.now in (0, 10):
        with pytest.raises(EngineRefusalError, match="refused the licence: no"):
            licence.apply()
    text[0], clock.now = '{"metered_public_key": "a", "metered_private_key": "b"}', 120
    licence.apply()
    assert applied == ["a/b"]


# ----------------------------------------------------------------------------------------------------------- registry


def test_unavailable_engine_is_refused() -> None:
    engines = Engines(available=("aspose",))
    assert engines.has(ScanOptions(engine="auto"))
    assert not engines.has(ScanOptions(engine="rapidocr"))
    with pytest.raises(PermanentError, match="rapidocr"):
        engines.get(ScanOptions(engine="rapidocr"))


def test_icu_setting_fails_check() -> None:
    found = {check.name: check for check in runtime_checks({"DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "false"})}
    assert not found["globalization"].ok
    assert "=1" in found["globalization"].next_step
