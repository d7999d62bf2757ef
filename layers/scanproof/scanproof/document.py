"""The document model: what a scan becomes, neutral to engines, models and AWS.

Boxes are in pixels of the page image, origin at its top left corner; ``Page.dpi`` turns them into inches. Confidences
and probabilities are in [0, 1]. Models are immutable and validated when built; ``Document.model_json_schema()`` is the
published schema, its version is ``SCHEMA_VERSION``.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, PositiveInt, model_validator

from scanproof.edits import apply

SCHEMA_VERSION: Literal["1.0"] = "1.0"

Probability = Annotated[float, Field(ge=0.0, le=1.0)]


class Model(BaseModel):
    """Base of everything that is written to or read from JSON: immutable, nothing unknown let in.

    Its errors do not repeat the input: they end in logs, where recognised text has no business.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Box(Model):
    """An axis-aligned rectangle in pixels of the page image."""

    left: float
    top: float
    right: float
    bottom: float

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.left > self.right or self.top > self.bottom:
            raise ValueError(f"box edges out of order: {self.left} {self.top} {self.right} {self.bottom}")
        return self

    @classmethod
    def around(cls, boxes: Sequence[Box]) -> Box:
        """The smallest box that holds all of ``boxes`` (at least one)."""
        return cls(
            left=min(b.left for b in boxes),
            top=min(b.top for b in boxes),
            right=max(b.right for b in boxes),
            bottom=max(b.bottom for b in boxes),
        )


class Word(Model):
    """One word as the engine read it: ``line.raw[start:end]``."""

    start: Annotated[int, Field(ge=0)]
    end: Annotated[int, Field(ge=0)]
    box: Box
    confidence: Probability | None = None


class Edit(Model):
    """One change: ``raw`` (what stood at ``line.raw[start:end]``) became ``corrected``."""

    start: Annotated[int, Field(ge=0)]
    end: Annotated[int, Field(ge=0)]
    raw: str
    corrected: str
    probability: Probability
    corrector: str
    model: str
    model_version: str


class Refusal(Model):
    """A change that the corrector wanted and a guard refused; the raw text stayed.

    ``corrector`` and ``model_version`` say which one wanted it, where a page was read by more than one.
    """

    start: Annotated[int, Field(ge=0)]
    end: Annotated[int, Field(ge=0)]
    raw: str
    proposed: str
    guard: str
    probability: Probability | None = None
    corrector: str | None = None
    model_version: str | None = None


class Line(Model):
    """A line of text: ``raw`` as recognised, ``text`` as proofread; applying ``edits`` to ``raw`` gives ``text``."""

    raw: str
    text: str
    box: Box
    confidence: Probability | None = None
    words: tuple[Word, ...] = ()
    edits: tuple[Edit, ...] = ()
    refusals: tuple[Refusal, ...] = ()

    @model_validator(mode="after")
    def _edits_explain_text(self) -> Self:
        if apply_edits(self.raw, self.edits) != self.text:
            raise ValueError("a line's edits, applied to its raw text, must give its text")
        return self


def apply_edits(raw: str, edits: Sequence[Edit]) -> str:
    """Applies ``edits`` (ordered, not overlapping) to ``raw``.

    Raises:
        ValueError: an edit overlaps the one before it, or its ``raw`` is not the text at its place.
    """
    for edit in edits:
        if raw[edit.start : edit.end] != edit.raw:
            raise ValueError(f"edit at {edit.start}:{edit.end} does not fit the raw text")
    return apply(raw, edits)


class PageSource(StrEnum):
    """Where a page's raw text comes from."""

    OCR = "ocr"
    TEXT_LAYER = "text_layer"


class PageFlag(StrEnum):
    """What a reader of the page should know about it."""

    LOW_RESOLUTION = "low_resolution"  # the image was too small for its text and was upscaled before OCR
    BLANK = "blank"  # no text was found
    NOT_CORRECTED = "not_corrected"  # not proofread: the text is as it was recognised
    TRUNCATED = "truncated"  # the engine said that it did not read everything


class Page(Model):
    """One page; lines in reading order. ``width`` and ``height`` in pixels of the image that was recognised."""

    number: PositiveInt
    width: PositiveInt
    height: PositiveInt
    dpi: float
    source: PageSource
    engine: str | None = None
    engine_version: str | None = None
    corrector: str | None = None
    model_version: str | None = None
    flags: tuple[PageFlag, ...] = ()
    warnings: tuple[str, ...] = ()
    lines: tuple[Line, ...] = ()

    @property
    def text(self) -> str:
        """The proofread lines, one a row."""
        return "\n".join(line.text for line in self.lines)

    @property
    def raw_text(self) -> str:
        """The recognised lines, one a row."""
        return "\n".join(line.raw for line in self.lines)


class FieldName(StrEnum):
    """Key fields that are looked for in every document."""

    INVOICE_NUMBER = "invoice_number"
    INVOICE_DATE = "invoice_date"
    DUE_DATE = "due_date"
    TOTAL = "total"
    CURRENCY = "currency"
    VENDOR = "vendor"


class KeyField(Model):
    """A key field with the place that it was read from.

    ``value`` is normal form: ISO 8601 date, plain decimal amount, ISO 4217 currency code, else the text as it stands.
    ``written`` is what the page says, unchanged.
    """

    name: FieldName
    value: str
    written: str
    page: PositiveInt
    line: Annotated[int, Field(ge=0)]
    box: Box
    ambiguous: bool = False
    alternatives: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()

    @property
    def amount(self) -> Decimal:
        """The value of an amount field.

        Raises:
            decimal.InvalidOperation: the field is not an amount.
        """
        return Decimal(self.value)


class CheckCode(StrEnum):
    """What does not agree with itself. The codes are stable."""

    ROW_PRODUCT = "row_product"  # quantity x unit price is not the row's amount
    CASH_CHANGE = "cash_change"  # cash - total is not the change
    IBAN_DIGITS = "iban_digits"  # ISO 13616
    CARD_DIGITS = "card_digits"  # ISO/IEC 7812 (Luhn)
    ARTICLE_DIGITS = "article_digits"  # a labelled EAN or ISBN


class CheckPlace(Model):
    """A written value that a check is about: on ``pages[page - 1].lines[line]``."""

    page: PositiveInt
    line: Annotated[int, Field(ge=0)]
    box: Box
    written: str


class CheckFlag(Model):
    """Numbers that do not agree. Nothing was changed: which of them is wrong, if any was misread, is not known."""

    code: CheckCode
    message: str
    places: Annotated[tuple[CheckPlace, ...], Field(min_length=1)]


class Source(Model):
    """The file that a document was read from. ``media_type`` is told by its content, not by its name."""

    name: str
    media_type: str
    size_bytes: Annotated[int, Field(ge=0)]


UNVERSIONED = "null"  # what S3 calls the version id of an object in an unversioned bucket


class ObjectId(Model):
    """The uploaded object: a document is bucket + key + version id."""

    bucket: str
    key: str
    version_id: str


class Document(Model):
    """A whole published document. Two readings of one file differ in ids, attempt and times only."""

    schema_version: Literal["1.0"] = SCHEMA_VERSION
    id: str
    object_id: ObjectId | None = None
    attempt: PositiveInt = 1
    published_at: str
    duration_seconds: float | None = None
    source: Source
    language: str | None = None
    profile: str
    fields: tuple[KeyField, ...] = ()
    flags: tuple[CheckFlag, ...] = ()
    warnings: tuple[str, ...] = ()
    pages: tuple[Page, ...] = ()

    @property
    def text(self) -> str:
        """The proofread text, line breaks kept, pages parted by a form feed."""
        return "\f".join(page.text + "\n" for page in self.pages)

    @property
    def raw_text(self) -> str:
        """The text as recognised, laid out as ``text``."""
        return "\f".join(page.raw_text + "\n" for page in self.pages)
