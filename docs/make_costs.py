"""Writes the table of costs into README.md, as `scanproof cost --markdown` prints it (`make costs`)."""

from __future__ import annotations

import re
from pathlib import Path

from click.testing import CliRunner

from scanproof.cli.commands.cost import cost

README = Path(__file__).parents[1] / "README.md"
_TABLE = re.compile(r"(?<=`scanproof cost --markdown` prints:\n\n).*?(?=\n\n`fast` is)", re.DOTALL)


def with_table(readme: str) -> str:
    """Returns the page with today's table.

    Raises:
        ValueError: the page has no place for it.
    """
    table = CliRunner().invoke(cost, ["--markdown"], catch_exceptions=False).stdout.strip()
    written, count = _TABLE.subn(lambda _: table, readme)
    if count != 1:
        raise ValueError(f"{README.name} has {count} places for the table, not one: see {_TABLE.pattern}")
    return written


if __name__ == "__main__":
    README.write_text(with_table(README.read_text(encoding="utf-8")), encoding="utf-8")
