"""`scanproof doctor`: checks which OCR engines can run on this machine."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import click
from rich.text import Text

from scanproof.cli.console import ExitCode, exit_codes, out, print_json
from scanproof.correction.device import describe
from scanproof.ocr.aspose.runtime import Check
from scanproof.ocr.health import aspose_checks, rapidocr_checks, usable
from scanproof.workers.engines import aspose_settings


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@exit_codes
def doctor(as_json: bool) -> None:
    """Checks which OCR engines can run on this machine.

    A failed check comes with its remedy. The device of the corrector is named, too. The exit code is 1 if no engine can
    run; an engine that fails only optional checks can run.

    \b
    Examples:
      scanproof doctor
      ASPOSE_LICENCE_FILE=aspose.lic scanproof doctor --json
    """
    engines = {"rapidocr": rapidocr_checks(), "aspose": aspose_checks(aspose_settings())}
    device = asdict(describe())
    if as_json:
        print_json({"engines": {name: _as_json(checks) for name, checks in engines.items()}, "corrector": device})
    else:
        for name, checks in engines.items():
            _print_checks(name, checks)
        out.print(f"corrector: runs on {device['used']} ({device['reason']})")
    if not any(usable(checks) for checks in engines.values()):
        raise SystemExit(ExitCode.FAILED)


def _print_checks(engine: str, checks: list[Check]) -> None:
    out.print(f"{engine}: {'can run' if usable(checks) else 'cannot run'}")
    for check in checks:
        sign, style = ("✓", "green") if check.ok else ("–", "yellow") if check.optional else ("✗", "red")
        out.print(Text.assemble("  ", (sign, style), f" {check.name}: {check.found}"))
        if not check.ok:
            out.print(Text(f"    {check.next_step}", style="dim"))


def _as_json(checks: list[Check]) -> dict[str, Any]:
    return {"usable": usable(checks), "checks": [asdict(check) for check in checks]}
