"""Slips that engines make are told from those that they do not."""

from pathlib import Path

import pytest

from scanproof.correction.fast.channel_model import NEVER, ErrorModel, load_error_model
from scanproof.correction.fast.model_folder import default_folder
from scanproof.errors import PermanentError


def test_rates_are_of_either_case_and_unseen_slips_are_never() -> None:
    rates = ErrorModel({"m": {"n": -2.9}, "": {"i": -4.0}, "C": {"": -2.6}})
    assert rates.log_rate("m", "n") == rates.log_rate("M", "N") == -2.9
    assert rates.log_rate("", "i") == -4.0
    assert rates.log_rate("C", "") == -2.6
    assert rates.log_rate("n", "m") == rates.log_rate("rn", "m") == NEVER


def test_the_bundled_rates_know_the_commonest_slips() -> None:
    rates = load_error_model(default_folder())
    assert rates.log_rate("m", "n") > rates.log_rate("m", "k")
    assert rates.log_rate("e", "c") > rates.log_rate("e", "x")


def test_a_folder_without_rates_says_so(tmp_path: Path) -> None:
    with pytest.raises(PermanentError, match=r"error_rates\.json"):
        load_error_model(tmp_path)
