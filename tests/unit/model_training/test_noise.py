"""Noise adds errors as engines make them, and never turns one number into another."""

import json
import re
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_training import char_noise, lookalikes
from model_training.confusions import load_confusions, measured_confusions
from model_training.error_rates import error_rates
from model_training.noise import load_noise, number_positions
from model_training.real_pairs import Pair

LINE = "The total amount of invoice INV-2041 is $1,200.00 and will be paid by 2023-07-15, within 30 days."
seeds = st.integers(0, 10_000)


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("confusions")
    rows = [("e", "c", 40, 100), ("a", "o", 10, 100), ("rn", "m", 9, 20), ("0", "8", 50, 100), ("", ".", 5, "")]
    lines = ["truth\tocr\tcount\ttruth_char_count"]
    lines += ["\t".join((json.dumps(t), json.dumps(o), str(count), str(total))) for t, o, count, total in rows]
    names = ("finereader_news_en", "tesseract5_modern_en", "de_hist", "fr_receipts", "tesseract_pl")
    for name in names:
        (folder / f"{name}.tsv").write_text("\n".join(lines) + "\n", "utf-8")
    return folder


@given(seed=seeds)
def test_digits_stay_or_become_lookalike_letters(tables: Path, seed: int) -> None:
    read = load_noise(tables)(LINE, "en", Random(seed))
    for number in ("1,200.00", "2023-07-15"):
        if number not in read:
            shape = "".join(f"[{digit}A-Za-z|]" if digit.isdigit() else re.escape(digit) for digit in number)
            assert re.search(shape, read), read
    assert "INV-2041" in read


def test_noise_is_reproducible(tables: Path) -> None:
    noise = load_noise(tables)
    assert [noise(LINE, "en", Random(n)) for n in range(20)] == [noise(LINE, "en", Random(n)) for n in range(20)]


def test_some_lines_stay_clean(tables: Path) -> None:
    noise = load_noise(tables)
    clean = sum(noise(LINE, "en", Random(n)) == LINE for n in range(300))
    assert 60 < clean < 200


def test_confusions_keep_their_measured_rates(tables: Path) -> None:
    table = load_confusions(tables / "finereader_news_en.tsv")
    rng = Random(1)
    read = "".join(table.corrupt("e" * 100, table.base_rate, rng, frozenset()) for _ in range(200))
    assert 0.15 < read.count("c") / len(read) < 0.6
    assert set(read) <= set("ec.")


def test_confusions_are_measured_on_pairs() -> None:
    table = measured_confusions(
        [("nember of naterials", "member of materials")] * 20 + [("summer mime.", "summer mime")] * 10
    )
    assert table.outcomes["m"].readings == ("n",)
    assert table.probability["m"] == pytest.approx(40 / 100)
    assert table.inserted.readings == (".",)
    with pytest.raises(ValueError, match="without a character"):
        measured_confusions([])


def test_error_rates_average_engines() -> None:
    often = measured_confusions([("nap", "map")] * 10 + [("map", "map")] * 90)
    never = measured_confusions([("mop", "map")] * 100)
    rates = error_rates([often, never])
    assert 10 ** rates["m"]["n"] == pytest.approx(
        0.01 / 2 * 3, rel=0.05
    )  # every error is of an m, every third character is one
    assert set(rates) == {"m", "a"}


def test_rendered_confusions_join_every_language(tables: Path) -> None:
    readings = [Pair("en", "x", "a", measured=True, kind="rendered")] * 40
    for language in ("en", "fr", "de", "pl", "nl"):
        assert any("x" in load_noise(tables, readings)("a" * 60, language, Random(n)) for n in range(60))


def test_protected_positions_stay(tables: Path) -> None:
    table = load_confusions(tables / "finereader_news_en.tsv")
    text = "eeee 0000"
    for seed in range(50):
        assert table.corrupt(text, 0.9, Random(seed), number_positions(text)).endswith("0000")


def test_digits_replace_similar_letters() -> None:
    read = lookalikes.with_digits_in_words("a sample text 4 you", 1.0, Random(1), lone=True)
    assert read == "4 54mp13 73x7 4 y0u"


def test_one_letter_words_stay() -> None:
    assert lookalikes.with_digits_in_words("a I", 1.0, Random(1), lone=False) == "a I"


@given(seed=seeds, share=st.floats(0, 1))
def test_misread_numbers_keep_a_digit(seed: int, share: float) -> None:
    read = lookalikes.with_letters_in_numbers("$1,200.00", share, Random(seed))
    assert len(read) == len("$1,200.00")
    assert any(map(str.isdigit, read))


def test_codes_stay() -> None:
    assert lookalikes.with_letters_in_numbers("A100B INV2041", 1.0, Random(1)) == "A100B INV2041"


@given(seed=seeds)
def test_dropped_letters_leave_numbers(seed: int) -> None:
    read = char_noise.with_letters_dropped("simple text 2023-07-15 of", 1.0, Random(seed))
    first, second, number, short = read.split(" ")
    assert (len(first), len(second), number, short) == (5, 3, "2023-07-15", "of")


@given(seed=seeds)
def test_rules_are_added_beside_words(seed: int) -> None:
    line = "Sales Office (main) 12/07"
    read = char_noise.with_rules_beside_words(line, 0.8, Random(seed))
    for word, token in zip(line.split(), read.split(), strict=True):
        assert word in token
        assert len(token) <= len(word) + 1
    assert char_noise.with_rules_beside_words(line, 0.0, Random(seed)) == line
