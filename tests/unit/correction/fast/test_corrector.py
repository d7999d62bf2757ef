"""The bundled fast corrector corrects OCR errors, leaves clean lines alone, and never fails."""

from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from model_training.alphabet import ALPHABET
from scanproof.correction.fast.corrector import FastCorrector
from scanproof.correction.fast.model_folder import default_folder
from scanproof.correction.fast.reranker import load_reranker
from scanproof.correction.fast.tagger import Tagger, Tags
from scanproof.document import apply_edits
from scanproof.language import LanguagePosterior

few = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
print_like = st.text(alphabet="aeinrstlmoO01l5$., /:-'éß€", max_size=60)
_TOKENS = (
    "Inv0ice",
    "t0tal",
    "Ths",
    "smple",
    "rnay",
    "$1O0.00",
    "2023-07-15",
    "the",
    "goods",
    "delivered",
    "0f",
    "w1th",
    "Größe",
    "été",
    "4",
)
words = st.lists(st.sampled_from(_TOKENS), max_size=14).map(" ".join)
any_text = st.text(max_size=200)


def corrected(fast: FastCorrector, text: str) -> str:
    return fast.correct([text])[0].text


@pytest.mark.parametrize(
    ("raw", "right"),
    [
        ("Inv0ice No: 12345", {"Invoice No: 12345"}),
        ("Total Am0unt: $1,200.00", {"Total Amount: $1,200.00"}),
        ("Invoic # 12345", {"Invoice # 12345"}),
        ("Total: $1O0.00", {"Total: $100.00"}),
        ("Th1s is a s4mpl3 t3xt w1th s0me OCR err0rs.", {"This is a sample text with some OCR errors."}),
        ("Ths is a smple txt.", {"This is a simple text.", "This is a sample text."}),
        ("Date: 12/O3/2024", {"Date: 12/03/2024"}),
        ("Date: l2/O3/2O24", {"Date: 12/03/2024"}),
    ],
)
def test_misread_lines_are_corrected(fast: FastCorrector, raw: str, right: set[str]) -> None:
    assert corrected(fast, raw) in right


@pytest.mark.parametrize(
    "clean",
    [
        "Date: 2023/07/15",
        "Date: 2023-07-15",
        "Invoice # 12345",
        "Total: $100.00",
        "I have 4 apples and 3 oranges.",
        "Room 101, Building B2",
        "IBAN: DE89 3704 0044 0532 0130 00",
        "The quick brown fox jumps over the lazy dog.",
        "Vielen Dank für Ihren Auftrag.",
        "Veuillez trouver ci-joint notre facture.",
        "SKU A1B2-7781-XL",
        "IBAN DE89 3704 0044 0532 0130 00",
        "Factura núm. 2024-15",
        "for (int i = 0; i < n; i++) { sum += a[i]; }",
        "the 3lst of May",
        "",
    ],
)
def test_clean_lines_stay(fast: FastCorrector, clean: str) -> None:
    result = fast.correct([clean])[0]
    assert result.text == clean
    assert result.edits == ()


@pytest.mark.parametrize("language", ["en", "de", "es", None])
@pytest.mark.parametrize("clean", ["IBAN DE89 3704 0044 0532 0130 00", "Factura núm.", "the 3lst of May"])
def test_clean_lines_stay_in_any_language(fast: FastCorrector, clean: str, language: str | None) -> None:
    assert fast.correct([clean], LanguagePosterior.certain(language))[0].text == clean


def test_plain_line_is_not_tagged(fast: FastCorrector, monkeypatch: pytest.MonkeyPatch) -> None:
    line = "please find enclosed the invoice for goods delivered to your warehouse"
    misread = line.replace("invoice", "inv0ice")
    tagged: list[str] = []
    tag = Tagger.tag

    def recorded(tagger: Tagger, text: str, statuses: Sequence[int]) -> Tags:
        tagged.append(text)
        return tag(tagger, text, statuses)

    monkeypatch.setattr(Tagger, "tag", recorded)
    assert [result.text for result in fast.correct([line, misread])] == [line, line]
    assert tagged == [misread]


@few
@given(text=print_like | words)
def test_correction_is_idempotent(fast: FastCorrector, text: str) -> None:
    once = corrected(fast, text)
    assert corrected(fast, once) == once


@few
@given(text=print_like | words)
def test_marks_are_never_added(fast: FastCorrector, text: str) -> None:
    raw, once = (sum(char in ",;:'!?-" for char in one) for one in (text, corrected(fast, text)))
    assert once <= raw


@pytest.mark.slow
@few
@given(lines=st.lists(print_like | words | any_text, min_size=2, max_size=6))
def test_lines_are_independent(fast: FastCorrector, lines: list[str]) -> None:
    together = fast.correct(lines)
    alone = [fast.correct([line])[0] for line in lines]
    assert together == alone
    assert fast.correct(lines[::-1]) == together[::-1]


@few
@given(text=print_like | words | any_text)
def test_edits_and_refusals_match_raw_line(fast: FastCorrector, text: str) -> None:
    result = fast.correct([text])[0]
    assert apply_edits(text, result.edits) == result.text
    assert all(text[refusal.start : refusal.end] == refusal.raw for refusal in result.refusals)
    assert all((edit.corrector, edit.model_version) == ("fast", fast.model_version) for edit in result.edits)


@few
@given(text=st.text(alphabet=st.characters(), max_size=300))
def test_unknown_characters_never_change(fast: FastCorrector, text: str) -> None:
    known = set(ALPHABET) | set("ﬁﬂ") | set(map(chr, range(0xFF01, 0xFF5F)))  # and those of deterministic rewrites
    result = fast.correct([text])[0]
    for edit in result.edits:
        assert set(edit.raw) <= known
    assert [c for c in result.text if c not in known] == [c for c in text if c not in known]


@pytest.mark.parametrize(
    "text",
    [
        "\x00\x07\x1b[31m",
        "\ud800",
        "中文 文書",
        pytest.param("a" * 5000, marks=pytest.mark.slow),
        " " * 1000,
        "é",
        "0",
        "\u202egnirts",
        "👩‍👩‍👧 fam1ly",
    ],
)
def test_strange_lines_do_not_fail(fast: FastCorrector, text: str) -> None:
    assert apply_edits(text, fast.correct([text])[0].edits) == fast.correct([text])[0].text


def test_megabyte_line_stays(fast: FastCorrector) -> None:
    line = "Th1s " * 200_000
    assert corrected(fast, line) == line


def test_long_line_is_corrected_throughout(fast: FastCorrector) -> None:
    sentence = "Please pay the t0tal am0unt of the inv0ice. "
    assert corrected(fast, sentence * 12) == sentence.replace("0", "o") * 12


def test_reranker_belongs_to_weights(fast: FastCorrector) -> None:

    assert load_reranker(default_folder()).model_version == fast.model_version


def test_stricter_profile_makes_fewer_changes(fast: FastCorrector) -> None:
    lines = ["Inv0ice No: 12345", "Ths is a smple txt.", "tbe goods wcre delivered", "Paynent is due", "lhe contracl"]
    general, strict = fast.correct(lines), fast.for_profile("medical").correct(lines)
    made = [edit for result in strict for edit in result.edits]
    assert made
    assert len(made) <= sum(len(result.edits) for result in general)
    assert min(edit.probability for edit in made) >= 0.75  # half of the lowest threshold's doubt


def test_ligatures_become_letters(fast: FastCorrector) -> None:
    [result] = fast.correct(["as deﬁned in the ﬂoor plan"])
    assert result.text == "as defined in the floor plan"
    assert apply_edits("as deﬁned in the ﬂoor plan", result.edits) == result.text


@pytest.mark.parametrize(
    ("raw", "right"),
    [
        ("$127.700.00", "$127,700.00"),
        ("Total due: £1,234,567,89", "Total due: £1,234,567.89"),
        ("RM 1.234.00", "RM 1,234.00"),
        ("Konto：420 （alt）", "Konto:420 (alt)"),
    ],
)
def test_unambiguous_signs_are_corrected(fast: FastCorrector, raw: str, right: str) -> None:
    [result] = fast.correct([raw])
    assert result.text == right
    assert apply_edits(raw, result.edits) == right


@pytest.mark.parametrize(
    "line", ["€ 1.234.56", "v 1.234.567", "10.000.00", "$1.234.567", "$127,700.00", "R$1.234.56", "東京：420"]
)
def test_ambiguous_signs_stay(fast: FastCorrector, line: str) -> None:
    assert corrected(fast, line) == line


@pytest.mark.parametrize("line", ["Hotel 120.00", "1200 KWh", "14 Elm Ln", "2 Hr 12.00", "Muster GmbH"])
def test_known_words_and_units_stay(fast: FastCorrector, line: str) -> None:
    assert corrected(fast, line) == line


@pytest.mark.parametrize(
    ("raw", "right"),
    [
        ("Mobile Phon3", "Mobile Phone"),
        ("If you have any questions about thi5 invoice, please contact us.", None),
        ("BANANE 0.30( 0.155kg", "BANANE 0.30€ 0.155kg"),
    ],
)
def test_lookalikes_in_codes_and_amounts(fast: FastCorrector, raw: str, right: str | None) -> None:
    assert corrected(fast, raw) == (right or raw.replace("thi5", "this"))


def test_page_language_helps_short_lines(fast: FastCorrector) -> None:
    """On an English page "Dat" is an error, on a Dutch one a word."""
    [english], [dutch] = (fast.correct(["Dat: 27 May 1994"], LanguagePosterior.certain(code)) for code in ("en", "nl"))
    assert english.text == "Date: 27 May 1994"
    assert dutch.text == "Dat: 27 May 1994"


def test_page_language_is_detected(fast: FastCorrector) -> None:
    english = "Please find enclosed the invoice for the goods that we delivered to you last week."
    french = "Veuillez trouver ci-joint la facture des marchandises que nous vous avons livrées."
    assert fast.detect_language(english).code == "en"
    assert fast.detect_language(french).code == "fr"
    assert fast.detect_language("Total 12.00").code is None
