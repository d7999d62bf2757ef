"""Finds the net amount, the tax, its rates, and the vendor's VAT number."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation

from scanproof.document import KeyField
from scanproof.extraction.amount_labels import TAX, LabelledAmount, LabelledAmounts
from scanproof.extraction.choice import Candidate
from scanproof.extraction.labels import find_labels, fold_in_place, nearest_label, rule
from scanproof.extraction.page_values import LineValues, PageValues
from scanproof.extraction.spans import TextSpan, doubt, share_row
from scanproof.extraction.sums import Sums
from scanproof.extraction.vendor_words import BUYER
from scanproof.values.kinds import ValueKind
from scanproof.values.vat import has_vat_check_digits

_MAX_DISTANCE = 1.3  # from the label of an amount, as label_distance measures it
_MAX_CANDIDATES = 100
_HIGHEST_RATE = Decimal(35)  # per cent; VAT is at most 27 anywhere, sales taxes with duties a little more
_CENT = Decimal("0.015")  # a rate times the net amount, rounded
_RATE = re.compile(r"(?<![\d.,])(\d{1,2}(?:[.,]\d{1,2})?)\s?%|(?<=-%) (\d{1,2}(?:[.,]\d{1,2})?)(?![\d.,]*\d)")
_NO_TAX = re.compile(
    r"(?:rabatt|skonto|discount|disc|remise|escompte|descuento|sconto|desconto|korting|rabat|commission|provision|"
    r"off)\W*(?:\d\W*)?$"
)
_TAX_WORD = re.compile(
    rf"(?<![^\W\d_])(?:{TAX}|mehrwertsteuer|umsatzsteuer|steuersatz|taxes?|impuestos?|imposta|belasting|"
    rf"podatek)(?![^\W\d_])"
)
_TAX_REACH = 30  # characters between a tax and its rate
_VAT_RULES = (
    rule("other", 0.0, "steuer ?(?:nummer|nr)", "company (?:reg|no)", "co reg", "registration no", "siret", "siren",
         "rcs", "regon", "kvk"),
    rule("vat", 1.0,
         r"(?:vat|tva|btw|gst|sst|tax|iva|mwst|ust)\W{0,2}(?:reg(?:istration)?|id(?:ent)?|"
         r"intracommunautaire)?\W{0,2}(?:id|no|nr|number|nummer|num|identification no)\b\W{0,2}(?:no|nr)?",
         r"ust\W{0,2}id\W{0,3}(?:nr|nummer)?", r"(?:n\W{0,2}|numero (?:de )?)tva", "tva intracommunautaire",
         r"p\W{0,2}iva", "partita iva",
         "nif(?: iva)?", "cif", "contribuinte(?: n)?", "nip", "btw nummer", "gstin", "vat/tin", "tin", "abn", "vat"),
)  # fmt: skip
_IBAN_BEFORE = re.compile(r"(?i)iban\W*$")
_PLAIN_VAT = re.compile(  # without its country, and India's GSTIN
    r"(?<![\w.,/\-])(?:[A-Z]?\d{7,12}[A-Z]?(?:B\d{2})?|\d{2}[A-Z]{5}\d{4}[A-Z]\d[A-Z][A-Z\d]|"
    r"\d{2,4}(?:[ .\-]\d{2,4}){2,4})(?![\w/])"
)


def net_candidates(amounts: LabelledAmounts, sums: Sums, total: KeyField | None) -> list[Candidate]:
    """Returns the amounts labelled as subtotal, and totals that a tax is added to."""
    taxes = {abs(each.amount.value) for each in sums.tax}
    goal = total.amount if total else None
    found = []
    for each in amounts.all:
        value = each.candidate.amount.value
        is_labelled = each.has_label("subtotal")
        if not (is_labelled or (each.has_label("grand", "total") and sums.is_net_of_total(value))) or not _is_near(
            each
        ):
            continue
        features = {
            **_common(each, amounts),
            "labelled": float(is_labelled),
            "adds_up": float(goal is not None and any(value + tax == goal for tax in taxes if tax)),
            "is_total": float(goal is not None and value == goal),
            "above_total": float(goal is not None and abs(value) > abs(goal)),
        }
        found.append(Candidate(format(value, "f"), each.candidate.span, features))
    return found[-_MAX_CANDIDATES:]


def tax_candidates(amounts: LabelledAmounts, sums: Sums, total: KeyField | None) -> list[Candidate]:
    """Returns the amounts labelled as tax."""
    nets = {each.amount.value for each in sums.net}
    goal = total.amount if total else None
    rates = [Decimal(candidate.value) for candidate in rate_candidates(amounts.found)]
    found = []
    for each in amounts.all:
        value = each.candidate.amount.value
        if not each.has_label("tax") or not _is_near(each) or each.candidate.amount.decimals != 2:
            continue
        features = {
            **_common(each, amounts),
            "adds_up": float(goal is not None and goal - abs(value) in nets and value != 0),
            "by_rate": float(goal is not None and any(_is_share(abs(value), abs(goal), rate) for rate in rates)),
            "zero": float(value == 0),
            "no_total": float(goal is None),
            "above_total": float(goal is not None and abs(value) >= abs(goal)),
        }
        found.append(Candidate(format(value, "f"), each.candidate.span, features))
    return found[-_MAX_CANDIDATES:]


def _is_near(each: LabelledAmount) -> bool:
    return each.near is not None and each.near.distance <= _MAX_DISTANCE


def _is_share(tax: Decimal, total: Decimal, rate: Decimal) -> bool:
    """Whether a tax of the rate is in the total."""
    return abs(tax - total * rate / (100 + rate)) <= _CENT


def _common(each: LabelledAmount, amounts: LabelledAmounts) -> dict[str, float]:
    assert each.near is not None  # noqa: S101 - `_is_near`
    label, candidate = each.near.label, each.candidate
    page = amounts.found.page(candidate.span.page)
    is_on_row = label.span.line == candidate.span.line or share_row(label.span.box, candidate.span.box)
    return {
        "gap": each.near.distance if is_on_row else 0.0,
        "below": 0.0 if is_on_row else each.near.distance,
        "heading": float(amounts.is_heading(label, candidate)),
        "cents": float(candidate.amount.decimals == 2),
        "several_on_line": float(len(amounts.on_line(candidate)) > 1),
        "down": candidate.span.box.top / page.height,
        "doubt": doubt(page, candidate.span),
    }


def rate_candidates(found: PageValues) -> list[Candidate]:
    """Returns the percentages beside a tax, one for each rate."""
    by_rate: dict[str, Candidate] = {}
    for line in found.lines:
        if "%" not in line.text:
            continue
        for span, has_amount in _rates(line):
            value = _normal_rate(span.text)
            if value is None:
                continue
            features = {"with_amount": float(has_amount), "zero": float(value == "0"), "doubt": doubt(line.page, span)}
            known = by_rate.get(value)
            if known is None or known.features["with_amount"] < features["with_amount"]:
                by_rate[value] = Candidate(value, span, features)
    return list(by_rate.values())[:_MAX_CANDIDATES]


def _rates(line: LineValues) -> Iterator[tuple[TextSpan, bool]]:
    folded = fold_in_place(line.text)
    words = [match.span() for match in _TAX_WORD.finditer(folded)]
    for match in _RATE.finditer(line.text):
        if _NO_TAX.search(folded[: match.start()]):
            continue
        if any(start - _TAX_REACH <= match.start() <= end + _TAX_REACH for start, end in words):
            has_amount = any(
                value.start >= match.end() and value.kind in (ValueKind.AMOUNT, ValueKind.NUMBER)
                for value in line.values
            )
            yield line.span(*match.span(1 if match[1] else 2)), has_amount


def _normal_rate(text: str) -> str | None:
    try:
        rate = Decimal(text.replace(",", "."))
    except InvalidOperation:
        return None
    return format(rate.normalize(), "f") if rate <= _HIGHEST_RATE else None


def vat_candidates(found: PageValues) -> list[Candidate]:
    """Returns what may be the vendor's VAT number: with its label, or with the country's code."""
    labels = find_labels(found.pages, _VAT_RULES)
    buyers = {
        page.number: min(
            (line.box.top for line in page.lines if BUYER.match(fold_in_place(line.text.strip()))), default=None
        )
        for page in found.pages
    }
    candidates: list[Candidate] = []
    for line in found.lines:
        if sum(char.isdigit() for char in line.text) < 7:
            continue
        for span, has_country in _vat_tokens(line):
            near = nearest_label(span, labels)
            meaning = near.label.meaning if near and near.distance <= 1 else "none"
            if meaning == "other" or (meaning == "none" and not has_country):
                continue
            buyer, value = buyers[span.page], _compact(span.text)
            has_check_digits = has_vat_check_digits(value)
            features = {
                f"label_{meaning}": 1.0,
                "country": float(has_country),
                "check_right": float(has_check_digits is True),
                "check_wrong": float(has_check_digits is False),  # misread, or fictitious
                "distance": near.distance if near and meaning == "vat" else 0.0,
                "rank": min(len({each.value for each in candidates}), 3) / 3,
                "after_buyer": float(buyer is not None and span.box.top > buyer),
                "foot": float(span.box.top > 0.8 * line.page.height),
                "doubt": doubt(line.page, span),
            }
            candidates.append(Candidate(value, span, features))
            if len(candidates) == _MAX_CANDIDATES:
                return candidates
    return candidates


def _vat_tokens(line: LineValues) -> Iterator[tuple[TextSpan, bool]]:
    taken: list[tuple[int, int]] = []
    for value in line.values:
        if value.kind is ValueKind.TAX_ID:
            taken.append((value.start, value.end))
            if not _IBAN_BEFORE.search(line.text[: value.start]):  # a misread IBAN begins as a VAT number does
                yield line.span(value.start, value.end), True
        elif value.kind in (ValueKind.DATE, ValueKind.IBAN, ValueKind.AMOUNT, ValueKind.ADDRESS, ValueKind.TIME):
            taken.append((value.start, value.end))
    for match in _PLAIN_VAT.finditer(line.text):
        if not any(start < match.end() and match.start() < end for start, end in taken):
            yield line.span(*match.span()), False


def _compact(text: str) -> str:
    return re.sub(r"[\s.\-]", "", text).upper()
