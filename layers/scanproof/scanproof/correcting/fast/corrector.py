"""TEMPORARY uncommitted placeholder: overwrite me."""
from collections.abc import Sequence
from scanproof.correcting.corrector import CorrectedLine, Corrector
class _Identity:
    name = "fast"
    model_version = "0"
    def correct(self, lines: Sequence[str], language: str | None = None) -> list[CorrectedLine]:
        return [CorrectedLine(line) for line in lines]
    def close(self) -> None: ...
def load_fast() -> Corrector:
    return _Identity()
