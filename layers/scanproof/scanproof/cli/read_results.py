"""What `scanproof read --json` prints: for each file its document, or why there is none."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Self

from pydantic import RootModel

from scanproof.cli.console import printable
from scanproof.document import Document, Model
from scanproof.errors import PermanentError


class ReadFailure(Model):
    """Why a file could not be read. The codes are stable."""

    code: str
    message: str
    next_step: str


class ReadResult(Model):
    """The result for one file, named as on the command line: either a document or an error."""

    file: str
    document: Document | None = None
    error: ReadFailure | None = None

    @classmethod
    def of(cls, path: Path, result: Document | PermanentError) -> Self:
        """Creates from what reading a file gave."""
        file = printable(str(path))
        if isinstance(result, Document):
            return cls(file=file, document=result)
        message = printable(result.message)
        return cls(file=file, error=ReadFailure(code=result.code, message=message, next_step=result.next_step))


class ReadResults(RootModel[tuple[ReadResult, ...]]):
    """The results of all files, in the order of the command line."""


def output_folders(files: Sequence[Path], output: Path) -> list[Path]:
    """Returns the folder of each file's outputs: ``output`` itself for one file, else a folder in it for each.

    Files of the same name get ``scan.pdf``, ``scan.pdf-2`` and so on; case does not tell names apart, as some file
    systems ignore it.
    """
    if len(files) == 1:
        return [output]
    taken: set[str] = set()
    folders = []
    for path in files:
        name, number = path.name, 2
        while name.casefold() in taken:
            name, number = f"{path.name}-{number}", number + 1
        taken.add(name.casefold())
        folders.append(output / name)
    return folders
