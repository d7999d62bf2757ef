"""Lattice files: what was written is read; anything else is refused by name."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanproof.document import Page
from scanproof.lattice.file_format import LatticeError, decode_lattice, encode_lattice, missing_lattice
from scanproof.lattice.model import PageLattice
from tests.builders import line
from tests.unit.lattice.lattices import page_of, segment

PAGE, LATTICE = page_of(segment("ab c"), segment("cab", left=200), segment("b", top=100))
CONTENT = encode_lattice(LATTICE, PAGE)
HEADER = 34  # bytes
texts = st.text(alphabet="abc ", min_size=1, max_size=12).filter(str.strip)


def with_payload(payload: bytes) -> bytes:
    """Replaces the payload in a file that is otherwise well-formed."""
    compressed = zlib.compress(payload)
    return CONTENT[:26] + struct.pack("<II", len(payload), zlib.crc32(compressed)) + compressed


@given(st.lists(st.tuples(texts, st.integers(0, 9), st.floats(0.3, 1.0)), min_size=1, max_size=5))
def test_decoding_restores_the_lattice(drawn: list[tuple[str, int, float]]) -> None:
    page, lattice = page_of(*(segment(text, top=40 * row, certainty=p) for text, row, p in drawn), number=7)
    assert decode_lattice(encode_lattice(lattice, page), page) == lattice


def test_page_without_segments_has_a_file() -> None:
    page, _ = page_of(segment("a"))
    empty = PageLattice(("",), ((),))
    assert decode_lattice(encode_lattice(empty, page), page) == empty


@given(st.integers(0, len(CONTENT) - 1), st.binary(max_size=4))
def test_cut_or_extended_files_are_damaged(length: int, added: bytes) -> None:
    for content in (CONTENT[:length], CONTENT + added + b"\0"):
        with pytest.raises(LatticeError) as refusal:
            decode_lattice(content, PAGE)
        assert refusal.value.code == "lattice_damaged"


def test_every_flipped_bit_is_refused() -> None:
    for bit in range(8 * len(CONTENT)):
        flipped = bytearray(CONTENT)
        flipped[bit // 8] ^= 1 << bit % 8
        with pytest.raises(LatticeError):
            decode_lattice(bytes(flipped), PAGE)


@given(st.binary(max_size=200), st.binary(max_size=60))
def test_foreign_content_is_refused(payload: bytes, content: bytes) -> None:
    """A payload that unpacks but holds nonsense is damaged, too."""
    for foreign in (content, with_payload(payload)):
        with pytest.raises(LatticeError):
            decode_lattice(foreign, PAGE)


@given(st.data())
def test_altered_payload_never_crashes(data: st.DataObject) -> None:
    payload = bytearray(zlib.decompress(CONTENT[HEADER:]))
    for _ in range(data.draw(st.integers(1, 4))):
        payload[data.draw(st.integers(0, len(payload) - 1))] = data.draw(st.integers(0, 255))
    try:
        lattice = decode_lattice(with_payload(bytes(payload)), PAGE)
    except LatticeError:
        return
    for segments in lattice.lines:  # what passes can be used
        for one in segments:
            lattice.best_path(one)
            one.probabilities()


@pytest.mark.parametrize(
    ("alter", "page", "code"),
    [
        (lambda content: content[:4] + b"\2\0" + content[6:], PAGE, "lattice_version_unsupported"),
        (lambda content: b"PK" + content[2:], PAGE, "lattice_damaged"),
        (bytes, PAGE.model_copy(update={"number": 2}), "lattice_of_other_page"),
        (bytes, PAGE.model_copy(update={"lines": (line("other"),)}), "lattice_of_other_page"),
        (lambda content: content[:26] + b"\xff\xff\xff\xff" + content[30:], PAGE, "lattice_damaged"),
    ],
    ids=["version", "magic", "page", "text", "length"],
)
def test_unusable_files_are_named(alter: Callable[[bytes], bytes], page: Page, code: str) -> None:
    with pytest.raises(LatticeError) as refusal:
        decode_lattice(alter(CONTENT), page)
    assert refusal.value.code == code
    assert str(page.number) in refusal.value.message
    assert missing_lattice(page).code == "lattice_missing"
