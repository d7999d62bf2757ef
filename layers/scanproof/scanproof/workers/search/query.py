"""What a search asks for, and how its words become a query of FTS5.

Source of the syntax: https://www.sqlite.org/fts5.html#full_text_query_syntax. Every word of the user becomes a quoted
string, so no character of it is an operator.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal

from scanproof.document import FieldName

HIT_START, HIT_END = "\x02", "\x03"  # around what was found; searchable text has no control characters
# FTS5's tokenizer takes a run of letters for one word. Chinese and Japanese have no spaces between words, so each of
# their characters is made one: ideographs (with repetition marks), hiragana, katakana.
_UNSPACED = "[\u3005-\u3007\u3041-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
_EACH_UNSPACED = re.compile(f"({_UNSPACED})")
_GAP_BETWEEN_UNSPACED = re.compile(f"({_UNSPACED}{HIT_END}?) +(?={HIT_START}?{_UNSPACED})")
_UNENCODABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")  # control characters, lone surrogates
_BROKEN_WORD = re.compile(r"([^\W\d_]+)[-\u00ad\u2010]\n([^\W\d_]+)")
_PARTS = re.compile(r'"([^"]*)"?|(\S+)')

COLUMN_FIELDS = frozenset({FieldName.VENDOR, FieldName.TOTAL, FieldName.INVOICE_NUMBER, FieldName.INVOICE_DATE})
"""Fields that a query compares in a way of their own."""


@dataclass(frozen=True)
class SearchQuery:
    """What a document has to match; what is not set does not count.

    Attributes:
        text: words that all occur; in double quotes a phrase; with an asterisk at its end the beginning of a word.
        vendor: words that all occur in the vendor's name.
        total_from: least total, total_to: greatest total, in the document's own currency.
        dated_from: first invoice date (ISO), dated_to: last one.
        invoice_number: as read.
        day: prefix of the ISO time of the last change.
        needs_review: only documents that a person should look at.
        fields: names and values of other fields and of details.
    """

    text: str = ""
    vendor: str = ""
    total_from: Decimal | None = None
    total_to: Decimal | None = None
    dated_from: str | None = None
    dated_to: str | None = None
    invoice_number: str | None = None
    day: str | None = None
    needs_review: bool = False
    fields: tuple[tuple[str, str], ...] = ()

    @property
    def match(self) -> str | None:
        """The FTS5 query, None without words.

        Raises:
            ValueError: text or vendor is given and has no letter or digit that could be found.
        """
        columns = {"text": self.text, "vendor": self.vendor}
        return " AND ".join(f"{name} : ({_strings(words)})" for name, words in columns.items() if words) or None


def indexed_text(text: str) -> str:
    """Returns text as it is put into the index: normalised, words that a line end breaks also joined, at its end.

    The joined words are added, not put in place: whoever looks for ``well-known`` finds both halves where they stand.
    """
    joined = " ".join(first + second for first, second in _BROKEN_WORD.findall(text) if second[0].islower())
    return searchable(f"{text}\n{joined}" if joined else text)


def searchable(text: str) -> str:
    """Returns text as index and query compare it: compatibility forms and control characters replaced."""
    return _EACH_UNSPACED.sub(r" \1 ", _UNENCODABLE.sub(" ", unicodedata.normalize("NFKC", text)))


def value_key(value: str) -> str:
    """Returns a value as queries compare it: letters and digits, in lower case."""
    return "".join(char for char in unicodedata.normalize("NFKC", value).casefold() if char.isalnum())


def readable(text: str) -> str:
    """Undoes for the eye what `searchable` did to scripts without spaces, also around marked words."""
    return " ".join(_GAP_BETWEEN_UNSPACED.sub(r"\1", text).replace(HIT_END + HIT_START, "").split())


def _strings(words: str) -> str:
    """Returns words and phrases as FTS5 strings, which it joins by AND."""
    found = [
        f'"{searchable(part)}"{" *" if is_prefix else ""}'
        for phrase, word in _PARTS.findall(words)
        for part, is_prefix in [(phrase or word.rstrip("*").replace('"', " "), word.endswith("*"))]
        if any(character.isalnum() for character in part)  # else no word of the tokenizer's
    ]
    if not found:
        raise ValueError("there is no letter or digit to search for")
    return " ".join(found)
