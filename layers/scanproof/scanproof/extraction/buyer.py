"""Finds the buyer: the name beside or below its label, or the addressee of a letter."""

from __future__ import annotations

import re
from collections.abc import Sequence

from scanproof.document import DocumentKind, KeyField, Page
from scanproof.extraction.choice import Candidate
from scanproof.extraction.labels import fold_in_place
from scanproof.extraction.spans import PageColumns, TextSpan, doubt, label_distance, share_row
from scanproof.extraction.vendor_features import is_name, without_registration
from scanproof.extraction.vendor_words import BUYER, LEGAL_FORM, NAME_LABEL, SALUTATION, STREET

_MAX_SPANS = 400  # of the first page, from its top; a buyer is at the head
_AFTER_LABEL = 10  # spans after a label among which its name is
_AROUND = 4  # spans below a name where its address stands
_MAX_CANDIDATES = 60
_TOP = 0.45  # of the page's height: an addressee without a label is above
_MAX_BESIDE = 12.0  # line heights from a label to its value right of it
_MAX_ADDRESS_GAP = 2.5  # line heights between two lines of an address
_STRONG = re.compile(
    r"^(?:bill|invoice (?:to|address)|sold to|kaufer|rechnungsempfanger|kunde|factur|client|acheteur|cliente|"
    r"destinatario|"
    r"klant|nabywca|buyer|customer)"
)


def buyer_candidates(pages: Sequence[Page], vendor: KeyField | None, kind: DocumentKind | None) -> list[Candidate]:
    """Returns the names that a buyer's label, a salutation or an address speaks for, on the first page."""
    if not pages:
        return []
    page = pages[0]
    columns = PageColumns(page)
    spans = [column for index in range(min(len(page.lines), _MAX_SPANS)) for column in columns.of(index)][:_MAX_SPANS]
    folded = [fold_in_place(span.text.strip()) for span in spans]
    candidates: list[Candidate] = []
    for index, text in enumerate(folded):
        if match := BUYER.match(text):
            for other, features in _labelled(spans, folded, index, match.end()):
                _add(candidates, page, spans, folded, other, features, vendor, kind)
        elif (
            spans[index].box.top < _TOP * page.height
            and is_name(spans[index].text)
            and _has_address(spans, folded, index)
        ):
            is_saluted = index > 0 and SALUTATION.fullmatch(folded[index - 1]) is not None
            _add(
                candidates,
                page,
                spans,
                folded,
                spans[index],
                {"unlabelled": 1.0, "saluted": float(is_saluted)},
                vendor,
                kind,
            )
        if len(candidates) >= _MAX_CANDIDATES:
            break
    return candidates


def _labelled(
    spans: Sequence[TextSpan], folded: Sequence[str], label: int, end: int
) -> list[tuple[TextSpan, dict[str, float]]]:
    features = {"labelled": 1.0, "strong": float(_STRONG.match(folded[label]) is not None)}
    span = spans[label]
    rest = span.text.strip()[end:].lstrip(" :.-")
    if rest and is_name(rest):
        inside = TextSpan(span.page, span.line, span.end - len(rest), span.end, rest, span.box)
        return [(inside, {**features, "inline": 1.0})]
    has_value_beside = _has_value_beside(spans, folded, label)
    found: list[tuple[TextSpan, dict[str, float]]] = []
    for index in range(label + 1, min(label + 1 + _AFTER_LABEL, len(spans))):
        distance = label_distance(span, spans[index])
        named = NAME_LABEL.match(folded[index])
        if named and folded[index][named.end() :]:
            text = spans[index].text.strip()[named.end() :]
            found.append((_suffix(spans[index], text), {**features, "named": 1.0}))
        elif named and index + 1 < len(spans):
            found.append((spans[index + 1], {**features, "named": 1.0}))
        elif distance is not None and is_name(spans[index].text) and not SALUTATION.fullmatch(folded[index]):
            is_beside = share_row(span.box, spans[index].box)
            if has_value_beside and not is_beside:
                continue
            found.append(
                (
                    spans[index],
                    {**features, "beside": float(is_beside), "distance": distance, "rank": float(len(found))},
                )
            )
        if len(found) == 2:
            break
    return found


def _has_value_beside(spans: Sequence[TextSpan], folded: Sequence[str], label: int) -> bool:
    """Whether the label's value stands right of it: what is below is then the next label of a list."""
    box = spans[label].box
    reach = _MAX_BESIDE * max(box.bottom - box.top, 1.0)
    return any(
        share_row(box, other.box) and 0 < other.box.left - box.right < reach and not BUYER.match(folded[index])
        for index, other in enumerate(spans[label + 1 : label + 4], start=label + 1)
    )


def _suffix(span: TextSpan, text: str) -> TextSpan:
    return TextSpan(span.page, span.line, span.end - len(text), span.end, text, span.box)


def _has_address(spans: Sequence[TextSpan], folded: Sequence[str], index: int) -> bool:
    """Whether lines below the span, in its column, are an address: two have digits or a street, or one of three has."""
    box = spans[index].box
    height = max(box.bottom - box.top, 1.0)
    last, lines, numbered = box.bottom, 0, 0
    for other in range(index + 1, min(index + 1 + _AROUND * 4, len(spans))):
        below = spans[other].box
        if below.top - last >= _MAX_ADDRESS_GAP * height or lines == _AROUND:
            break
        if abs(below.left - box.left) < 2 * height and below.top > last - height / 2 and ":" not in folded[other]:
            lines, last = lines + 1, below.bottom
            numbered += bool(STREET.search(folded[other]) or re.search(r"\d", folded[other]))
    return numbered >= 2 or (lines >= 3 and numbered >= 1)


def _add(
    candidates: list[Candidate],
    page: Page,
    spans: Sequence[TextSpan],
    folded: Sequence[str],
    span: TextSpan,
    own: dict[str, float],
    vendor: KeyField | None,
    kind: DocumentKind | None,
) -> None:
    written = re.sub(
        r"(?i)^(?:attn|attention|z\.? ?hd\.?|herrn?|frau|mr|mrs|ms|mme|m\.)\b[.:]?\s*", "", span.text.strip(" ,;:-")
    )
    value = without_registration(written)
    if not is_name(value):
        return
    text = fold_in_place(value)
    around = [folded[index] for index, other in enumerate(spans) if other.line in range(span.line + 1, span.line + 4)][
        :8
    ]
    features = {
        **own,
        "vendor": float(vendor is not None and _letters(vendor.value) == _letters(value)),
        "legal_form": float(LEGAL_FORM.search(text) is not None),
        "address_below": float(any(STREET.search(each) or re.search(r"\b\d{4,6}\b", each) for each in around)),
        "address": float(STREET.search(text) is not None),
        "digits": float(any(char.isdigit() for char in value)),
        "colon": float(":" in value),
        "long": float(len(value.split()) > 6),
        "down": span.box.top / page.height,
        "form": float(kind is DocumentKind.FORM),
        "doubt": doubt(page, span),
    }
    candidates.append(Candidate(value, span, features, written=written))


def _letters(text: str) -> str:
    return re.sub(r"[\W_]", "", text.lower())
