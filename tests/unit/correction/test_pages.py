"""Pages are grouped, corrected with their language and profile, and flagged where no corrector supports them."""

from __future__ import annotations

import pytest

from scanproof.correction.availability import MIN_CONFIDENCE, flag_uncorrectable, needs_correction
from scanproof.correction.base import Corrector
from scanproof.correction.model_pool import ModelPool
from scanproof.correction.pages import correct_pages
from scanproof.correction.raw_pages import left_raw
from scanproof.document import PageFlag, PageSource
from scanproof.language import LanguagePosterior, detect_language
from scanproof.options import ScanOptions
from tests.builders import UpperCase, line, page


def options_in(*languages: str | None) -> list[ScanOptions]:
    return [ScanOptions(language=language) for language in languages]


def test_pages_of_one_language_are_grouped() -> None:
    corrector = UpperCase()
    pages = [page(1, line("ax"), line("b")), page(7, line("cx")), page(2, line("dx"))]
    corrected = correct_pages(pages, ModelPool(corrector), options_in("en", "fr", "en"))
    assert [p.number for p in corrected] == [1, 7, 2]
    assert [p.text for p in corrected] == ["aX\nb", "cX", "dX"]
    assert sorted(corrector.calls, key=str) == [(["ax", "b", "dx"], "en"), (["cx"], "fr")]


class Linguist(UpperCase):
    """Detects a page's language by its first word."""

    def detect_language(self, text: str) -> LanguagePosterior:
        found = detect_language(text)
        return found if found.code else LanguagePosterior.certain({"the": "en", "le": "fr"}.get(text.split()[0]))


def test_language_of_option_letters_or_words() -> None:
    corrector = Linguist()
    pages = [page(n, line(text)) for n, text in enumerate(["the ax", "le bx", "cx", "the dx", "the łęłśł ex"], start=1)]
    correct_pages(pages, ModelPool(corrector), options_in(None, None, None, "de", None))
    assert sorted(corrector.calls, key=str) == [
        (["cx"], None), (["le bx"], "fr"), (["the ax"], "en"), (["the dx"], "de"), (["the łęłśł ex"], "pl"),
    ]  # fmt: skip


class Profiled(UpperCase):
    """Records the profiles that it is used with."""

    def __init__(self, profile: str = "general") -> None:
        super().__init__()
        self.profile, self.profiles = profile, dict[str, Profiled]()

    def for_profile(self, profile: str) -> Corrector:
        return self.profiles.setdefault(profile, Profiled(profile))


def test_each_profile_has_its_corrector() -> None:
    corrector = Profiled()
    options = [ScanOptions(profile="medical"), ScanOptions(), ScanOptions(profile="medical")]
    correct_pages([page(n, line(f"l{n}")) for n in (1, 2, 3)], ModelPool(corrector), options)
    assert {name: one.calls for name, one in corrector.profiles.items()} == {
        "medical": [(["l1", "l3"], None)],
        "general": [(["l2"], None)],
    }


def test_corrected_page_names_corrector() -> None:
    [corrected] = correct_pages([page(1, line("ax"))], ModelPool(UpperCase()), options_in(None))
    assert (corrected.corrector, corrected.model_version, corrected.raw_text) == ("fast", "test", "ax")


def test_born_digital_text_needs_option() -> None:
    digital = page(1, line("ax"), source=PageSource.TEXT_LAYER)
    assert not needs_correction(digital, ScanOptions())
    assert needs_correction(digital, ScanOptions(correct_digital=True))


def test_blank_pages_need_no_correction() -> None:
    assert not needs_correction(page(1), ScanOptions())
    assert not needs_correction(page(1, line("x")), ScanOptions(corrector="none"))


def test_raw_page_is_flagged() -> None:
    assert left_raw(page(1, line("ax"))).flags == (PageFlag.NOT_CORRECTED,)


def test_unreadable_page_is_left_raw() -> None:
    readable = page(1, line("ax")).model_copy(update={"confidence": MIN_CONFIDENCE})
    poor = readable.model_copy(update={"confidence": MIN_CONFIDENCE - 0.01})
    assert flag_uncorrectable(readable, ScanOptions()) == readable
    flagged = flag_uncorrectable(poor, ScanOptions())
    assert flagged.flags == (PageFlag.LOW_CONFIDENCE, PageFlag.NOT_CORRECTED)
    assert not needs_correction(flagged, ScanOptions())
    assert flag_uncorrectable(poor, ScanOptions(corrector="none")) == poor


VIETNAMESE = "Ngày 16 tháng 9 năm 2023, hợp tác xã họp thường kỳ tại đình"


@pytest.mark.parametrize(("tag", "text"), [("vi-VN", "Bn b x"), (None, VIETNAMESE)])
def test_unsupported_language_stays_raw(tag: str | None, text: str) -> None:
    corrector = UpperCase()
    corrector.languages = frozenset({"en", "fr"})
    [foreign, english] = correct_pages(
        [page(1, line(text)), page(2, line("ax"))], ModelPool(corrector), options_in(tag, None)
    )
    assert (foreign.text, foreign.corrector, foreign.flags) == (text, None, (PageFlag.NOT_CORRECTED,))
    assert "Vietnamese" in foreign.warnings[0]
    assert english.text == "aX"


class Foreigner(UpperCase):
    """Takes every page for one in another language than its own."""

    languages = frozenset({"en"})

    def detect_language(self, text: str) -> LanguagePosterior:
        return LanguagePosterior((("en", 0.0001),))


def test_page_in_other_language_stays_raw() -> None:
    foreign = page(1, line("ax"))
    misread = page(2, line("ax")).model_copy(update={"confidence": 0.7})
    [left, made, named] = correct_pages(
        [foreign, misread, page(3, line("ax"))], ModelPool(Foreigner()), options_in(None, None, "en")
    )
    assert (left.text, left.flags, left.language) == ("ax", (PageFlag.NOT_CORRECTED,), None)
    assert "language of this text" in left.warnings[0]
    assert made.text == "aX"
    assert (named.text, named.language) == ("aX", "en")


def test_few_foreign_letters_change_no_language() -> None:
    corrector = UpperCase()
    corrector.languages = frozenset({"de"})
    noisy = "Die sch\u0151ne Br\u0171cke \u0171ber den x " + "und noch viele Worte mehr " * 20
    [corrected] = correct_pages([page(1, line(noisy))], ModelPool(corrector), options_in(None))
    assert corrected.corrector == "fast"
