"""Finds the vendor: the name at the head of the page, beside a seller's label, or repeated with an address."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice

from scanproof.document import Box, DocumentKind, FieldName, KeyField, Page
from scanproof.extraction.choice import Candidate, choose
from scanproof.extraction.labels import fold_in_place
from scanproof.extraction.spans import PageColumns, TextSpan, doubt, label_distance
from scanproof.extraction.vendor_features import HeadFeatures, is_name, without_registration
from scanproof.extraction.vendor_words import BUYER, NAME_LABEL, PREFIX, REMIT, REMIT_BEHIND, SELLER

_TOP_SPANS = 24  # a vendor without a label is within so many spans from the top
_TOP = 0.45  # of the page's height
_FOOT = 0.85  # of the page's height, from where on a letterhead may stand at the foot
_FOOT_SPANS = 24
_SPANS_AFTER_LABEL = 8  # a labelled vendor is within so many spans after its label
_MAX_SPANS = 1_500  # of the first page; a table may have thousands
# Titles and labels of the next column that stand behind a name on its line.
_TITLE_BEHIND = re.compile(
    r"(?i)(?<=\w)\s+(?:(?:tax |payment |official |sales )*(?:invoice|receipt|statement)|rechnung|facture|factura|"
    r"fattura|"
    r"fatura|factuur|faktura|remit(?:tance)?(?: to)?(?: address)?\W*|(?:advertiser|agency|customer|kunde|client|"
    r"cliente|klant|nabywca)\W*)$"
)
_LOGO = 2.0  # times the height of a label: what it names is set in its size
_MAX_LINES = 3  # of a name


def find_vendor(pages: Sequence[Page], is_sale: bool, kind: DocumentKind | None = None) -> KeyField | None:
    """Finds the vendor's name as written on the first page, or None. Joins a name that is broken over lines.

    Args:
        is_sale: whether the document is known to be an invoice or a receipt.
        kind: of the document. Without one, and if it is no sale, only a labelled seller is a vendor: a letter has a
            sender.
    """
    choice = choose(FieldName.VENDOR, vendor_candidates(pages, is_sale, kind))
    if choice is None:
        return None
    return KeyField.model_validate(
        {**choice.candidate.place(), "name": FieldName.VENDOR, "confidence": choice.probability}
    )


def vendor_candidates(pages: Sequence[Page], is_sale: bool, kind: DocumentKind | None) -> list[Candidate]:
    """Returns what may be the vendor's name, with its features."""
    if not pages:
        return []
    page = pages[0]
    spans = list(_spans(page))
    head = HeadFeatures(page, spans)
    found: dict[tuple[int, int, int], Candidate] = {}
    for label, indexes in _named(spans):
        _add(found, page, head, [spans[index] for index in indexes], indexes[0], label, is_sale, kind)
    for index in _free(page, spans):
        for count in range(1, _MAX_LINES + 1):
            block = head.block(index, count)
            if block is None:
                break
            _add(found, page, head, block, index, "none", is_sale, kind)
    return list(found.values())


def _spans(page: Page) -> Iterator[TextSpan]:
    count, columns = 0, PageColumns(page)
    for index in range(len(page.lines)):
        for column in columns.of(index):
            yield column
            count += 1
            if count == _MAX_SPANS:
                return


def _free(page: Page, spans: Sequence[TextSpan]) -> list[int]:
    """Returns the indexes of the spans where a name without a label may begin."""
    top = [index for index, span in enumerate(spans) if span.box.top < _TOP * page.height][:_TOP_SPANS]
    foot = [index for index, span in enumerate(spans) if span.box.top > _FOOT * page.height][-_FOOT_SPANS:]
    return sorted({*top, *foot, *range(min(len(spans), _TOP_SPANS // 2))} - set(_buyers(spans)))


def _buyers(spans: Sequence[TextSpan]) -> Iterator[int]:
    """Yields the indexes of the names that labels of a buyer name."""
    for index, span in enumerate(spans):
        match = BUYER.match(fold_in_place(span.text.strip()))
        if match and not is_name(span.text.strip()[match.end() :]):
            yield from islice(_names_for_label(spans, index), 1)


def _named(spans: Sequence[TextSpan]) -> Iterator[tuple[str, list[int]]]:
    """Yields what a label names: the rest of its span, or the first name under or right of it."""
    for index, span in enumerate(spans):
        text = fold_in_place(span.text.strip())
        for label, pattern in (("seller", SELLER), ("remit", REMIT), ("remit", REMIT_BEHIND)):
            match = pattern.search(text)
            if match is None:
                continue
            if is_name(span.text.strip()[match.end() :]):
                yield label, [index]
                break
            yield from ((label, [other]) for other in islice(_names_for_label(spans, index), 1))
            break


def _names_for_label(spans: Sequence[TextSpan], label: int) -> Iterator[int]:
    """Yields the names behind a label "Name:" that follows, then those right of the label or below it, by distance."""
    last = min(label + 1 + _SPANS_AFTER_LABEL, len(spans))
    near: list[tuple[float, int]] = []
    for index in range(label + 1, last):
        text = fold_in_place(spans[index].text.strip())
        name = NAME_LABEL.match(text)
        distance = label_distance(spans[label], spans[index])
        if name and text[name.end() :]:
            yield index
        elif name and index + 1 < last and is_name(spans[index + 1].text):
            yield index + 1
        elif distance is not None and is_name(spans[index].text) and not _is_logo(spans[label], spans[index]):
            near.append((distance, index))
    yield from (index for _, index in sorted(near))


def _is_logo(label: TextSpan, name: TextSpan) -> bool:
    return name.box.bottom - name.box.top > _LOGO * (label.box.bottom - label.box.top)


def _add(
    found: dict[tuple[int, int, int], Candidate],
    page: Page,
    head: HeadFeatures,
    parts: Sequence[TextSpan],
    index: int,
    label: str,
    is_sale: bool,
    kind: DocumentKind | None,
) -> None:
    key = (parts[0].line, parts[0].start, len(parts))
    if key in found:
        return
    written = " ".join(part.text.strip(" ,;:-") for part in parts)
    value = without_registration(_without_label(written))
    if not is_name(value) or not (is_sale or kind or label != "none"):
        return
    features = {
        **head.of(parts, index, value),
        f"label_{label}": 1.0,
        "doubt": max(doubt(page, part) for part in parts),
        "sale": float(is_sale),
        "form": float(kind is DocumentKind.FORM),
        "receipt": float(kind is DocumentKind.RECEIPT),
    }
    box = Box.around([part.box for part in parts])
    found[key] = Candidate(value, parts[0], features, box=box, written=written)


def _without_label(text: str) -> str:
    """Removes "Sold by:", "Own by:" and the like before a name."""
    folded = fold_in_place(text)
    for pattern in (SELLER, REMIT, PREFIX, NAME_LABEL):
        if (match := pattern.match(folded)) and match.end() < len(text):
            text, folded = text[match.end() :], folded[match.end() :]
    text = _TITLE_BEHIND.sub("", text)
    return re.sub(r"^#?(?:0\d+|\d{4,})\s+(?=[^\W\d])", "", text).strip()
