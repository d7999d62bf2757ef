"""Counts the frames of a GIF without decoding them (GIF89a specification)."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

_HEADER_BYTES = 13  # signature and logical screen descriptor
_EXTENSION = b"!"
_IMAGE = b","
_COLOUR_TABLE = 0x80  # flag: a colour table follows
_BUFFER_BYTES = 1 << 20


def count_gif_frames(path: Path, limit: int) -> int:
    """Returns the number of frames, at least 1; stops counting at ``limit``.

    A file that ends early or continues with something else has the frames before that.
    """
    frames = 0
    with path.open("rb", _BUFFER_BYTES) as file:
        header = file.read(_HEADER_BYTES)
        _skip_colour_table(file, header[10] if len(header) == _HEADER_BYTES else 0)
        while frames < limit:
            kind = file.read(1)
            if kind == _EXTENSION:
                file.read(1)
            elif kind == _IMAGE:
                frames += 1
                descriptor = file.read(9)
                _skip_colour_table(file, descriptor[8] if len(descriptor) == 9 else 0)
                file.read(1)  # LZW's minimum code size
            else:
                break
            _skip_blocks(file)
    return max(frames, 1)


def _skip_colour_table(file: BinaryIO, flags: int) -> None:
    if flags & _COLOUR_TABLE:
        file.read(3 << ((flags & 7) + 1))


def _skip_blocks(file: BinaryIO) -> None:
    while length := file.read(1):
        if length == b"\0":
            return
        file.read(length[0])
