"""Generates lines of invoices, receipts, orders and letters in eight languages, in each locale's formats."""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from faker import Faker

_WORDS = Path(__file__).with_name("business_words.json")
_TERMS = "terms"
# Abbreviations of receipts and forms, and rules of tables: none of them is an error.
_TERSE = (
    "T/A", "SDN BHD", "S/PRICE", "U/P", "C/NO", "PLS", "QTY", "PCS", "ITM", "REG", "TEL", "GST", "VAT", "A/C",
    "INV NO", "REF", "RM", "PTE LTD", "GMBH & CO KG", "SARL", "S.L.", "S.P.A.", "B.V.", "SP. Z O.O.", "LDA", "P.O.",
    "ATTN", "C/O", "|", "| |", "N/A", "ETD", "CHQ", "DISC", "RND", "ADJ", "SR", "ZRL", "TX", "EA", "UOM", "HSN",
    "IGST", "CGST", "PAN", "TIN", "BRN", "W/H", "*S", "(M)", "D.I.Y.", "LOT 12-A", "JLN", "BLK", "STR.", "AVDA.",
    "PZA", "UL.", "Nr.", "Inv No", "PO Box", "Fcra", "TTC", "HT",
)  # fmt: skip
_POOL = 1500  # names, companies, streets of each language: faker is too slow to generate them for every line
_EPOCH = datetime.date(1990, 1, 1)


@dataclass(frozen=True)
class BusinessLines:
    """Generates lines of business documents in one language."""

    words: Mapping[str, Any]
    people: Sequence[str]
    companies: Sequence[str]
    streets: Sequence[str]
    cities: Sequence[str]
    months: Sequence[str]

    def line(self, rng: Random) -> str:
        """One line, such as "Invoice No: 20417" or "2 x Office Chair 49.90 99.80"."""
        generators: tuple[tuple[Callable[[Random], str], int], ...] = (
            (self._identifier, 6), (self._dated, 5), (self._summed, 6), (self._item, 6), (self._address, 3),
            (self._person, 2), (self._contact, 2), (self._heading, 3), (self._sentence, 5), (self._code, 2),
        )  # fmt: skip
        line = rng.choices([generate for generate, _ in generators], [weight for _, weight in generators])[0](rng)
        if rng.random() < 0.18:
            return line.upper()
        if rng.random() < 0.12:
            return line + rng.choice(("  ", " ", "   ", " | ")) + self._summed(rng)
        return line

    def terse_line(self, rng: Random) -> str:
        """A line of a receipt or form: abbreviations, codes and names, such as "CHKN BRST 2PK 8.90"."""
        source = rng.choice((self.words["goods"], self.companies, self.streets, self.cities, self.words["headings"]))
        words = [_abbreviated(word, rng) for _ in range(rng.choice((1, 1, 2))) for word in rng.choice(source).split()]
        extras = self.amount(rng), _identifier(rng), f"{rng.randrange(1, 9)}PK", *rng.sample(_TERSE, 2)
        words += rng.sample(extras, rng.choice((0, 1, 2)))
        if rng.random() < 0.3:
            words.insert(rng.randrange(len(words) + 1), rng.choice(_TERSE))
        line = rng.choice((" ", " ", "  ")).join(words)
        return line.upper() if rng.random() < 0.75 else line

    def terms(self, rng: Random) -> str:
        """One to three terms of business documents: "release fee"."""
        return " ".join(rng.sample(self.words[_TERMS], rng.choice((1, 1, 2, 3))))

    def entry(self, words: str, rng: Random) -> str:
        """``words`` as an entry of a form or a table: "Garden Gate: 120.00", "3 x GARDEN GATE", "Garden gate"."""
        written = rng.choice((words.title(), words.title(), words.upper(), words.capitalize(), words))
        figure = rng.choice((self.amount, self.date, _identifier))(rng)
        return rng.choice((written, f"{written}: {figure}", f"{written} {figure}", f"{rng.randrange(60)} {written}"))

    def form_row(self, rng: Random) -> tuple[str, str]:
        """A label of a form and its entry, in capitals or not; sometimes nothing is entered."""
        label = _common_first(rng.choice((self.words["headings"], self.words["dates_of"], self.words["invoice"])), rng)
        if rng.random() < 0.3:
            label += f" {rng.choice(self.words['headings'])}"
        names = self.people, self.companies, self.streets, self.cities, self.words["goods"], self.words["sentences"]
        written = (lambda rng: str(rng.choice(rng.choice(names))), self.date, self.amount, _identifier, self.terms)
        entry = rng.choices(written, (8, 2, 2, 2, 4))[0](rng) if rng.random() < 0.85 else ""
        label += rng.choice((":", ":", ""))
        return (label.upper() if rng.random() < 0.4 else label), (entry.upper() if rng.random() < 0.4 else entry)

    def amount(self, rng: Random) -> str:
        """An amount as the language writes it, with or without currency."""
        value = rng.choice((rng.randrange(1, 20), rng.randrange(1, 1000), rng.randrange(1000, 200_000)))
        cents = rng.choice(("00", "00", "50", "99", f"{rng.randrange(100):02d}"))
        whole = f"{value:,}".replace(",", self.words["group"]) if rng.random() < 0.8 else str(value)
        number = whole + self.words["decimal"] + cents if rng.random() < 0.9 else whole
        if rng.random() < 0.4:
            return number
        currency = rng.choice(self.words["currency"])
        return f"{number} {currency.strip()}" if self.words.get("after") else currency + number

    def date(self, rng: Random) -> str:
        """A date as the language writes it."""
        day = _EPOCH + datetime.timedelta(rng.randrange(15_000))
        pattern = rng.choice(self.words["dates"])
        month = self.months[day.month - 1]
        return day.strftime(pattern.replace("%B", month).replace("%b", month[:3]))

    def _identifier(self, rng: Random) -> str:
        label = f"{_common_first(self.words['invoice'], rng)} {_common_first(self.words['number'], rng)}".replace(
            " -", "-"
        )
        return label + rng.choice((": ", " ", ":", " : ")) + _identifier(rng)

    def _dated(self, rng: Random) -> str:
        return _common_first(self.words["dates_of"], rng) + rng.choice((": ", " ", ":")) + self.date(rng)

    def _summed(self, rng: Random) -> str:
        label = _common_first(self.words["amounts"], rng)
        if rng.random() < 0.15:
            label += f" ({rng.choice((5, 7, 19, 20, 21, 23, 8.5))}%)"
        return label + rng.choice((": ", " ", ":", "  ", " ...... ")) + self.amount(rng)

    def _item(self, rng: Random) -> str:
        good, count = rng.choice(self.words["goods"]), rng.randrange(1, 60)
        return rng.choice(
            (
                f"{count} x {good} {self.amount(rng)}",
                f"{good} {count} {self.amount(rng)} {self.amount(rng)}",
                f"{rng.randrange(1, 30)}. {good}  {self.amount(rng)}",
                f"{_identifier(rng)} {good} {count} {self.amount(rng)}",
                f"{good} @ {self.amount(rng)}",
                f"{good}, {rng.choice(('500 g', '1 kg', '330ml', 'A4', '3D', '12V', '2x', 'M8', '4K', 'XL', 'B5'))}",
                good,
            )
        )

    def _address(self, rng: Random) -> str:
        parts = [rng.choice(self.companies), rng.choice(self.streets), rng.choice(self.cities)]
        return ", ".join(parts[rng.randrange(3) :])

    def _person(self, rng: Random) -> str:
        return f"{rng.choice(self.words['headings'])}: {rng.choice(self.people)}"

    def _contact(self, rng: Random) -> str:
        name = rng.choice(self.people).split()[-1].lower()
        digits = "".join(str(rng.randrange(10)) for _ in range(rng.choice((7, 9, 10))))
        return rng.choice(
            (
                f"{name}@example.{rng.choice(('com', 'org', 'net', 'de', 'fr'))}",
                f"www.{name}.{rng.choice(('com', 'eu', 'nl', 'pl'))}",
                f"Tel: +{rng.randrange(1, 99)} {digits[:3]} {digits[3:]}",
                f"Tel. ({digits[:3]}) {digits[3:6]}-{digits[6:]}",
                f"Fax {digits[:2]} {digits[2:4]} {digits[4:6]} {digits[6:]}",
            )
        )

    def _heading(self, rng: Random) -> str:
        return "  ".join(rng.choice(self.words["headings"]) for _ in range(rng.choice((1, 1, 2, 4))))

    def _sentence(self, rng: Random) -> str:
        return str(rng.choice(self.words["sentences"]))

    def _code(self, rng: Random) -> str:
        country = rng.choice(("GB", "FR", "DE", "ES", "IT", "NL", "PL", "PT", "BE"))
        digits = "".join(str(rng.randrange(10)) for _ in range(20))
        return rng.choice(
            (
                f"IBAN: {country}{digits[:2]} {digits[2:6]} {digits[6:10]} {digits[10:14]} {digits[14:18]}",
                f"VAT: {country}{digits[:9]}",
                f"SKU {_identifier(rng)}",
                f"{_identifier(rng)} / {_identifier(rng)}",
                f"BIC {rng.choice(('COBADEFF', 'BNPAFRPP', 'INGBNL2A'))}{rng.choice(('', 'XXX', digits[:3]))}",
            )
        )


def _abbreviated(word: str, rng: Random) -> str:
    """``word``, or an abbreviation of it as receipts print them."""
    how = rng.random()
    if len(word) < 4 or how < 0.4:
        return word
    if how < 0.65:
        return word[0] + re.sub("[aeiou]", "", word[1:], flags=re.IGNORECASE)
    return word[: rng.randrange(2, len(word))] + rng.choice(("", "", ".", "/"))


def _common_first(words: Sequence[str], rng: Random) -> str:
    """A word from a list that is ordered by frequency; the first ones are drawn more often."""
    return words[int(len(words) * rng.random() ** 1.7)]


def _identifier(rng: Random) -> str:
    """A number, or a code with letters, which has to stay as it is."""
    digits = "".join(str(rng.randrange(10)) for _ in range(rng.choice((3, 4, 5, 6, 8))))
    letters = "".join(rng.choice("ABCDEFGHIJKLMNOPQRSTUVWXYZ") for _ in range(rng.choice((1, 2, 3))))
    return rng.choice(
        (digits, digits, f"{letters}-{digits}", f"{letters}{digits}", f"{digits}{letters}", f"INV-{digits}",
         f"{letters}-{rng.randrange(2000, 2030)}-{digits[:4]}", f"{digits[:2]}/{digits}", f"{digits}-{letters}",
         f"{letters}{digits[:2]}{letters}{digits[-1]}", f"#{digits}")
    )  # fmt: skip


def business_lines(seed: int) -> dict[str, BusinessLines]:
    """Generators of business lines by language; the same seed gives the same names."""
    return {language: _of_language(words, seed) for language, words in json.loads(_WORDS.read_text("utf-8")).items()}


def business_words(language: str) -> list[str]:
    """The labels, goods and sentences of which business lines of a language consist."""
    words = json.loads(_WORDS.read_text("utf-8"))[language]
    lists = (value for name, value in words.items() if name != _TERMS and isinstance(value, list))
    return [text for value in lists for text in value if isinstance(text, str)]


def business_terms(language: str) -> list[str]:
    """Further terms of business documents in a language; ``line`` does not use them."""
    terms: list[str] = json.loads(_WORDS.read_text("utf-8"))[language][_TERMS]
    return terms


def _of_language(words: Mapping[str, Any], seed: int) -> BusinessLines:
    # One faker per locale: one for several locales draws the locale from a source that no seed controls.
    fakes = [Faker(locale) for locale in words["locale"]]
    for number, fake in enumerate(fakes):
        fake.seed_instance(seed + number)
    turns = [fakes[number % len(fakes)] for number in range(_POOL)]
    return BusinessLines(
        words=words,
        people=[fake.name() for fake in turns],
        companies=[fake.company() for fake in turns],
        streets=[fake.street_address().replace("\n", ", ") for fake in turns],
        cities=[f"{fake.postcode()} {fake.city()}" for fake in turns],
        months=_months(fakes[0]),
    )


def _months(fake: Faker) -> Sequence[str]:
    """January to December in the language of ``fake``, from its own names of months."""
    provider = next(p for p in fake.get_providers() if hasattr(p, "month_name"))
    names = getattr(provider, "MONTH_NAMES", None)
    if names:
        return [names[f"{month:02d}"] for month in range(1, 13)]
    return [datetime.date(2000, month, 1).strftime("%B") for month in range(1, 13)]
