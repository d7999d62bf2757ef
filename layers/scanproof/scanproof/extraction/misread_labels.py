"""Reads words of labels through errors of recognition: ``Tolal``, ``TotaI`` and ``Totai`` are ``Total``.

Only characters that look alike are exchanged, and only where a word is none of the labels' own. Characters keep their
number, so that offsets stay valid.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache, lru_cache

# Groups of characters, folded to lower case, that engines take for each other at low resolution. More of them would
# make labels of other words: `a` and `o`, for example, of "content" the Dutch "contant".
_ALIKE = ("ilt1j", "o0", "ce", "cg", "nu", "hb", "b68", "s5", "gq9", "z2")
_OTHER_WORDS = frozenset(("chance", "cross", "dale"))
_WORD = re.compile(r"[^\W_]{4,}")
_LETTERS_PER_ERROR = 4
_MAX_ERRORS = 2
# The words that labels of amounts, dates and numbers consist of, in eight languages, without accents.
_LABELS = """
amount balance cash change date discount excl grand gross incl included invoice number paid payable payment price
receipt rounded rounding sales subtotal tendered terms total betrag bezahlt brutto datum fallig gegeben gesamt
gesamtbetrag mehrwertsteuer mwst netto nettobetrag nummer rechnung rechnungsdatum rechnungsnummer ruckgeld rundung
summe umsatzsteuer zahlbar zahlbetrag zahlen zwischensumme arrondi commande echeance especes facture montant numero
payer rendu base cambio efectivo emision factura fecha imponible importe pagar redondeo vencimiento arrotondamento
contanti emissione fattura importo imponibile pagare resto scadenza subtotale totale desconto emissao fatura
numerario troco valor vencimento afronding bedrag betalen contant factuur factuurdatum factuurnummer subtotaal
totaal vervaldatum wisselgeld data faktura faktury gotowka kwota numer platnosci razem reszta suma termin
wystawienia zaplaty zaokraglenie
"""


def respelled(text: str) -> str:
    """Returns folded text with the misread words of labels put right; all else, and the length, stay."""
    return _WORD.sub(lambda match: _respelled_word(match[0]), text)


@cache
def _by_length() -> dict[int, tuple[str, ...]]:
    found: defaultdict[int, set[str]] = defaultdict(set)
    for word in _LABELS.split():
        found[len(word)].add(word)
    return {length: tuple(sorted(words)) for length, words in found.items()}


@cache
def _pairs() -> frozenset[tuple[str, str]]:
    return frozenset((one, other) for group in _ALIKE for one in group for other in group if one != other)


@lru_cache(maxsize=4096)  # a table repeats its words
def _respelled_word(word: str) -> str:
    """Returns the only label that a word may be a misreading of, or the word."""
    words = _by_length().get(len(word), ())
    if word in words or word in _OTHER_WORDS or word.isdecimal():
        return word
    limit = min(len(word) // _LETTERS_PER_ERROR, _MAX_ERRORS)
    found = [label for label in words if _errors(word, label, limit) <= limit]
    return found[0] if len(found) == 1 else word


def _errors(word: str, label: str, limit: int) -> int:
    """Counts the exchanged characters; more than ``limit`` where they do not look alike."""
    count = 0
    for one, other in _differences(word, label):
        count += 1
        if count > limit or (one, other) not in _pairs():
            return limit + 1
    return count


def _differences(word: str, label: str) -> Iterator[tuple[str, str]]:
    return ((one, other) for one, other in zip(word, label, strict=True) if one != other)
