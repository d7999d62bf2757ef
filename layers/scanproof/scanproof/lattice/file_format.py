"""The lattice file: the lattice of one page, compressed, bound to the page's number and raw text.

Layout, little-endian:

========== ========= ====================================================================
bytes      type      content
========== ========= ====================================================================
0-3        4 bytes   ``SPLT``
4-5        uint16    format version
6-9        uint32    page number
10-25      16 bytes  start of the SHA-256 of the page's raw text in UTF-8
26-29      uint32    length of the payload before compression
30-33      uint32    CRC-32 of the compressed payload, whose own check passes over its padding bits
34-        zlib      payload
========== ========= ====================================================================

The payload starts with six uint32: bytes of the alphabet, lines, segments, steps, kept entries, characters of text.
Then follow the alphabet without the blank (UTF-8, separated by NUL); the number of segments of each line; start, steps
and characters of each segment (uint32); the number of entries of each step (uint8); character and level of each entry;
and the position of each character of text as the distance from the one before it in its segment, 0 for a restored
space. Numbers of the last three kinds are uint16, all high bytes before all low bytes, which compresses better.
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from array import array
from collections.abc import Iterable, Sequence
from itertools import islice

from scanproof.document import Page
from scanproof.errors import PermanentError
from scanproof.lattice.model import BLANK, RESTORED, PageLattice, SegmentLattice

FORMAT_VERSION = 1
_MAGIC = b"SPLT"
_HEADER = struct.Struct("<4sHI16sII")
_VERSION = struct.Struct("<4sH")
_SIZES = struct.Struct("<6I")
_MAX_PAYLOAD = 64 * 1024 * 1024  # bytes; dense pages have 100,000, a damaged length must not exhaust the memory
_LEVEL = 6  # of zlib; lzma would save 9 %, but takes ten times as long and is not in every build of Python


class LatticeError(PermanentError):
    """A lattice cannot be used: it is missing, damaged, of another format version or of another page."""


def encode_lattice(lattice: PageLattice, page: Page) -> bytes:
    """Encodes the lattice of ``page``."""
    segments = [segment for line in lattice.lines for segment in line]
    alphabet = "\0".join(lattice.alphabet[1:]).encode()
    counts = b"".join(segment.counts for segment in segments)
    characters = [index for segment in segments for index in segment.characters]
    levels = [level for segment in segments for level in segment.levels]
    distances = [distance for segment in segments for distance in _distances(segment.positions)]
    per_segment = [
        *(segment.start for segment in segments),
        *(segment.step_count for segment in segments),
        *(len(segment.positions) for segment in segments),
    ]
    sizes = (len(alphabet), len(lattice.lines), len(segments), len(counts), len(characters), len(distances))
    payload = b"".join(
        [
            _SIZES.pack(*sizes),
            alphabet,
            _uint32s([len(line) for line in lattice.lines]),
            _uint32s(per_segment),
            counts,
            *map(_split_bytes, (characters, levels, distances)),
        ]
    )
    compressed = zlib.compress(payload, _LEVEL)
    header = _HEADER.pack(_MAGIC, FORMAT_VERSION, page.number, _text_hash(page), len(payload), zlib.crc32(compressed))
    return header + compressed


def decode_lattice(content: bytes, page: Page) -> PageLattice:
    """Decodes the lattice of ``page``.

    Raises:
        LatticeError: ``lattice_damaged``, ``lattice_version_unsupported`` or ``lattice_of_other_page``.
    """
    if len(content) < _VERSION.size:
        raise _damaged(page)
    magic, version = _VERSION.unpack_from(content)
    if magic != _MAGIC:
        raise _damaged(page)
    if version != FORMAT_VERSION:
        raise LatticeError(
            "lattice_version_unsupported",
            f"The lattice of page {page.number} has format version {version}; "
            f"this version of Scanproof reads {FORMAT_VERSION}.",
            "Process the scan again.",
        )
    if len(content) < _HEADER.size:
        raise _damaged(page)
    *_, number, text_hash, length, checksum = _HEADER.unpack_from(content)
    if (number, text_hash) != (page.number, _text_hash(page)):
        raise LatticeError(
            "lattice_of_other_page",
            f"The lattice of page {page.number} belongs to another page or to another reading of it.",
            "Process the scan again.",
        )
    try:
        lattice = _decode_payload(_decompress(content[_HEADER.size :], length, checksum))
        _check(lattice, page)
    except (ValueError, struct.error, zlib.error) as error:
        raise _damaged(page) from error
    return lattice


def missing_lattice(page: Page) -> LatticeError:
    """Returns the error for a page whose lattice is not there."""
    return LatticeError("lattice_missing", f"The lattice of page {page.number} is missing.", "Process the scan again.")


def _damaged(page: Page) -> LatticeError:
    return LatticeError("lattice_damaged", f"The lattice of page {page.number} is damaged.", "Process the scan again.")


def _text_hash(page: Page) -> bytes:
    return hashlib.sha256(page.raw_text.encode()).digest()[:16]


def _decompress(content: bytes, length: int, checksum: int) -> bytes:
    if length > _MAX_PAYLOAD or zlib.crc32(content) != checksum:
        raise ValueError("payload too long or altered")
    stream = zlib.decompressobj()
    payload = stream.decompress(content, length + 1)
    if not stream.eof or stream.unused_data or len(payload) != length:
        raise ValueError("payload incomplete")
    return payload


def _decode_payload(payload: bytes) -> PageLattice:
    letters, line_count, segment_count, step_count, entry_count, character_count = _SIZES.unpack_from(payload)
    reader = _Reader(payload, _SIZES.size)
    alphabet = reader.bytes(letters).decode()
    lines = reader.uint32s(line_count)
    starts, steps, lengths = (reader.uint32s(segment_count) for _ in range(3))
    counts = reader.bytes(step_count)
    characters, levels, distances = (reader.uint16s(size) for size in (entry_count, entry_count, character_count))
    if not reader.at_end:
        raise ValueError("payload too long")
    if (sum(lines), sum(steps), sum(lengths), sum(counts)) != (segment_count, step_count, character_count, entry_count):
        raise ValueError("sizes do not agree")
    segments: list[SegmentLattice] = []
    step = entry = character = 0
    for start, step_total, length in zip(starts, steps, lengths, strict=True):
        own_counts = counts[step : step + step_total]
        entries = slice(entry, entry + sum(own_counts))
        positions = _positions(distances[character : character + length])
        segments.append(SegmentLattice(start, positions, own_counts, characters[entries], levels[entries]))
        step, entry, character = step + step_total, entries.stop, character + length
    left = iter(segments)
    return PageLattice(
        (BLANK, *(alphabet.split("\0") if alphabet else ())), tuple(tuple(islice(left, count)) for count in lines)
    )


def _check(lattice: PageLattice, page: Page) -> None:
    """Checks that all indices exist: in the page's lines, in the alphabet and among the time steps.

    Raises:
        ValueError: one does not.
    """
    if len(lattice.lines) != len(page.lines):
        raise ValueError("lines do not agree")
    for line, segments in zip(page.lines, lattice.lines, strict=True):
        previous_end = 0
        for segment in segments:
            known = [position for position in segment.positions if position != RESTORED]
            if (
                not previous_end <= segment.start < segment.end <= len(line.raw)
                or min(segment.counts, default=1) < 1
                or max(segment.characters, default=0) >= len(lattice.alphabet)
                or max(known, default=-1) >= segment.step_count
            ):
                raise ValueError("an index is out of range")
            previous_end = segment.end


class _Reader:
    """Reads numbers of a payload, one block after the other."""

    def __init__(self, payload: bytes, offset: int) -> None:
        self._payload = payload
        self._offset = offset

    @property
    def at_end(self) -> bool:
        return self._offset == len(self._payload)

    def bytes(self, count: int) -> bytes:
        block = self._payload[self._offset : self._offset + count]
        if len(block) != count:
            raise ValueError("payload too short")
        self._offset += count
        return block

    def uint32s(self, count: int) -> Sequence[int]:
        return struct.unpack(f"<{count}I", self.bytes(4 * count))

    def uint16s(self, count: int) -> array[int]:
        pairs = zip(self.bytes(count), self.bytes(count), strict=True)
        return array("H", [high << 8 | low for high, low in pairs])


def _uint32s(values: Sequence[int]) -> bytes:
    return struct.pack(f"<{len(values)}I", *values)


def _split_bytes(values: Sequence[int]) -> bytes:
    """Encodes uint16: all high bytes, then all low bytes.

    Raises:
        ValueError: a value is out of range.
    """
    return bytes([value >> 8 for value in values]) + bytes([value & 255 for value in values])


def _distances(positions: Iterable[int]) -> list[int]:
    found, previous = [], -1
    for position in positions:
        found.append(0 if position == RESTORED else position - previous)
        previous = previous if position == RESTORED else position
    return found


def _positions(distances: Iterable[int]) -> tuple[int, ...]:
    found, previous = [], -1
    for distance in distances:
        previous += distance
        found.append(previous if distance else RESTORED)
    return tuple(found)
