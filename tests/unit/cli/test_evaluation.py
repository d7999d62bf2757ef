from __future__ import annotations

from scanproof.cli.evaluation import Evaluation, Pair, evaluate, normalised


def test_cer_is_micro_averaged() -> None:
    pairs = [Pair("1", "abcd", "abcx"), Pair("2", "y" * 16, "y" * 16)]
    summary = evaluate(pairs, lambda pair: pair.ocr).summary()
    assert summary["cer_before"] == 1 / 20
    assert summary["cer_after"] == summary["cer_before"]
    assert summary["texts_worsened"] == 0


def test_improved_and_worsened_texts_are_counted() -> None:
    corrected = {"1": "good", "2": "bad!", "3": "same"}
    pairs = [Pair("1", "goad", "good"), Pair("2", "bad", "bad"), Pair("3", "same", "same")]
    summary = evaluate(pairs, lambda pair: corrected[pair.id]).summary()
    assert summary["texts_improved"] == round(1 / 3, 4)
    assert summary["texts_worsened"] == round(1 / 3, 4)
    assert summary["errors_removed"] == 0


def test_changed_amount_lowers_digit_recall() -> None:
    evaluation = Evaluation()
    evaluation.add(Pair("1", "pay 100.00 now 5", "pay 100.00 now 5"), "pay 108.00 now 5")
    assert evaluation.before.digit_recall == 1
    assert evaluation.after.digit_recall == 0.5


def test_bag_of_words_ignores_order() -> None:
    evaluation = Evaluation()
    evaluation.add(Pair("1", "b a a", "a b a"), "b a c")
    assert evaluation.before.bag_of_words_f1 == 1
    assert evaluation.after.bag_of_words_f1 == 2 / 3


def test_whitespace_hyphens_case_are_normalised() -> None:
    assert normalised(" a\n\tb¬ ") == "a b-"
    assert normalised("straße", upper=True) == "STRASSE"
