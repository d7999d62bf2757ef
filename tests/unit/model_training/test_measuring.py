"""Lexicon, bigrams, labels and evaluation count what the model card reports."""

from random import Random

import numpy as np
from rapidfuzz.distance import Levenshtein

from model_training.bigrams import count_bigrams, thinned_bigrams
from model_training.label_coverage import count_covered
from model_training.label_set import label_names
from model_training.labelled_candidates import label_candidates, rows_of
from model_training.lexicon import ThinnedLexicon, business_word_counts, thinned, word_counts
from model_training.real_pairs import Pair
from model_training.reliability import binned, reliability_diagram
from model_training.synthetic_eval import CORRUPTIONS, evaluate_synthetic, with_one_corruption
from scanproof.correction.base import CorrectedLine
from scanproof.correction.fast.candidates import Candidate
from scanproof.correction.fast.corrector import Candidates
from scanproof.correction.fast.lexical_candidates import Vocabularies
from scanproof.correction.fast.lexicon import UNSEEN, BigramModel, Lexicon, keys_of
from scanproof.correction.fast.reranker import EditKind
from scanproof.language import UNKNOWN_LANGUAGE, LanguagePosterior


def test_thinned_lexicon_lacks_rare_words() -> None:
    rare, common = ([f"{kind}{chr(97 + number)}" for number in range(26)] for kind in ("rare", "common"))
    whole = Lexicon({"en": dict.fromkeys(rare, 3) | dict.fromkeys(common, 2_000), "de": {"die": 50_000, "selten": 1}})
    assert word_counts(whole) | {"die": 50_000, "selten": 1, "rarea": 3, "commonz": 2_000} == word_counts(whole)
    part = thinned(whole, seed=1)
    assert all(word in part for word in common)
    assert 6 < sum(word in part for word in rare) < 20
    assert word_counts(part)["commona"] == 2_000


def test_thinned_lexicon_forgets_words_only() -> None:
    whole = Lexicon({"en": {"the": 60_000, "payment": 400, "is": 30_000, "due": 900}})
    part = ThinnedLexicon(whole, {"payment"})
    posterior = whole.posterior("the is due")
    assert part.log_prob("payment", posterior) == UNSEEN
    assert part.log_prob("the", posterior) == whole.log_prob("the", posterior)
    assert whole.log_prob("payment", posterior) > UNSEEN
    assert [word for word, _ in Vocabularies(part).of(0, 1).near("thee", 1)] == ["the"]


def test_business_words_exclude_names() -> None:
    lines = ["Total: 12.00 Miller"] * 30 + ["TOTAL 3.00"] * 10
    known = {"total", "miller", "fee", "cash", "change"}
    counts = business_word_counts(lines, {"total", "fee", "subtotal"}, ["Cash 5.00 change qqq", "cash qqq"], known)
    assert counts == {"total": 40, "fee": 10, "cash": 2}


def test_bigrams_are_counted_and_thinned() -> None:
    lexicon = Lexicon({"en": {"the": 6_000, "end": 90, "of": 3_000, "day": 90}})
    keys, counts = count_bigrams(["The end of the day", "the end"], lexicon)
    assert dict(zip(keys.tolist(), counts.tolist(), strict=True)) == {
        key("the", "end", lexicon): 2,
        key("end", "of", lexicon): 1,
        key("of", "the", lexicon): 1,
        key("the", "day", lexicon): 1,
    }
    assert count_bigrams(["The end"], lexicon, times=30)[1].tolist() == [30]
    assert count_bigrams(["qqq"], lexicon)[0].size == 0
    many = BigramModel({"en": (np.arange(400), np.repeat(np.float32([3, 300]), 200))})
    _, counts = thinned_bigrams(many, seed=1).tables["en"]
    kept = counts.tolist()
    assert kept.count(300.0) == 200
    assert 60 < kept.count(3.0) < 140


def key(left: str, right: str, lexicon: Lexicon) -> int:
    return int(keys_of(*np.array([[lexicon.row(left)], [lexicon.row(right)]]))[0])


class _BusinessLines:
    def line(self, rng: Random) -> str:
        return f"Payment of goods delivered, order {rng.randrange(100)}."


class _Untouched:
    name, model_version, languages = "none", "0", None

    def correct(self, lines: list[str], language: LanguagePosterior = UNKNOWN_LANGUAGE) -> list[CorrectedLine]:
        return [CorrectedLine(line) for line in lines]


def test_idle_corrector_corrects_nothing() -> None:
    outcomes = evaluate_synthetic(_Untouched(), _BusinessLines(), {"payment", "goods"}, lines=5, seed=1)  # type: ignore[arg-type]
    assert set(outcomes) > set(CORRUPTIONS)
    assert all(outcome == {"right": 0.0, "other": 0.0, "left": 1.0} for outcome in outcomes.values())


def test_corruptions_change_one_character() -> None:
    rng = Random(7)
    for kind in ("letter for letter", "digit for letter"):
        corrupted = {CORRUPTIONS[kind]("Cornwallis", rng) for _ in range(500)} - {"Cornwallis"}
        assert len(corrupted) > 5
        assert all(Levenshtein.distance("Cornwallis", word) <= 2 for word in corrupted)
        assert all(len(word) != 10 or Levenshtein.distance("Cornwallis", word) == 1 for word in corrupted)


def test_corruption_changes_one_word() -> None:
    rng = Random(8)
    line = "Payment of goods delivered, order 17."
    for _ in range(200):
        before, after = line.split(), with_one_corruption(line, rng).split()
        assert sum(map(str.__ne__, before, after)) == 1
        assert after[-1] == "17."
    assert with_one_corruption("Due 30.06.", rng) == "Due 30.06."


class _Analyzer:
    """Proposes to delete each x of a line; records the languages that it is given."""

    def __init__(self) -> None:
        self.languages: list[str | None] = []

    def analyze(self, text: str, language: LanguagePosterior) -> Candidates:
        self.languages.append(language.code)
        found = [Candidate(at, at + 1, "", -1, -1, from_argmax=True) for at, letter in enumerate(text) if letter == "x"]
        rows = np.zeros((len(found), 3), np.float32)
        return Candidates(found, [EditKind.LETTERS_SURPLUS] * len(found), [], rows)


def test_some_lines_have_no_language() -> None:
    analyzer = _Analyzer()
    pairs = [Pair("en", "tea", "tea"), Pair("de", "Texe", "Tee"), Pair("fr", "xx", "x"), Pair("en", "ax", "ax")]
    labelled = label_candidates(analyzer, pairs)  # type: ignore[arg-type]
    assert [line.gains.tolist() for line in labelled] == [[], [1], [1, 1], [-1]]
    assert analyzer.languages == [None, "de", "fr", "en"]
    assert rows_of(labelled).features.shape == (4, 3)


def test_covered_errors_have_known_labels() -> None:
    pairs = [Pair("en", "tbe rnay", "the may"), Pair("en", "ab", "aWXYZb")]
    assert count_covered(pairs, frozenset(label_names())) == (3, 2)


def test_bins_hold_share_of_right_edits() -> None:
    bins = binned([0.91, 0.93, 0.12, 1.0], [1.0, 0.0, 0.0, 1.0])
    assert [(round(share, 2), count) for _, share, count in bins] == [(0.0, 1), (0.67, 3)]
    assert reliability_diagram(bins).count("<circle") == 2
