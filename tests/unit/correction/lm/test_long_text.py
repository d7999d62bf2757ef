"""Lines of any kind and length keep their number and order, and the model never gets a cut word or value."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanproof.document import apply_edits
from scanproof.errors import PermanentError
from scanproof.values.find import find_values
from tests.unit.correction.lm.test_corrector import scripted

WORDS = st.sampled_from(
    [
        "The",
        "total",
        "of",
        "tbe",
        "page.",
        "1 200,00 €",
        "is",
        "12.03.2024",
        "paid!",
        "INV-2024-17",
        "x" * 30,
        "你好",
        "5 mg",
    ]
)
BLANKS = st.sampled_from([" ", " ", " ", "  ", "\t", " | ", ". "])
LINES = st.lists(st.tuples(WORDS, BLANKS), max_size=60).map(lambda parts: "".join(map("".join, parts)))
PAGES = st.lists(st.one_of(LINES, st.text(max_size=40), st.just(""), st.just("-- … ***")), max_size=6)
CONTEXTS = st.sampled_from([100, 160, 400, 8192])
quick = settings(max_examples=40, deadline=None)


@quick
@given(page=PAGES, context_size=CONTEXTS, profile=st.sampled_from(["general", "financial", "medical", "table"]))
def test_copied_text_makes_no_edits(page: list[str], context_size: int, profile: str) -> None:
    corrector, _ = scripted(lambda text: text, profile, context_size)
    results = corrector.correct(page)
    assert [result.text for result in results] == page
    assert not any(result.edits for result in results)


@quick
@given(page=PAGES, context_size=CONTEXTS)
def test_any_answer_keeps_lines_and_digits(page: list[str], context_size: int) -> None:
    answers = [
        lambda text: text[::-1],
        lambda text: text.replace("tbe", "the"),
        lambda text: text + "\n" + text,
        str.upper,
    ]
    for answer in answers:
        corrector, _ = scripted(answer, context_size=context_size)
        results = corrector.correct(page)
        assert len(results) == len(page)
        for line, result in zip(page, results, strict=True):
            assert apply_edits(line, result.edits) == result.text
            assert result.text.count("\n") == line.count("\n")
            assert re.findall(r"\d+", result.text) == re.findall(r"\d+", line)


@quick
@given(line=LINES, context_size=st.sampled_from([100, 160]))
def test_segments_keep_words_and_values_whole(line: str, context_size: int) -> None:
    corrector, model = scripted(lambda text: text, context_size=context_size)
    [result] = corrector.correct([line])
    skipped = [line[refusal.start : refusal.end] for refusal in result.refusals if refusal.guard == "context_size"]
    segments = [job.draft for job in model.jobs]
    position, places = 0, []
    for part in segments:
        position = line.index(part, position)
        places.append((position, position + len(part)))
        position += len(part)
    left = "".join(line[end:start] for (_, end), (start, _) in pairwise([(0, 0), *places, (len(line), len(line))]))
    assert not any(char.isalpha() for char in left) or skipped
    for start, end in places:
        assert start == 0 or line[start - 1].isspace()
        assert end == len(line) or line[end].isspace()
        assert not any(value.start < edge < value.end for value in find_values(line) for edge in (start, end))


@quick
@given(line=LINES)
def test_segmentation_keeps_result(line: str) -> None:
    """Guards check each sentence, so the segmentation does not change the result if the answers are the same."""

    def answer(text: str) -> str:
        return text.replace("tbe", "the")

    whole, _ = scripted(answer)
    parts, _ = scripted(answer, context_size=160)
    [cut] = parts.correct([line])
    if not any(refusal.guard == "context_size" for refusal in cut.refusals):
        assert whole.correct([line])[0].text == cut.text


def test_lines_without_letters_stay() -> None:
    corrector, model = scripted(lambda _: "invented")
    assert corrector.correct([]) == []
    assert [result.text for result in corrector.correct(["", "\u00a0", "…", "12.50", "—"])] == [
        "",
        "\u00a0",
        "…",
        "12.50",
        "—",
    ]
    assert model.jobs == []


def test_context_too_small_is_refused() -> None:
    with pytest.raises(PermanentError, match="no room is left") as caught:
        scripted(lambda text: text, context_size=60)
    assert caught.value.code == "context_too_small"


def test_overlong_table_row_is_refused() -> None:
    corrector, model = scripted(lambda text: text.replace("0", "9"), context_size=120)
    row = "Paper, white    4.00   16.00   " * 8
    [result] = corrector.correct([row])
    assert result.text == row
    assert {refusal.guard for refusal in result.refusals} == {"context_size"}
    assert model.jobs == []
