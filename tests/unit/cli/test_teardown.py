"""Names that teardown shares with other tools."""

from __future__ import annotations

from scanproof.cli.admin.teardown import companion_name


def test_companion_is_named_as_sam_does() -> None:
    # The first is pinned by SAM CLI's own test of its checksum.
    assert companion_name("Parent-Stack") == "Parent-Stack-8ab67daa-CompanionStack"
    assert len(companion_name("A" * 128)) == 128
