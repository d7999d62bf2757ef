"""The bundled corrector, opened once."""

from collections.abc import Iterator

import pytest

from scanproof.correction.fast.corrector import FastCorrector, load_fast
from scanproof.correction.fast.model_folder import default_folder
from scanproof.correction.fast.tagger import Tagger


@pytest.fixture(scope="session")
def fast() -> Iterator[FastCorrector]:
    corrector = load_fast(threads=2)
    yield corrector
    corrector.close()


@pytest.fixture(scope="session")
def tagger() -> Tagger:
    return Tagger(default_folder())
