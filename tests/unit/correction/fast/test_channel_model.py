"""The error model tells errors that engines make from those that they do not."""

from pathlib import Path

import pytest

from scanproof.correction.confusions import NEVER, ErrorModel
from scanproof.correction.fast.model_folder import default_folder, load_error_model
from scanproof.errors import PermanentError


def test_rates_apply_in_either_case() -> None:
    model = ErrorModel({"m": {"n": -2.9}, "": {"i": -4.0}, "C": {"": -2.6}})
    assert model.log_rate("m", "n") == model.log_rate("M", "N") == -2.9
    assert model.log_rate("", "i") == -4.0
    assert model.log_rate("C", "") == -2.6
    assert model.log_rate("n", "m") == model.log_rate("rn", "m") == NEVER


def test_bundled_rates_rank_common_errors_higher() -> None:
    model = load_error_model(default_folder())
    assert model.log_rate("m", "n") > model.log_rate("m", "k")
    assert model.log_rate("e", "c") > model.log_rate("e", "x")


def test_missing_rates_are_refused(tmp_path: Path) -> None:
    with pytest.raises(PermanentError, match=r"error_rates\.json"):
        load_error_model(tmp_path)
