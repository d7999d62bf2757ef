"""The language model gets the lines that need it, edits name their corrector, and failures are reported."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from scanproof.correction.base import CorrectedLine, Corrector, Unprocessed
from scanproof.correction.deadline import Deadline
from scanproof.correction.memory import Budget
from scanproof.correction.model_pool import ModelPool
from scanproof.correction.models.manifest import Device
from scanproof.correction.pages import correct_pages, correct_pages_until
from scanproof.correction.profiles import Profile
from scanproof.document import Box, Edit, Line, Page, PageFlag, Refusal, apply_edits
from scanproof.errors import PermanentError
from scanproof.language import UNKNOWN_LANGUAGE, LanguagePosterior
from scanproof.options import ScanOptions
from scanproof.output.audit import audit_rows
from scanproof.settings import Settings
from tests.builders import BOX, UpperCase, document, page
from tests.unit.correction.exported import exported

MEMORY = Settings(lambda_memory_mb=4096)
VIETNAMESE = "Ngày 16 tháng 9 năm 2023, hợp tác xã họp thường kỳ tại đình"


class Doubling:
    """Stands in for a language model: doubles the letter y, whatever the profile; records its input."""

    name, languages = "accurate", None

    def __init__(self) -> None:
        self.given: list[tuple[str, list[str]]] = []
        self.model_version = ""

    def __call__(self, folder: Path, device: Device, context_size: int, budget: Budget | None) -> Doubling:
        return self

    def corrector(self, profile: Profile) -> Corrector:
        self.model_version = f"doubling+{profile.version}"
        return self

    def correct(self, lines: Sequence[str], language: LanguagePosterior = UNKNOWN_LANGUAGE) -> list[CorrectedLine]:
        self.given.append((self.model_version, list(lines)))
        return [self._one(line) for line in lines]

    def _one(self, line: str) -> CorrectedLine:
        edits = tuple(
            Edit(
                start=at, end=at + 1, raw="y", corrected="yy", probability=0.8,
                corrector="accurate", model="doubling", model_version="1",
            )
            for at, character in enumerate(line) if character == "y"
        )  # fmt: skip
        return CorrectedLine(apply_edits(line, edits), edits)

    def close(self) -> None:
        pass


@pytest.fixture
def folders(tmp_path: Path) -> dict[str, Path]:
    return {"tiny": exported(tmp_path / "tiny", "tiny")}


@pytest.fixture
def model() -> Doubling:
    return Doubling()


def correctors(folders: dict[str, Path], model: Doubling, fast: UpperCase | None = None) -> ModelPool:
    return ModelPool(fast or UpperCase(), folders, MEMORY, open_model=model)


def line(raw: str, confidence: float = 0.99) -> Line:
    return Line(raw=raw, text=raw, box=BOX, confidence=confidence)


def read(pages: Sequence[Page], pool: ModelPool, **options: Any) -> list[Page]:
    return correct_pages(pages, pool, [ScanOptions(**options)] * len(pages))


def prose(words: int) -> Line:
    return line(" ".join(["word"] * words))


def test_auto_sends_only_routed_lines(folders: dict[str, Path], model: Doubling) -> None:
    lines = prose(100), line("axy", 0.9), line("bxy"), line("cxy", 0.5)
    [corrected] = read([page(1, *lines)], correctors(folders, model))
    assert model.given == [("doubling+general-" + model.model_version.rpartition("-")[2], ["aXy"])]
    assert [found.text for found in corrected.lines[1:]] == ["aXyy", "bXy", "cXy"]
    assert [(edit.corrector, edit.model) for edit in corrected.lines[1].edits] == [("fast+accurate", "fast+doubling")]
    assert corrected.corrector == "fast+accurate"


def test_unrouted_page_stays_with_fast_corrector(folders: dict[str, Path], model: Doubling) -> None:
    few, sure = page(1, line("ax by", 0.5)), page(2, prose(100), line("ax"))
    corrected = read([few, sure], correctors(folders, model))
    assert model.given == []
    assert [found.corrector for found in corrected] == ["fast", "fast"]


def test_long_text_is_sent_whole(folders: dict[str, Path], model: Doubling) -> None:
    read([page(1, *[prose(10)] * 50)], correctors(folders, model))
    assert len(model.given[0][1]) == 50


def test_little_memory_leaves_fast_corrector(folders: dict[str, Path], model: Doubling) -> None:
    small = ModelPool(UpperCase(), folders, Settings(lambda_memory_mb=512), open_model=model)
    [corrected] = read([page(1, *[prose(10)] * 60)], small)
    assert (model.given, corrected.corrector) == ([], "fast")


@pytest.mark.parametrize(
    ("requested", "text", "used"),
    [("fast", "aXy", "fast"), ("accurate", "axyy", "accurate"), ("fast+accurate", "aXyy", "fast+accurate")],
)
def test_requested_correctors_are_used(
    folders: dict[str, Path], model: Doubling, requested: str, text: str, used: str
) -> None:
    [corrected] = read([page(1, line("axy"))], correctors(folders, model), corrector=requested)
    assert (corrected.text, corrected.corrector, corrected.raw_text) == (text, used, "axy")
    assert corrected.lines[0].edits[-1].corrector in (used, "accurate")


def test_refusals_name_their_corrector(
    folders: dict[str, Path], model: Doubling, monkeypatch: pytest.MonkeyPatch
) -> None:
    def also_refused(one: Callable[[Any, str], CorrectedLine]) -> Callable[[Any, str], CorrectedLine]:
        refused = Refusal(start=0, end=1, raw="a", proposed="b", guard="some_guard")
        return lambda self, text: replace(one(self, text), refusals=(refused,))

    for kind in (UpperCase, Doubling):
        monkeypatch.setattr(kind, "_one", also_refused(kind._one))
    [corrected] = read([page(1, line("axy"))], correctors(folders, model), corrector="fast+accurate")
    rows = [row for row in audit_rows(document(corrected)) if row.action == "refused"]
    assert [(row.corrector, row.model_version) for row in rows] == [("fast", "test"), ("accurate", model.model_version)]


def test_pages_with_same_options_are_grouped(folders: dict[str, Path], model: Doubling) -> None:
    pages = [page(number, line(f"{number}y")) for number in (1, 2, 3)]
    options = [ScanOptions(corrector="accurate", profile=profile) for profile in ("medical", "general", "medical")]
    corrected = correct_pages(pages, correctors(folders, model), options)
    assert sorted(lines for _, lines in model.given) == [["1y", "3y"], ["2y"]]
    assert [found.text for found in corrected] == ["1yy", "2yy", "3yy"]
    assert "medical" in (corrected[0].model_version or "")


def test_unsupported_language_needs_explicit_model(folders: dict[str, Path], model: Doubling) -> None:
    fast = UpperCase()
    fast.languages = frozenset({"en"})
    foreign = page(1, line(VIETNAMESE, 0.4), *[prose(10)] * 5)
    [left] = read([foreign], correctors(folders, model, fast), language="vi")
    assert (left.flags, model.given) == ((PageFlag.NOT_CORRECTED,), [])
    [done] = read([foreign], correctors(folders, model, fast), language="vi", corrector="accurate")
    assert (done.corrector, done.flags) == ("accurate", ())


class Full(Doubling):
    """Runs out of memory on lines that contain "huge"."""

    def correct(self, lines: Sequence[str], language: LanguagePosterior = UNKNOWN_LANGUAGE) -> list[CorrectedLine]:
        if any("huge" in line for line in lines):
            raise MemoryError
        return super().correct(lines, language)


@pytest.mark.parametrize(("requested", "text"), [("accurate", "ayy\nhugeXy"), ("fast+accurate", "ayy\nhugeXy")])
def test_memory_error_leaves_warning(folders: dict[str, Path], requested: str, text: str) -> None:
    [corrected] = read([page(1, line("ay"), line("hugexy"))], correctors(folders, Full()), corrector=requested)
    assert corrected.text == text
    assert "memory ran out at 1 of 2 lines" in corrected.warnings[0]
    assert set((corrected.corrector or "").split("+")) == {"fast", "accurate"}


@pytest.mark.parametrize("requested", ["auto", "accurate", "fast+accurate"])
def test_unusable_model_leaves_fast_corrector(folders: dict[str, Path], requested: str) -> None:
    def altered(*_: Any) -> Any:
        raise PermanentError(
            "model_altered", "model.onnx is not the file that the manifest describes.", "Export again."
        )

    by = ModelPool(UpperCase(), folders, MEMORY, open_model=altered)
    [corrected] = read([page(1, line("axy", 0.9), prose(100))], by, corrector=requested)
    assert corrected.lines[0].text == "aXy"
    assert (corrected.corrector, corrected.flags) == ("fast", ())
    assert "model.onnx" in corrected.warnings[0]


def test_auto_without_model_is_fast(model: Doubling) -> None:
    [corrected] = read([page(1, *[prose(10)] * 60)], ModelPool(UpperCase()))
    assert (corrected.corrector, corrected.warnings) == ("fast", ())


def test_tiny_model_after_real_tagger(folders: dict[str, Path]) -> None:
    """Random weights write nonsense, which the guards refuse; each refusal refers to the raw line."""
    from scanproof.correction.availability import load_corrector

    with_tiny = ModelPool(load_corrector(), folders, MEMORY.model_copy(update={"context_size": 256}))
    [corrected] = read(
        [page(1, line("Inv0ice No: 12345"), line(""), line("Total Am0unt: $1,200.00"))],
        with_tiny,
        corrector="fast+accurate",
        mode="generate",
    )
    assert corrected.text == "Invoice No: 12345\n\nTotal Amount: $1,200.00"
    assert [edit.corrector for found in corrected.lines for edit in found.edits] == ["fast", "fast"]
    assert "tiny-fp32-" in (corrected.model_version or "")
    for found in corrected.lines:
        for refusal in found.refusals:
            assert found.raw[refusal.start : refusal.end] == refusal.raw
    assert any(found.refusals for found in corrected.lines)
    with_tiny.close()


class Slow(Doubling):
    """Takes a second a line, by a clock of its own."""

    def __init__(self, seconds: int) -> None:
        super().__init__()
        self.seconds = seconds

    def correct_until(
        self, deadline: Deadline, lines: Sequence[str], language: str | None = None
    ) -> list[CorrectedLine | Unprocessed]:
        results: list[CorrectedLine | Unprocessed] = []
        for line in lines:
            results += [Unprocessed.OUT_OF_TIME] if deadline.is_over else self.correct([line])
            self.seconds -= 1
        return results


def in_time(pages: Sequence[Page], folders: dict[str, Path], model: Slow, corrector: str) -> list[Page | None]:
    options = [ScanOptions(corrector=corrector)] * len(pages)  # type: ignore[arg-type]
    return correct_pages_until(Deadline(lambda: model.seconds), pages, correctors(folders, model), options)


@pytest.mark.parametrize("corrector", ["accurate", "fast+accurate"])
def test_first_pages_are_done_in_time(folders: dict[str, Path], corrector: str) -> None:
    model = Slow(seconds=3)
    pages = [page(number, line("axy"), line("by")) for number in (1, 2, 3)]
    first, *others = in_time(pages, folders, model, corrector)
    assert first is not None
    assert [found.text[-2:] for found in first.lines] == ["yy", "yy"]
    assert others == [None, None]


@pytest.mark.parametrize(("corrector", "texts"), [("accurate", ["axyy", "bX"]), ("fast+accurate", ["aXyy", "bX"])])
def test_single_page_is_always_done(folders: dict[str, Path], corrector: str, texts: list[str]) -> None:
    [corrected] = in_time([page(1, line("axy"), line("bx"))], folders, Slow(seconds=1), corrector)
    assert corrected is not None
    assert [found.text for found in corrected.lines] == texts
    assert "time ran out at 1 of 2 lines" in corrected.warnings[0]


class Proposing(UpperCase):
    """A fast corrector that proposes candidates, as far as a pool can see."""

    analyzer, reranker, folder = None, None, Path()


class Judging(Doubling):
    """A model that judges whole paragraphs."""

    def judge(self, fast: Corrector, profile: Profile, budget_ms: int | None) -> Corrector:
        self.model_version = f"judging {budget_ms}"
        return self

    def correct_paragraphs_until(
        self, deadline: Deadline, paragraphs: Sequence[Sequence[str]], language: LanguagePosterior = UNKNOWN_LANGUAGE
    ) -> list[CorrectedLine]:
        self.given += [(self.model_version, list(lines)) for lines in paragraphs]
        return [self._one(line) for lines in paragraphs for line in lines]


SURE, DOUBTED, BELOW = "the first line of it axy", "the second line of it bxy", "the third line of it cxy"


@pytest.mark.parametrize("corrector", ["auto", "accurate", "fast+accurate"])
def test_judge_reads_paragraphs_after_fast(folders: dict[str, Path], corrector: str) -> None:
    lines = [
        line(text).model_copy(update={"box": Box(left=0, top=20 * row, right=100, bottom=20 * row + 15)})
        for row, text in enumerate([SURE, DOUBTED, BELOW, *["and more words"] * 10, "12.00"])
    ]
    model = Judging()
    [corrected] = read([page(1, *lines)], correctors(folders, model, Proposing()), corrector=corrector, language="en")
    assert model.given[0] == (
        "judging 5000",
        [text.replace("x", "X") for text in (SURE, DOUBTED, BELOW)] + ["and more words"] * 10,
    )
    assert corrected.lines[1].text == "the second line of it bXyy"


def test_judge_leaves_other_languages(folders: dict[str, Path]) -> None:
    model = Judging()
    pool = correctors(folders, model, Proposing())
    [corrected] = read([page(1, prose(40))], pool, corrector="accurate", language="fr")
    assert (model.given, corrected.corrector) == ([], "fast")
    assert "English only" in corrected.warnings[0]


@pytest.mark.parametrize("options", [{"mode": "generate"}, {"prompt": "Mend it."}])
def test_generation_is_an_option(folders: dict[str, Path], options: dict[str, str]) -> None:
    model = Judging()
    read([page(1, line("axy"))], correctors(folders, model, Proposing()), corrector="accurate", **options)
    assert [text for _, text in model.given] == [["axy"]]
