"""The document model: what a scan becomes, independent of engines, models and AWS.

Boxes are in pixels of the page image, origin at its top left corner; ``Page.dpi`` turns them into inches. Confidences
and probabilities are in [0, 1]. Models are immutable and validated when built.

``Document.model_json_schema()`` is the published schema, its version is ``SCHEMA_VERSION``. Within major version 1 a
minor version only adds fields that have defaults. So every reader of 1.x reads every 1.y: fields that are missing take
their defaults, fields that a later version added are ignored.
"""

from __future__ import annotations

import hashlib
import json
import operator
from collections.abc import Sequence
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    NonNegativeInt,
    PositiveInt,
    ValidationError,
    model_validator,
)

from scanproof.edits import apply
from scanproof.errors import PermanentError

# 1.1: confidences, orientation, review, suggestions; 1.2: tables, line items, kind, details, confidences of fields
SCHEMA_VERSION = "1.2"
_MAJOR = SCHEMA_VERSION.split(".")[0]

Probability = Annotated[float, Field(ge=0.0, le=1.0)]
CERTAIN = 0.99  # probability from which a character needs no mention: four of five words have no other


class Model(BaseModel):
    """Base of everything that is written to or read from JSON: immutable; unknown fields are ignored.

    Unknown fields come from a later minor version: during an update both versions read each other's pages and messages.
    Errors do not repeat the input, because they end in logs, which must not contain recognised text.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True, hide_input_in_errors=True)


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
        """Returns the smallest box that contains all of ``boxes`` (at least one)."""
        return cls(
            left=min(b.left for b in boxes),
            top=min(b.top for b in boxes),
            right=max(b.right for b in boxes),
            bottom=max(b.bottom for b in boxes),
        )


class Word(Model):
    """A word as recognised: ``line.raw[start:end]``."""

    start: Annotated[int, Field(ge=0)]
    end: Annotated[int, Field(ge=0)]
    box: Box
    confidence: Probability | None = None
    character_confidences: Annotated[
        tuple[Probability, ...],
        Field(
            description="Probability of each character at the time step where it was decoded, in the order of the raw "
            f"text. Absent where all are at least {CERTAIN}, and on pages without ``has_lattice``.",
            exclude_if=operator.not_,
        ),
    ] = ()


class Edit(Model):
    """A correction: ``raw``, which is ``line.raw[start:end]``, became ``corrected``.

    ``lm_gain`` says by how much a language model that judged the edit finds the text more probable with it: the natural
    logarithm of the ratio of likelihoods.
    """

    start: Annotated[int, Field(ge=0)]
    end: Annotated[int, Field(ge=0)]
    raw: str
    corrected: str
    probability: Probability
    lm_gain: float | None = Field(default=None, exclude_if=lambda gain: gain is None)
    corrector: str
    model: str
    model_version: str


class Refusal(Model):
    """A correction that a corrector proposed and a guard refused; the raw text stayed.

    ``corrector`` and ``model_version`` name the corrector where several correctors processed the page.
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
    """A line of text: ``raw`` as recognised, ``text`` as corrected; applying ``edits`` to ``raw`` gives ``text``.

    ``words`` are in the order of the raw text and do not overlap.
    """

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

    def corrected(self, text: str, edits: tuple[Edit, ...], refusals: tuple[Refusal, ...]) -> Line:
        """Returns this line with another text, which ``edits`` make of ``raw``.

        Raises:
            ValueError: they do not.
        """
        # Not `model_copy`, which would skip the check that the edits give the text.
        return Line.model_validate({**dict(self), "text": text, "edits": edits, "refusals": refusals})


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
    """Source of a page's raw text."""

    OCR = "ocr"
    TEXT_LAYER = "text_layer"


class PageFlag(StrEnum):
    """Warnings about a page, for programs."""

    LOW_RESOLUTION = "low_resolution"  # the image was too small for its text and was upscaled before OCR
    BLANK = "blank"  # no text was found
    NOT_CORRECTED = "not_corrected"  # the text is as recognised
    TRUNCATED = "truncated"  # the engine reported that it did not read everything
    LOW_CONFIDENCE = "low_confidence"  # `Page.confidence` is below the deployment's or the corrector's minimum
    MISSING_LETTERS = "missing_letters"  # the engine cannot output some letters of the page's language
    UNREADABLE = "unreadable"  # damaged, or beyond a limit: the page has no text, its warning says why


def _known_flags(value: object) -> object:
    """Leaves out flags that a later minor version added; what is no name is left to validation."""
    if not isinstance(value, list | tuple):
        return value
    known = {flag.value for flag in PageFlag}
    return [flag for flag in value if not isinstance(flag, str) or flag in known]


class TextSpan(Model):
    """A stretch of a line of a page: ``page.lines[line].text[start:end]``."""

    line: NonNegativeInt
    start: NonNegativeInt
    end: NonNegativeInt


class TableCell(Model):
    """A cell of a table, which may be empty. Rows and columns count from 0.

    ``text`` joins the texts of ``spans`` with spaces; their order is that of reading.
    """

    row: NonNegativeInt
    column: NonNegativeInt
    row_span: PositiveInt = 1
    column_span: PositiveInt = 1
    text: str = ""
    box: Box
    spans: tuple[TextSpan, ...] = ()


class Table(Model):
    """A table, or the part of it that is on one page.

    Attributes:
        cells: in reading order. They cover the grid of ``rows`` by ``columns``: every place is part of exactly one.
        header_rows: number of rows at the top that name the columns.
        is_ruled: whether ruled lines separate the cells; else the blank between them does.
        number: of the table in the document, from 1; the parts of a table over several pages have the same.
        continues: whether it continues the table of this number on the page before, column by column. Its
            ``header_rows`` repeat those of that page.
        rows_before: rows of the table on earlier pages, without repeated headers.
    """

    number: PositiveInt = 1
    box: Box
    rows: PositiveInt
    columns: PositiveInt
    header_rows: NonNegativeInt = 0
    is_ruled: bool = False
    continues: bool = False
    rows_before: NonNegativeInt = 0
    cells: tuple[TableCell, ...]

    @property
    def repeated_rows(self) -> int:
        """Number of header rows that repeat those of an earlier page."""
        return self.header_rows if self.continues else 0


Rotation = Literal[0, 90, 180, 270]  # degrees, clockwise
Ruling = tuple[NonNegativeInt, NonNegativeInt, NonNegativeInt, NonNegativeInt]
MAX_RULINGS = 2000  # of a page; a table of 20,000 cells has 300
Transform = tuple[float, float, float, float, float, float, float, float, float]


class Page(Model):
    """One page; lines in reading order. ``width`` and ``height`` in pixels of the image that was recognised.

    That page image is the opened image of the uploaded page turned clockwise by ``rotation`` degrees, then straightened
    by ``skew`` degrees (positive where lines ran downwards) and against perspective. ``transform`` contains, row by
    row, the 3 x 3 matrix that maps homogeneous coordinates of the page image to those of the opened image, whose width
    and height are ``opened_size``; None means that both are the same.

    ``confidence`` is the mean over all text that the engine detected, weighted by characters, unreadable segments
    included; None without detected text, for a text layer and for engines that give no confidences. ``language`` is the
    ISO 639 code of the language in which the page was corrected; None where it is uncertain.

    ``has_lattice`` tells whether the engine stated the probabilities of single characters; see
    ``Word.character_confidences``.

    ``rulings`` are the ruled lines on the page image, each from (x0, y0) to (x1, y1). ``tables`` are found on published
    pages, in reading order.
    """

    number: PositiveInt
    width: PositiveInt
    height: PositiveInt
    dpi: float
    rotation: Rotation = 0
    skew: float = 0.0
    transform: Transform | None = None
    opened_size: tuple[PositiveInt, PositiveInt] | None = None
    source: PageSource
    engine: str | None = None
    engine_version: str | None = None
    language: str | None = None
    corrector: str | None = None
    model_version: str | None = None
    confidence: Probability | None = None
    has_lattice: bool = False
    flags: Annotated[tuple[PageFlag, ...], BeforeValidator(_known_flags)] = ()
    warnings: tuple[str, ...] = ()
    rulings: Annotated[tuple[Ruling, ...], Field(max_length=MAX_RULINGS, exclude_if=operator.not_)] = ()
    tables: Annotated[tuple[Table, ...], Field(exclude_if=operator.not_)] = ()
    lines: tuple[Line, ...] = ()

    @property
    def text(self) -> str:
        """The corrected lines, joined with line feeds."""
        return "\n".join(line.text for line in self.lines)

    @property
    def raw_text(self) -> str:
        """The recognised lines, joined with line feeds."""
        return "\n".join(line.raw for line in self.lines)


class Suggestion(Model):
    """Another reading of one number, with which the numbers of a failed check agree; nothing was changed.

    ``raw``, which is ``pages[page - 1].lines[line].raw[start:end]``, is the number from its first to its last digit.
    ``suggested`` differs from it by one character. No other character that the OCR engine considered, in any number of
    the check, makes the numbers agree.
    """

    page: PositiveInt
    line: Annotated[int, Field(ge=0)]
    start: Annotated[int, Field(ge=0)]
    end: Annotated[int, Field(ge=0)]
    raw: str
    suggested: str
    probability: Annotated[
        Probability,
        Field(description="Of the suggested character, as the OCR engine stated it; often small: the check decides."),
    ]


class FieldName(StrEnum):
    """Key fields that are searched for in every document."""

    INVOICE_NUMBER = "invoice_number"
    INVOICE_DATE = "invoice_date"
    DUE_DATE = "due_date"
    TOTAL = "total"
    CURRENCY = "currency"
    VENDOR = "vendor"


class DocumentKind(StrEnum):
    """Kinds of documents, each with its own set of fields. A document that is none of them has no kind."""

    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"
    RECEIPT = "receipt"
    STATEMENT = "statement"
    FORM = "form"  # orders, contracts, applications: labels with values


class DetailName(StrEnum):
    """Fields beside the key fields. A reader must expect other names: those of later versions, and of users."""

    NET = "net"
    TAX = "tax"
    TAX_RATE = "tax_rate"
    VAT_NUMBER = "vat_number"
    IBAN = "iban"
    PURCHASE_ORDER = "purchase_order"
    BUYER = "buyer"
    PAYMENT_TERMS = "payment_terms"


class FoundField(Model):
    """A value that was found, and its place in the document.

    ``value`` is normalised: ISO 8601 date, plain decimal amount or rate in per cent, ISO 4217 currency code, IBAN and
    VAT number without blanks, else the text of the page. ``written`` is the text of the page, unchanged.
    ``confidence`` is the calibrated probability that the value is right; None in documents before 1.2.
    """

    name: str
    value: str
    written: str
    page: PositiveInt
    line: Annotated[int, Field(ge=0)]
    box: Box
    ambiguous: bool = False
    alternatives: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    confidence: Probability | None = None


class DetailField(FoundField):
    """A field beside the key fields: one of `DetailName`, or one that a user defined. A rate occurs once for each."""


class KeyField(FoundField):
    """A key field and its place in the document.

    ``suggestion`` is for a total with the flag ``sum_mismatch``; it may be about the subtotal or a tax.
    """

    name: FieldName
    suggestion: Suggestion | None = None

    @property
    def amount(self) -> Decimal:
        """The value of an amount field.

        Raises:
            decimal.InvalidOperation: the field is not an amount.
        """
        return Decimal(self.value)


class CheckCode(StrEnum):
    """Kinds of inconsistent numbers. The codes are stable."""

    ROW_PRODUCT = "row_product"  # quantity x unit price is not the row's amount
    CASH_CHANGE = "cash_change"  # cash - total is not the change
    IBAN_DIGITS = "iban_digits"  # ISO 13616
    CARD_DIGITS = "card_digits"  # ISO/IEC 7812 (Luhn)
    ARTICLE_DIGITS = "article_digits"  # a labelled EAN or ISBN


class CheckPlace(Model):
    """A value that a check is about, on ``pages[page - 1].lines[line]``."""

    page: PositiveInt
    line: Annotated[int, Field(ge=0)]
    box: Box
    written: str


class LineItem(Model):
    """A row of an invoice's table of items: ``pages[page - 1].tables[table]``, row ``row``.

    Numbers are plain decimals. ``agrees`` tells whether quantity x unit price is the amount; None where one of them is
    missing or ambiguous.
    """

    page: PositiveInt
    table: NonNegativeInt
    row: NonNegativeInt
    description: str | None = None
    quantity: str | None = None
    unit_price: str | None = None
    amount: str | None = None
    agrees: bool | None = None


class ItemSum(Model):
    """The sum of the amounts of all line items, and where the document states it: None where it does not."""

    value: str
    stated: CheckPlace | None = None


class CheckFlag(Model):
    """Inconsistent numbers. Nothing was changed: which of them was misread, if any, is not known.

    ``suggestion`` is there where exactly one alternative of the OCR engine makes them consistent.
    """

    code: CheckCode
    message: str
    places: Annotated[tuple[CheckPlace, ...], Field(min_length=1)]
    suggestion: Suggestion | None = None


class ReviewCode(StrEnum):
    """Reasons why a person should look at a document. The codes are stable."""

    LOW_CONFIDENCE = "low_confidence"  # pages below the deployment's minimum confidence
    NOT_CORRECTED = "not_corrected"  # pages that are published as recognised although correction was requested
    TRUNCATED = "truncated"  # pages that the engine did not read to the end
    MISSING_LETTERS = "missing_letters"  # pages in a language with letters that the engine cannot output
    UNREADABLE = "unreadable"  # pages that are damaged or beyond a limit; the others are published
    LITTLE_TEXT = "little_text"  # the whole document has at most a word or two
    INCONSISTENT_NUMBERS = "inconsistent_numbers"  # check flags
    AMBIGUOUS_FIELD = "ambiguous_field"  # key fields with alternatives


class ReviewReason(Model):
    """One reason why a person should look at a document.

    ``count`` is the number of pages, fields or check flags that it applies to; for ``little_text``, of words. ``pages``
    names the first of the pages, in order. ``confidence`` is the lowest of these pages.
    """

    code: ReviewCode
    count: NonNegativeInt
    pages: tuple[PositiveInt, ...] = ()
    confidence: Probability | None = None


def _known_reasons(value: object) -> object:
    """Leaves out reasons with a code that a later minor version added."""
    if not isinstance(value, list | tuple):
        return value
    return [reason for reason in value if not _has_unknown_code(reason)]


def _has_unknown_code(reason: object) -> bool:
    code = reason.get("code") if isinstance(reason, dict) else None
    return isinstance(code, str) and code not in {known.value for known in ReviewCode}


def _known_kind(value: object) -> object:
    """Leaves out a kind that a later minor version added."""
    return value if isinstance(value, str) and value in {*DocumentKind} else None


ReviewReasons = Annotated[tuple[ReviewReason, ...], BeforeValidator(_known_reasons)]


class Source(Model):
    """The file of a document. ``media_type`` follows from its content, not from its name."""

    name: str
    media_type: str
    size_bytes: Annotated[int, Field(ge=0)]


UNVERSIONED = "null"  # what S3 calls the version id of an object in an unversioned bucket


class ObjectId(Model):
    """The uploaded object: a document is bucket + key + version id."""

    bucket: str
    key: str
    version_id: str

    @property
    def document_id(self) -> str:
        """32 hex digits that identify this version of this key in this bucket."""
        return hashlib.sha256("\0".join([self.bucket, self.key, self.version_id]).encode()).hexdigest()[:32]


class DocumentRef(Model):
    """One attempt at a document: an upload starts attempt 1, a replay on request the next one."""

    object_id: ObjectId
    attempt: PositiveInt


class ReviewedLine(Model):
    """A line, numbered from 0 on its page, in which a reviewer decided about every place that the review page lists."""

    page: PositiveInt
    line: NonNegativeInt


class Reviewed(Model):
    """What a person made of a document: ``attempt`` is the one that was reviewed.

    ``recognised_attempt`` is the one that was recognised; every later one up to ``attempt`` is a review of it.
    ``lines`` are those that were reviewed completely, by any of these. The places that were changed have edits by the
    corrector ``reviewer``, whose ``model`` is the person and whose ``model_version`` is the time.
    """

    by: str | None = None
    at: str
    attempt: PositiveInt
    recognised_attempt: PositiveInt | None = None
    accepted: NonNegativeInt = 0
    changed: NonNegativeInt = 0
    lines: tuple[ReviewedLine, ...] = ()
    fields: tuple[FieldName, ...] = ()


class Document(Model):
    """A published document. Processing a file twice gives documents that differ in ids, attempt and times only."""

    schema_version: Annotated[str, Field(pattern=rf"^{_MAJOR}\.[0-9]+$")] = SCHEMA_VERSION
    id: str
    object_id: ObjectId | None = None
    attempt: PositiveInt = 1
    published_at: str
    duration_seconds: float | None = None
    source: Source
    language: str | None = None
    profile: str
    kind: Annotated[DocumentKind | None, BeforeValidator(_known_kind)] = None
    fields: tuple[KeyField, ...] = ()
    details: tuple[DetailField, ...] = ()
    flags: tuple[CheckFlag, ...] = ()
    warnings: tuple[str, ...] = ()
    needs_review: bool = False
    review_reasons: ReviewReasons = ()
    reviewed: Reviewed | None = None
    line_items: Annotated[tuple[LineItem, ...], Field(exclude_if=operator.not_)] = ()
    line_items_sum: Annotated[ItemSum | None, Field(exclude_if=operator.not_)] = None
    pages: tuple[Page, ...] = ()

    @property
    def text(self) -> str:
        """The corrected text with its line breaks; a form feed separates pages."""
        return "\f".join(page.text + "\n" for page in self.pages)

    @property
    def raw_text(self) -> str:
        """The text as recognised, in the layout of ``text``."""
        return "\f".join(page.raw_text + "\n" for page in self.pages)


def parse_document(content: str | bytes, name: str = "document.json") -> Document:
    """Parses a published document of any minor version.

    Args:
        name: of the file, for the error.

    Raises:
        PermanentError: ``document_version_unsupported``, ``document_invalid``.
    """
    try:
        return Document.model_validate_json(content)
    except ValidationError as error:
        version = _schema_version(content)
        if version is not None and version.split(".")[0] != _MAJOR:
            raise PermanentError(
                "document_version_unsupported",
                f"{name} has schema version {version}; this version of Scanproof reads {_MAJOR}.x.",
                "Read it with a newer version of Scanproof.",
            ) from error
        first = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise PermanentError(
            "document_invalid",
            f"{name} is not a document of Scanproof: {place}: {first['msg']}.",
            "Fetch an unaltered copy, or process the scan again.",
        ) from error


def _schema_version(content: str | bytes) -> str | None:
    try:
        return str(json.loads(content)["schema_version"])
    except (ValueError, TypeError, KeyError, RecursionError):  # recursion: nested more deeply than the parser goes
        return None
