"""The Python API: results, options, what is reused, and what is said where something is missing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import scanproof
from scanproof.correction.base import CorrectedLine
from scanproof.correction.text import correct_lines, correct_text
from scanproof.document import Edit, Refusal, apply_edits
from scanproof.extras import explained_imports
from tests.unit.correction.exported import exported
from tests.unit.opening.paper import pdf_with


@pytest.fixture(scope="module")
def corrector() -> scanproof.Corrector:
    return scanproof.Corrector(threads=1)


@pytest.fixture
def pdf(tmp_path: Path) -> Path:
    return pdf_with(tmp_path / "page.pdf", [(50, 50, "Inv0ice No: 12345"), (50, 70, "Total: $100.00")])


def without_z(lines: list[str]) -> list[CorrectedLine]:
    """Removes every z but the last of a line, which a guard refuses."""
    results = []
    for line in lines:
        *removed, kept = [at for at, letter in enumerate(line) if letter == "z"]
        edits = tuple(
            Edit(
                start=at, end=at + 1, raw="z", corrected="", probability=1, corrector="z", model="z", model_version="z"
            )
            for at in removed
        )
        refusals = (Refusal(start=kept, end=kept + 1, raw="z", proposed="", guard="last"),)
        results.append(CorrectedLine(apply_edits(line, edits), edits, refusals))
    return results


@pytest.mark.parametrize("text", ["zaz\r\nzzb z\n\nz", "azz", "zz\n", ""])
def test_offsets_count_from_the_text(text: str) -> None:
    result = correct_text(text, lambda lines: [without_z([x])[0] if x else CorrectedLine("") for x in lines])
    assert apply_edits(text, result.edits) == result.text
    assert [text[refusal.start] for refusal in result.refusals] == ["z"] * sum("z" in x for x in text.splitlines())
    assert [line.text.count("z") for line in result.lines] == [int("z" in line) for line in text.splitlines()]


def test_lines_are_joined_with_line_feeds() -> None:
    result = correct_lines(["zaz", "bz"], without_z)
    assert (result.raw, result.text) == ("zaz\nbz", "az\nbz")
    assert apply_edits(result.raw, result.edits) == result.text
    assert correct_lines([], without_z).text == ""


@pytest.mark.parametrize("line", ["a\nb", "a\r", "\u2028"])
def test_line_with_a_break_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match="line break"):
        correct_lines(["fine", line], without_z)


def test_corrector_keeps_lines_and_reports_edits(corrector: scanproof.Corrector) -> None:
    text = "Inv0ice No: 12345\r\nDate: 2023/07/15\n\nTotal Am0unt: $1,200.00"
    result = corrector.correct(text)
    assert result.text == "Invoice No: 12345\r\nDate: 2023/07/15\n\nTotal Amount: $1,200.00"
    assert apply_edits(text, result.edits) == result.text
    assert {edit.corrector for edit in result.edits} == {"fast"}


def test_text_and_lines_give_the_same(corrector: scanproof.Corrector) -> None:
    lines = ["Inv0ice No: 12345", "", "Tota1 due: $1O0.00"]
    assert corrector.correct(lines) == corrector.correct("\n".join(lines))


def test_language_is_given_or_determined(corrector: scanproof.Corrector) -> None:
    german = "Die Rechnung ist innerhalb von vierzehn Tagen ohne Abzug zu bezahlen, wie vereinbart."
    assert corrector.correct(german).language == "de"
    assert corrector.correct("Total 5", "fr-CH").language == "fr"


def test_text_in_other_language_stays(corrector: scanproof.Corrector) -> None:
    swedish = (
        "Vi ber er att granska varorna vid leveransen och att inom fjorton dagar meddela oss om det saknas delar. "
        "Betalning sker mot faktura senast trettio dagar efter leverans, annars tar vi ut en avgift."
    )
    result = corrector.correct(swedish)
    assert (result.text, result.language, result.edits) == (swedish, None, ())
    assert "was not made for" in result.warnings[0]


@pytest.mark.parametrize(("language", "code"), [("hu", "language_unsupported"), ("qqq", "unknown_language")])
def test_wrong_language_is_refused(corrector: scanproof.Corrector, language: str, code: str) -> None:
    with pytest.raises(scanproof.PermanentError) as refusal:
        corrector.correct("Total", language)
    assert refusal.value.code == code


def test_unknown_profile_is_refused() -> None:
    with pytest.raises(scanproof.PermanentError) as refusal:
        scanproof.Corrector(profile="poetry")  # type: ignore[arg-type]
    assert refusal.value.code == "unknown_profile"


def test_closed_corrector_is_refused() -> None:
    with scanproof.Corrector(threads=1) as corrector:
        pass
    corrector.close()
    with pytest.raises(RuntimeError, match="closed"):
        corrector.correct("Total")


@pytest.mark.slow
def test_language_model_corrects_text_and_scans(tmp_path: Path, pdf: Path) -> None:
    folder = exported(tmp_path / "model", "tiny")
    text = "Tbe total is 12.50 EUR"
    with scanproof.Corrector(str(folder), device="cpu", threads=1, context_size=256) as corrector:
        result = corrector.correct(text)
        assert apply_edits(text, result.edits) == result.text
        assert "12.50" in result.text
        document = scanproof.read(pdf, corrector=corrector, correct_digital=True)
    [page] = document.pages
    assert page.corrector == "fast+accurate"  # a judge follows the fast corrector
    assert "tiny-" in (page.model_version or "")


@pytest.mark.slow
def test_language_model_judges_or_generates(tmp_path: Path, pdf: Path) -> None:
    folder = exported(tmp_path / "model", "tiny")
    versions = {}
    for mode in (None, "judge", "generate"):
        with scanproof.Corrector(str(folder), device="cpu", mode=mode, threads=1, context_size=256) as corrector:  # type: ignore[arg-type]
            assert corrector.correct("Total due: $100.00").text == "Total due: $100.00"
            [page] = scanproof.read(pdf, corrector=corrector, mode=mode, correct_digital=True).pages  # type: ignore[arg-type]
            versions[mode] = page.model_version or ""
    assert ["judge-" in versions[mode] for mode in (None, "judge", "generate")] == [True, True, False]


def test_unknown_mode_is_refused(pdf: Path) -> None:
    with pytest.raises(scanproof.PermanentError) as refusal:
        scanproof.Corrector(mode="guess")  # type: ignore[arg-type]
    assert refusal.value.code == "invalid_option"


def test_model_is_not_downloaded_unasked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCANPROOF_MODEL_CACHE", str(tmp_path))
    with pytest.raises(scanproof.PermanentError) as refusal:
        scanproof.Corrector("owner/name", device="cpu")
    assert refusal.value.code == "model_not_local"


def test_reader_reuses_its_corrector(corrector: scanproof.Corrector, pdf: Path) -> None:
    seen: list[tuple[int, int]] = []
    with scanproof.Reader(corrector) as reader:
        raw = reader.read(str(pdf), correct_digital=True, corrector="none")
        fixed = reader.read(pdf, correct_digital=True, on_page=lambda number, total: seen.append((number, total)))
    assert raw.pages[0].corrector is None
    assert fixed.text.startswith("Invoice No: 12345\n")
    assert seen == [(1, 1)]
    assert corrector.correct("Am0unt").text == "Amount"  # still open
    with pytest.raises(RuntimeError, match="closed"):
        reader.read(pdf)


def test_read_takes_a_strategy(pdf: Path) -> None:
    assert scanproof.read(pdf, corrector="fast", correct_digital=True).pages[0].corrector == "fast"


def test_corrector_and_model_exclude_each_other(corrector: scanproof.Corrector, pdf: Path) -> None:
    with pytest.raises(ValueError, match="not both"):
        scanproof.read(pdf, corrector=corrector, model="accurate")


def test_lists_apply_to_text_and_scans(corrector: scanproof.Corrector, pdf: Path) -> None:
    entry = scanproof.Replacement(literal="12345", corrected="54321")
    lists = scanproof.UserLists(words=("Inv0ice",), replacements=(entry,))
    with scanproof.Corrector(threads=1, lists=lists) as careful:
        result = careful.correct("Inv0ice No: 12345\n")
    assert (result.text, result.warnings) == ("Inv0ice No: 54321\n", ())
    assert [refusal.guard for refusal in result.refusals] == ["known_word"]
    document = scanproof.read(pdf, corrector=corrector, correct_digital=True, lists=lists)
    assert document.text.splitlines()[0] == "Inv0ice No: 54321"


def test_impossible_option_is_named(corrector: scanproof.Corrector, pdf: Path) -> None:
    with pytest.raises(scanproof.PermanentError) as refusal:
        scanproof.read(pdf, engine="tesseract", corrector=corrector)  # type: ignore[arg-type]
    assert refusal.value.code == "invalid_option"


def test_missing_extra_is_named() -> None:
    with pytest.raises(scanproof.PermanentError, match=r"scanproof\[ocr\]") as refusal, explained_imports():
        raise ModuleNotFoundError("No module named 'cv2'", name="cv2")
    assert refusal.value.code == "extra_missing"
    with pytest.raises(ModuleNotFoundError), explained_imports():
        raise ModuleNotFoundError("No module named 'other'", name="other")


def test_import_alone_loads_one_module() -> None:
    code = "import scanproof, sys; print([name for name in sys.modules if name.startswith('scanproof')])"
    assert subprocess.check_output([sys.executable, "-c", code], text=True) == "['scanproof']\n"


def test_exports_are_complete() -> None:
    for name in scanproof.__all__:
        assert getattr(scanproof, name) is not None
        assert name in dir(scanproof)
    with pytest.raises(AttributeError, match="nothing"):
        scanproof.nothing  # type: ignore[attr-defined]  # noqa: B018
