"""The guard of single edits accepts repairs and refuses the rest under a name."""

from __future__ import annotations

import difflib

import pytest

from scanproof.correction.guards import GuardedEdits, guard_line
from scanproof.edits import TextEdit, apply


def edits_of(raw: str, corrected: str) -> list[TextEdit]:
    """The edits that turn ``raw`` into ``corrected``, as the tagger makes them: a character at a time."""
    edits: list[TextEdit] = []
    for tag, start, end, new_start, new_end in difflib.SequenceMatcher(None, raw, corrected, False).get_opcodes():
        if tag == "replace" and end - start == new_end - new_start:
            edits += [TextEdit(start + i, start + i + 1, corrected[new_start + i], 0.9) for i in range(end - start)]
        elif tag != "equal":
            edits.append(TextEdit(start, end, corrected[new_start:new_end], 0.9))
    return edits


def guarded(raw: str, corrected: str) -> tuple[str, GuardedEdits]:
    result = guard_line(raw, edits_of(raw, corrected))
    return apply(raw, result.accepted), result


@pytest.mark.parametrize(
    ("raw", "corrected"),
    [
        ("Inv0ice No: 12345", "Invoice No: 12345"),
        ("Invoic # 12345", "Invoice # 12345"),
        ("Total Am0unt: $1,200.00", "Total Amount: $1,200.00"),
        ("Am0unt:$100", "Amount:$100"),
        ("T0TAL: 5.00", "TOTAL: 5.00"),
        ("Total: $1O0.00", "Total: $100.00"),
        ("TOTAL 1,2OO.5O EUR", "TOTAL 1,200.50 EUR"),
        ("Date: 2O18-01-02", "Date: 2018-01-02"),
        ("due 1l/05/2O18", "due 11/05/2018"),
        ("Ths is a smple txt.", "This is a simple text."),
        ("Th1s is a s4mpl3 t3xt w1th s0me OCR err0rs.", "This is a sample text with some OCR errors."),
        ("als0 f0r y0u and al1", "also for you and all"),
        ("1nvoice Date 0f 1ssue", "Invoice Date of Issue"),
        ("5ales Tax 8ank", "Sales Tax Bank"),
        ("kr0tki opis", "krótki opis"),
        ("12 Decmber 2020", "12 December 2020"),
        ("RN 24.00", "RM 24.00"),
        ("in voice 12", "invoice 12"),
        ("BANANE 0.30( 0.155kg x 1.95(/kg", "BANANE 0.30€ 0.155kg x 1.95€/kg"),
        ("P.U. 3,72 ( BEURRE (250G)", "P.U. 3,72 € BEURRE (250G)"),
        ("EUR 8.15e", "EUR 8.15€"),
        ("FRAISE 1.4l€", "FRAISE 1.41€"),
        ("Rounding RMO.65", "Rounding RM0.65"),
        ("TOTAL 1 234,50E", "TOTAL 1 234,50€"),
    ],
)
def test_repairs_pass(raw: str, corrected: str) -> None:
    text, result = guarded(raw, corrected)
    assert text == corrected
    assert result.refused == ()


@pytest.mark.parametrize(
    ("raw", "wanted", "guard"),
    [
        ("Total 100", "Total 700", "number_untouched"),
        ("Total 12.00", "Total 1200", "number_untouched"),
        ("Total 5", "Total 55", "number_untouched"),
        ("£100", "$100", "amount_untouched"),
        ("EUR 100", "EVR 100", "amount_untouched"),
        ("on 03/04/2018", "on 08/04/2018", "date_untouched"),
        ("on 3 May 2018", "on 3 Mai 2018", "date_untouched"),
        ("at 17:58", "at 11:58", "time_untouched"),
        ("see www.example.com now", "see www.exampie.com now", "address_untouched"),
        ("to jo@example.org", "to joe@example.org", "address_untouched"),
        ("DE89 3704 0044 0532 0130 00", "DE89 3704 0044 0532 0130 08", "iban_untouched"),
        ("5 mg daily", "5 kg daily", "quantity_untouched"),
        ("6 % tax", "8 % tax", "percentage_untouched"),
        ("No INV-2023-001", "No INV-2O23-001", "code_untouched"),
        ("abc 12", "abc -12", "number_untouched"),
        ("abc def 12", "abc - def 12", "sign_changed"),
        ("cost 5 each", "cost $ 5 each", "sign_changed"),
        ("costs each", "costs € each", "sign_changed"),
        ("12.50 (net)", "12.50 €net)", "sign_changed"),
        ("12.50 ( net )", "12.50 € net )", "sign_changed"),
        ("12.50 E", "12.50 €", "sign_changed"),  # a till's mark of the tax
        ("2. 50 sheets", "2.50 sheets", "number_spacing"),
        ("No 3. 001", "No 3.001", "number_spacing"),
        ("milk 2.2l", "milk 2.21", "quantity_untouched"),
        ("No 12.5e", "No 12.5€", "quantity_untouched"),
        ("10e", "10€", "quantity_untouched"),
        ("12.50", "12.50€", "number_untouched"),
        ("one item", "1 item", "number_untouched"),
        ("half", "½", "number_untouched"),
        ("1 200", "1200", "number_spacing"),
        ("12 x 15", "12  15", "number_spacing"),
        ("abc 12", "abc12", "number_spacing"),
        ("AB1234 und C", "AB 1234 und C", "code_untouched"),
        ("Inv0ce", "Inv0ces", "only_lookalikes"),
        ("Th1s", "Thls", "not_a_repair"),  # no vowel: no word
        ("two lines here", "two\nlines here", "line_break"),
        ("   ", " a ", "blank_line"),
        ("short line", "", "line_length"),
        ("short line", "shortening of line", "line_length"),
        ("abcdefghij", "zyxwvutsrq", "edit_distance"),
        ("so it was said by all of them", "so so so so was said by all of them", "repetition"),
        ("it is a long line of text", "it is a long liiiiine of text", "repetition"),
    ],
)
def test_refusals_have_names(raw: str, wanted: str, guard: str) -> None:
    text, result = guarded(raw, wanted)
    assert text == raw
    assert guard in {refusal.guard for refusal in result.refused}


@pytest.mark.parametrize(
    "line",
    [
        "A4 B2B 3D G20 COVID19 H2O MP3",
        "1st 2nd INV-2023-001 SO12 O2 I5 S0S",
        "10kg 5mg 12x 3pcs 7days 5star 2x4",
        "page1 utf8 mp3 md5 v10 k8s",
        "AB12CD34 U13/X E27 18W/E27/827",
        "SW1A 1AA 1012 AB 00-950",
        "GB82 WEST 1234 5698 7654 32",
        "10b 10l 5S 12B l2B O2",
        "the 3lst of May and the 2ls",
        "qty 4 of this",
    ],
)
def test_codes_and_measures_resist_lookalikes(line: str) -> None:
    swaps = dict(zip("0123456789OolIiSsZzBbgqG", "OlZEASbTBg001115522869 96"[:24], strict=True))
    wanted = [TextEdit(i, i + 1, swaps[char], 0.99) for i, char in enumerate(line) if char in swaps]
    in_numbers = {i for i, char in enumerate(line) if any(c.isdigit() for c in _token_at(line, i))}
    accepted = guard_line(line, wanted).accepted
    assert [edit for edit in accepted if edit.start in in_numbers] == []


def _token_at(line: str, position: int) -> str:
    start = line.rfind(" ", 0, position) + 1
    end = line.find(" ", position)
    return line[start : len(line) if end < 0 else end]


def test_lone_digits_stay_in_garbled_lines() -> None:
    assert guarded("Th1s 1s 4 t3st f0r al1", "This is a test for all")[0] == "This 1s 4 test for all"
    assert "4" in guarded("T0tal 0f 4 it3ms: $12.00", "Total of a items: $12.00")[0]


COMMON = ("phone", "date", "statement", "item", "items", "issue", "invoice", "pages", "page", "change", "size")
WORDS = dict.fromkeys(COMMON, 1e-4)
WORDS |= {"chang": 1e-7, "this": 4e-3, "pole": 1e-5, "dat": 9e-6, "approved": 3e-5, "approve": 2e-5}


def shares(word: str) -> tuple[float, ...]:
    return (WORDS.get(word.lower(), 0.0),)


@pytest.mark.parametrize(
    ("raw", "corrected"),
    [
        ("Mobile Phon3", "Mobile Phone"),
        ("INVOICE D4TE: 2030/07/29", "INVOICE DATE: 2030/07/29"),
        ("about thi5 invoice", "about this invoice"),
        ("a 5IZE of it", "a SIZE of it"),
        ("Chang3 4.50", "Change 4.50"),  # a Chang there may be, but few
        ("Due Dat3 18 April", "Due Date 18 April"),
        ("APPROVE0", "APPROVED"),  # nothing is numbered 0
    ],
)
def test_leet_words_are_accepted(raw: str, corrected: str) -> None:
    wanted = edits_of(raw, corrected)
    assert apply(raw, guard_line(raw, wanted, shares).accepted) == corrected
    assert "code_untouched" in {refusal.guard for refusal in guard_line(raw, wanted).refused}


@pytest.mark.parametrize(
    ("raw", "wanted"),
    [
        ("see item5", "see items"),  # item 5
        ("page5 of 7", "pages of 7"),
        ("To7al", "Tobal"),  # nothing that looks like a 7
        ("Pilo7", "Pilot"),  # no known word
        ("Pol3", "Pole"),  # short, and not everybody's word
        ("70TAL", "TOTAL"),  # half of a code's characters
        ("No INV-D4TE", "No INV-DATE"),
        ("3 days", "E days"),
    ],
)
def test_possible_codes_stay(raw: str, wanted: str) -> None:
    result = guard_line(raw, edits_of(raw, wanted), shares)
    assert result.accepted == ()


def test_foreign_stems_do_not_block() -> None:
    words = {"signature": (1e-4, 0.0), "signatur": (1e-7, 1e-4), "typ": (0.0, 1e-4), "type": (0.0, 1e-6)}
    raw = "Signatur3: Typ3"
    result = guard_line(raw, edits_of(raw, "Signature: Type"), lambda word: words.get(word.lower(), (0.0, 0.0)))
    assert apply(raw, result.accepted) == "Signature: Typ3"


def test_token_edits_are_refused_together() -> None:
    raw = "s4mpl3 text"
    half = [TextEdit(1, 2, "a", 0.9)]
    assert [refusal.guard for refusal in guard_line(raw, half).refused] == ["not_a_repair"]


def test_non_lookalikes_are_refused_alone() -> None:
    result = guard_line("Inv0ce due", [TextEdit(3, 4, "o", 0.9), TextEdit(4, 4, "i", 0.9)])
    assert apply("Inv0ce due", result.accepted) == "Invoce due"
    assert [(refusal.guard, refusal.edit.corrected) for refusal in result.refused] == [("only_lookalikes", "i")]


def test_words_beside_refused_numbers_are_corrected() -> None:
    text, result = guarded("Totl 100 pald", "Total 700 paid")
    assert text == "Total 100 paid"
    assert [refusal.guard for refusal in result.refused] == ["number_untouched"]


def test_overlapping_and_unfit_edits_are_refused() -> None:
    edits = [TextEdit(0, 3, "tha", 0.9), TextEdit(2, 4, "x", 0.9), TextEdit(90, 91, "y", 0.9)]
    result = guard_line("the cat", edits)
    assert [edit.corrected for edit in result.accepted] == ["tha"]
    assert [refusal.guard for refusal in result.refused] == ["overlap", "no_change"]


@pytest.mark.parametrize("corrected", ["No: 17", "2 x 1.00", "Page 1 of 3", "No. 17", "5 Stk", "Date 12/03/2024"])
def test_seen_space_parts_number_and_word(corrected: str) -> None:
    raw = corrected.replace(" ", "", 1)
    edits = edits_of(raw, corrected)
    assert apply(raw, guard_line(raw, edits, image_seen=True).accepted) == corrected


@pytest.mark.parametrize(
    "corrected",
    [
        "Code: DPC1", "SET (2)", "$2,000.00 $425.53", "01/27/20 -02/02/20", "02/18/20 - 02/21/20", "Total.... €9.99",
        "Total ....9.99", "Paper@ 4.50", "Paper @ €4.50",
    ],
)  # fmt: skip
def test_seen_space_parts_values_and_codes(corrected: str) -> None:
    place = corrected.rindex(" ") if corrected.startswith("Paper @") else corrected.index(" ")
    raw = corrected[:place] + corrected[place + 1 :]
    assert apply(raw, guard_line(raw, edits_of(raw, corrected), image_seen=True).accepted) == corrected


@pytest.mark.parametrize(
    "corrected",
    ["1, 250.00", "12 345", "$ 70.00", "- 23.00", "SS21/39, 47400", "20 -06", "1 .5", "$12.50 0.00"],
)
def test_seen_space_leaves_numbers_whole(corrected: str) -> None:
    raw = corrected.replace(" ", "", 1)
    assert not guard_line(raw, edits_of(raw, corrected), image_seen=True).accepted


@pytest.mark.parametrize(
    ("raw", "corrected"),
    [
        ("R6431 /O24442", "R6431 / O24442"),
        ("Date 19 juillet 2019", "Date 19 Juillet 2019"),
        ("le 2 fevrier 2019", "le 2 février 2019"),
        ("34 × Paper 4.50", "34 x Paper 4.50"),
        ("TotaI....€4.50", "Total....€4.50"),
        ("Detum01.10.12", "Datum01.10.12"),
        ("FACTURA N.°: 707", "FACTURA N.º: 707"),
        ("INV-17 /#289", "INV-17 / #289"),
        ("IVA 8,99$", "IVA 8,99 $"),
        ("Rabatt.... 829,00", "Rabatt ...... 829,00"),
        ("Tel (870)-931-0505", "Tel (870) -931-0505"),
        ("1.2012-0029", "1. 2012-0029"),
        ("VAT (21%)... 4.50", "VAT (21%) ... 4.50"),
        ("08911/BTW 6,50", "08911/ BTW 6,50"),
    ],
)
def test_seen_changes_keep_values(raw: str, corrected: str) -> None:
    assert apply(raw, guard_line(raw, edits_of(raw, corrected), image_seen=True).accepted) == corrected


@pytest.mark.parametrize(
    ("raw", "corrected"),
    [
        ("le 2 mai 2019", "le 2 mar 2019"),
        ("a12@b3.com", "a12 @b3.com"),
        ("2 x 3", "2 × 3"),
        ("1.2012", "1. 2012"),
        ("20 °C", "20 ºC"),
    ],
)
def test_seen_changes_of_values_are_refused(raw: str, corrected: str) -> None:
    assert not guard_line(raw, edits_of(raw, corrected), image_seen=True).accepted


@pytest.mark.parametrize(
    ("raw", "corrected"), [("prévus à 1'article 5", "prévus à l'article 5"), ("1'll pay 5", "I'll pay 5")]
)
def test_elided_words_are_no_codes(raw: str, corrected: str) -> None:
    assert apply(raw, guard_line(raw, edits_of(raw, corrected)).accepted) == corrected


@pytest.mark.parametrize(
    "corrected",
    ["Total: R$ 7,43", "$188,514.88", "Cash $350.00 -23", "19.984,50 €", "9,99€", "Troco R$553,99 e"],
)
def test_seen_currency_sign_is_restored(corrected: str) -> None:
    for sign, letters in {"$": "Ss", "€": "Cce("}.items():
        for letter in letters if sign in corrected else "":
            raw = corrected.replace(sign, letter)
            edit = TextEdit(corrected.index(sign), corrected.index(sign) + 1, sign)
            assert apply(raw, guard_line(raw, [edit], image_seen=True).accepted) == corrected


@pytest.mark.parametrize(
    ("raw", "corrected"),
    [
        ("Size S5", "Size $5"),
        ("A4 S12 B", "A4 $12 B"),
        ("59.90 S", "59.90 €"),
        ("5350.00", "$350.00"),
        ("SS 7,43", "$S 7,43"),
        ("ES12.50.3", "E$12.50.3"),
    ],
)
def test_other_letters_are_no_signs(raw: str, corrected: str) -> None:
    assert not guard_line(raw, edits_of(raw, corrected), image_seen=True).accepted


def test_unseen_letters_are_no_signs() -> None:
    assert not guard_line("RS 7,43", edits_of("RS 7,43", "R$ 7,43")).accepted


def test_currency_is_respelled() -> None:
    assert apply("Razem 17,50 zl", guard_line("Razem 17,50 zl", [TextEdit(13, 14, "ł")]).accepted) == "Razem 17,50 zł"
    assert not guard_line("Razem 17,50 zł", [TextEdit(12, 14, "EUR")]).accepted
    assert not guard_line("EUR 17,50", [TextEdit(0, 3, "eur")]).accepted


def test_space_is_not_doubled() -> None:
    assert guard_line("the lots", [TextEdit(3, 3, " ")]).refused[0].guard == "repetition"
