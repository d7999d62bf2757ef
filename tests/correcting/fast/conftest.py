"""The bundled corrector, opened once."""

from collections.abc import Iterator

import pytest

from scanproof.correcting.fast.corrector import FastCorrector, load_fast


@pytest.fixture(scope="session")
def fast() -> Iterator[FastCorrector]:
    corrector = load_fast(threads=2)
    yield corrector
    corrector.close()
