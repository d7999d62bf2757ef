"""Finds the vendor: a labelled seller, a name with a legal form near the top, or the first line that may be a name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from scanproof.document import Box, FieldName, KeyField, Page
from scanproof.extraction.labels import fold_in_place
from scanproof.extraction.spans import TextSpan, columns, label_distance
from scanproof.extraction.vendor_words import (
    BUYER,
    LEGAL_FORM,
    NAME_LABEL,
    NOT_A_NAME,
    REGISTRATION,
    SELLER,
    TRADE,
)

_TOP_SPANS = 14  # a vendor without a label is within so many spans from the top
_SPANS_AFTER_LABEL = 8  # a labelled vendor is within so many spans after its label
_MAX_INDEX_OF_VENDOR = 4  # further down, a legal form names the owner of the shop above ("owned by ...")


def find_vendor(pages: Sequence[Page], is_sale: bool) -> KeyField | None:
    """Finds the vendor's name as written on the first page, or None. Joins a name that is broken over lines.

    Args:
        is_sale: whether the document is known to be an invoice or a receipt. If not, only a labelled seller or a legal
            form makes a vendor: the first line of a letter does not.
    """
    if not pages:
        return None
    page = pages[0]
    spans = [column for index in range(len(page.lines)) for column in columns(page, index)]
    top = spans[:_TOP_SPANS]
    parts = _labelled(spans) or _with_legal_form(top) or (_first_name(top) if is_sale else [])
    if not parts:
        return None
    written = " ".join(part.text.strip(" ,;:-") for part in parts)
    return KeyField(
        name=FieldName.VENDOR,
        value=_without_registration(written),
        written=written,
        page=page.number,
        line=parts[0].line,
        box=Box.around([part.box for part in parts]),
    )


def _labelled(spans: Sequence[TextSpan]) -> list[TextSpan]:
    """Finds "Sold By: X", or the name under or right of "Seller", which may have a label "Name:"."""
    for index, span in enumerate(spans):
        match = SELLER.match(_folded(span))
        if match is None:
            continue
        if _is_name(rest := span.text.strip()[match.end() :]):
            return [_suffix(span, rest)]
        following = spans[index + 1 : index + 1 + _SPANS_AFTER_LABEL]
        if names := [name for name in _names_for_label(span, following) if _is_name(name.text)]:
            return names[:1]
    return []


def _names_for_label(label: TextSpan, following: Sequence[TextSpan]) -> Iterator[TextSpan]:
    for span, after in zip(following, [*following[1:], None], strict=True):
        name = NAME_LABEL.match(_folded(span))
        if name and (rest := span.text.strip()[name.end() :]):
            yield _suffix(span, rest)
        elif name and after:
            yield after
        elif label_distance(label, span) is not None:
            yield span


def _with_legal_form(spans: Sequence[TextSpan]) -> list[TextSpan]:
    """Finds the first name with a legal form before the buyer's; includes the spans above it where the name begins."""
    for index, span in enumerate(spans):
        folded = _folded(span)
        if BUYER.match(folded):
            break
        if not LEGAL_FORM.search(folded) or NOT_A_NAME.match(folded):
            continue
        has_shop_name = any(_is_name(top.text) and TRADE.search(_folded(top)) for top in spans[:2])
        if index > _MAX_INDEX_OF_VENDOR and has_shop_name:
            break
        first = index
        while first > max(index - 2, 0) and _continues(spans[first].text, spans[first - 1].text):
            first -= 1
        return list(spans[first : index + 1])
    return []


def _continues(text: str, above: str) -> bool:
    """Whether ``text`` continues the name in ``above``: "SDN BHD", "ALAM) SDN BHD", "ENTERPRISE (SETIA"."""
    folded = fold_in_place(text.strip())
    is_bare_form = not LEGAL_FORM.sub("", folded).strip(" .,&()")
    closes_bracket = text.count(")") > text.count("(") and above.count("(") > above.count(")")
    opens_bracket = "(" in text and TRADE.match(folded) is not None
    return _is_name(above) and (is_bare_form or closes_bracket or opens_bracket)


def _first_name(spans: Sequence[TextSpan]) -> list[TextSpan]:
    """Finds the first name above the buyer's."""
    buyer = next((index for index, span in enumerate(spans) if BUYER.match(_folded(span))), len(spans))
    return [span for span in spans[:buyer] if _is_name(span.text)][:1]


def _is_name(text: str) -> bool:
    """Whether a text may be a name: letters, few digits, no title, label, address or buyer."""
    folded = fold_in_place(text.strip())
    letters = sum(char.isalpha() for char in folded)
    digits = sum(char.isdigit() for char in folded)
    is_excluded = any(words.match(folded) for words in (NOT_A_NAME, BUYER, SELLER)) or folded.endswith(":")
    return letters >= 4 and digits * 2 <= letters and not is_excluded


def _folded(span: TextSpan) -> str:
    return fold_in_place(span.text.strip())


def _suffix(span: TextSpan, text: str) -> TextSpan:
    """Cuts ``span`` down to its end, ``text``; the box stays that of the whole."""
    return TextSpan(span.page, span.line, span.end - len(text), span.end, text, span.box)


def _without_registration(name: str) -> str:
    """Removes the registration number or the sender's address that often follows the name."""
    head = re.split(r" [|•·] | - (?=.*\d)", name)[0]
    shorter = REGISTRATION.sub("", head).rstrip(" ,;:-([{")
    return shorter if sum(char.isalpha() for char in shorter) >= 3 else name
