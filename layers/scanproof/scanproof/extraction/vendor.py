"""Who issued the document: a labelled seller, a name with a legal form near the top, or the first name-like line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from scanproof.document import Box, FieldName, KeyField, Page
from scanproof.extraction.labels import fold_in_place
from scanproof.extraction.places import Spot, columns, distance
from scanproof.extraction.vendor_words import (
    BUYER,
    LEGAL_FORM,
    NAME_LABEL,
    NOT_A_NAME,
    REGISTRATION,
    SELLER,
    TRADE,
)

_TOP = 14  # stretches of text from the top
_NEAR = 8  # stretches of text after the label of the seller
_OWNER_BELOW = 4  # further down, a legal form names the owner of the shop above ("owned by ...")


def find_vendor(pages: Sequence[Page], sale: bool) -> KeyField | None:
    """The vendor's name as it stands on the first page, or None. A name broken over lines is put together.

    Args:
        sale: whether the document is known to be an invoice or a receipt. If not, only a labelled seller or a legal
            form makes a vendor: the first line of a letter does not.
    """
    if not pages:
        return None
    page = pages[0]
    texts = [column for index in range(len(page.lines)) for column in columns(page, index)]
    parts = _labelled(texts) or _with_legal_form(texts[:_TOP]) or (_first_name(texts[:_TOP]) if sale else [])
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


def _labelled(texts: Sequence[Spot]) -> list[Spot]:
    """Either "Sold By: X", or the name under or right of "Seller", which a label "Name:" may announce."""
    for index, text in enumerate(texts):
        match = SELLER.match(_folded(text))
        if match is None:
            continue
        if _is_name(rest := text.text.strip()[match.end() :]):
            return [_cut(text, rest)]
        following = texts[index + 1 : index + 1 + _NEAR]
        if names := [name for name in _announced(text, following) if _is_name(name.text)]:
            return names[:1]
    return []


def _announced(label: Spot, following: Sequence[Spot]) -> Iterator[Spot]:
    for text, after in zip(following, [*following[1:], None], strict=True):
        name = NAME_LABEL.match(_folded(text))
        if name and (rest := text.text.strip()[name.end() :]):
            yield _cut(text, rest)
        elif name and after:
            yield after
        elif distance(label, text) is not None:
            yield text


def _with_legal_form(texts: Sequence[Spot]) -> list[Spot]:
    """The first name with a legal form before the buyer's, with what stands above it if the name began there."""
    for index, text in enumerate(texts):
        folded = _folded(text)
        if BUYER.match(folded):
            break
        if not LEGAL_FORM.search(folded) or NOT_A_NAME.match(folded):
            continue
        if index > _OWNER_BELOW and any(_is_name(top.text) and TRADE.search(_folded(top)) for top in texts[:2]):
            break
        first = index
        while first > max(index - 2, 0) and _continues(texts[first].text, texts[first - 1].text):
            first -= 1
        return list(texts[first : index + 1])
    return []


def _continues(text: str, above: str) -> bool:
    """Whether ``text`` is only the end of the name above: "SDN BHD", "ALAM) SDN BHD", "ENTERPRISE (SETIA"."""
    folded = fold_in_place(text.strip())
    bare = not LEGAL_FORM.sub("", folded).strip(" .,&()")
    closes = text.count(")") > text.count("(") and above.count("(") > above.count(")")
    opens = "(" in text and TRADE.match(folded) is not None
    return _is_name(above) and (bare or closes or opens)


def _first_name(texts: Sequence[Spot]) -> list[Spot]:
    """The first name above the buyer's."""
    buyer = next((index for index, text in enumerate(texts) if BUYER.match(_folded(text))), len(texts))
    return [text for text in texts[:buyer] if _is_name(text.text)][:1]


def _is_name(text: str) -> bool:
    """Whether a text may be a name: letters, few digits, no title, label, address or buyer."""
    folded = fold_in_place(text.strip())
    letters = sum(char.isalpha() for char in folded)
    digits = sum(char.isdigit() for char in folded)
    no_name = any(words.match(folded) for words in (NOT_A_NAME, BUYER, SELLER)) or folded.endswith(":")
    return letters >= 4 and digits * 2 <= letters and not no_name


def _folded(text: Spot) -> str:
    return fold_in_place(text.text.strip())


def _cut(text: Spot, rest: str) -> Spot:
    """Only the end of ``text``; the box stays that of the whole."""
    return Spot(text.page, text.line, text.end - len(rest), text.end, rest, text.box)


def _without_registration(name: str) -> str:
    """The name less the registration number or the sender's address that often follows it."""
    head = re.split(r" [|•·] | - (?=.*\d)", name)[0]
    shorter = REGISTRATION.sub("", head).rstrip(" ,;:-([{")
    return shorter if sum(char.isalpha() for char in shorter) >= 3 else name
