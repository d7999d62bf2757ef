"""The guard of generated text judges every changed word by itself."""

from __future__ import annotations

import pytest

from scanproof.correction.guards import GuardedEdits, guard_rewrite
from scanproof.correction.guards.rewrite import Channel
from scanproof.edits import apply


def guarded(raw: str, answer: str, channel: Channel, probability: float = 0.9) -> GuardedEdits:
    return guard_rewrite(raw, answer, lambda _start, _end: probability, channel, "en")


@pytest.mark.parametrize(
    ("raw", "answer"),
    [
        ("Tbe committee rnet in the hall", "The committee met in the hall"),
        ("the minutes wcre read by tlie clerk", "the minutes were read by the clerk"),
        ("a letter ofthe second of May", "a letter of the second of May"),
        ("the com mittee of the town", "the committee of the town"),
        ("bread arid butter for tea", "bread and butter for tea"),
        ("the inv0ice was paid", "the invoice was paid"),
        ("Th1s is a s4mpl3 t3xt w1th s0me OCR err0rs.", "This is a sample text with some OCR errors."),
        ("unchanged", "unchanged"),
    ],
)
def test_misread_words_are_corrected(raw: str, answer: str, channel: Channel) -> None:
    result = guarded(raw, answer, channel)
    assert apply(raw, result.accepted) == answer
    assert result.refused == ()


@pytest.mark.parametrize(
    ("raw", "answer", "guard"),
    [
        ("He was able to pay", "He was unable to pay", "negation_changed"),
        ("and took his hat", "and took her hat", "word_exchanged"),
        ("The tenant shall pay the rent", "The tenant shall play the rent", "real_word"),
        ("The tenant shall pay the rent", "The tenant should pay the rent", "word_exchanged"),
        ("Patient is on Aspirin", "If patient is on Aspirin", "word_added"),
        ("the accusations were read", "the charges were read", "real_word"),
        ("the town of Marthaguy lies", "the town of Marthagorhia lies", "unknown_word"),
        ("meeting was held at noon", "The meeting was held at noon", "word_added"),
        ("was sold by auction on", "was sold by auction on.", "line_end_kept"),
        ("the Police Office", "the police Office", "capitals_kept"),
        ("Mr Hartley left", "Mrs Hartley left", "word_exchanged"),
        ("they were not there", "they were there", "word_dropped"),
        ("At lhis moment", "At his moment", "word_exchanged"),
        ("red, green and blue", "red green and blue", "marks_kept"),
    ],
)
def test_other_words_are_refused(raw: str, answer: str, guard: str, channel: Channel) -> None:
    result = guarded(raw, answer, channel)
    assert result.accepted == ()
    assert [refused.guard for refused in result.refused] == [guard]


def test_good_words_survive_bad_ones(channel: Channel) -> None:
    raw = "Tbe tenant shall pay his rent"
    result = guarded(raw, "The tenant shall play his rent", channel)
    assert apply(raw, result.accepted) == "The tenant shall pay his rent"
    assert [refused.guard for refused in result.refused] == ["real_word"]


def test_unsure_words_are_refused(channel: Channel) -> None:
    result = guarded("Tbe bill", "The bill", channel, 0.49)
    assert [refused.guard for refused in result.refused] == ["unsure"]


def test_certainty_is_asked_per_word(channel: Channel) -> None:
    raw, answer = "Tbe com mittee rnet", "The committee met"
    asked: list[str] = []

    def certainty(start: int, end: int) -> float:
        asked.append(answer[start:end])
        return 0.9

    assert apply(raw, guard_rewrite(raw, answer, certainty, channel, "en").accepted) == answer
    assert asked == ["The", "committee", "met"]


@pytest.mark.parametrize(
    ("raw", "answer", "guard"),
    [
        ("one line of text", "one line of text and then much more of it", "line_length"),
        ("it came and went and came", "it came came came came came", "repetition"),
        ("one line of text", "one line\nof text", "line_break"),
        ("", "This page is blank.", "blank_line"),
    ],
)
def test_runaway_answer_is_refused_whole(raw: str, answer: str, guard: str, channel: Channel) -> None:
    result = guarded(raw, answer, channel)
    assert (result.accepted, [refused.guard for refused in result.refused]) == ((), [guard])


@pytest.mark.parametrize(
    ("raw", "answer", "guard"),
    [
        ("Subtotal 90 tax 10 total 110", "Subtotal 90 tax 10 total 100", "number_untouched"),
        ("take 5 mg twice", "take 5 ml twice", "quantity_untouched"),
        ("paid in cash by the tenant", "paid in *cash* by the tenant", "markup_added"),
        ("the town of Moscow", "the town of Москва", "language_changed"),
    ],
)
def test_values_and_language_stay(raw: str, answer: str, guard: str, channel: Channel) -> None:
    result = guarded(raw, answer, channel)
    assert (result.accepted, [refused.guard for refused in result.refused]) == ((), [guard])


def test_page_language_decides_its_words(channel: Channel) -> None:
    raw, answer = "Dhe Rechnung", "The Rechnung"
    in_german = guard_rewrite(raw, answer, lambda _start, _end: 0.9, channel, "de")
    assert [refused.guard for refused in in_german.refused] == ["language_changed"]
