"""Names that teardown shares with other tools, and what it deletes on this machine."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from scanproof.cli.admin.teardown import Kept, companion_name
from scanproof.cli.admin.text_search import index_copy
from scanproof.cli.commands import teardown as command


def test_companion_is_named_as_sam_does() -> None:
    # The first is pinned by SAM CLI's own test of its checksum.
    assert companion_name("Parent-Stack") == "Parent-Stack-8ab67daa-CompanionStack"
    assert len(companion_name("A" * 128)) == 128


def test_teardown_deletes_the_copy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    copy = index_copy("results", is_local=False)
    copy.parent.mkdir(parents=True)
    copy.touch()
    assert copy.is_relative_to(tmp_path)
    worker: Any = SimpleNamespace(
        kept=lambda: Kept(("scans", "results"), (), ()),
        objects_in=lambda _: 0,
        delete_stack=lambda: None,
        delete_images=lambda _: None,
        delete_data=lambda *_: None,
    )
    monkeypatch.setattr(command.click, "prompt", lambda *_, **__: "stack")
    command.run(worker, "stack", keep_data=False)
    assert not copy.exists()
