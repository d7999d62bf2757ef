"""Quality gates: the checks that a model folder must pass before it is published."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from model_export.inference import PROVIDERS, RUNNERS, open_session
from model_export.reference_model import UNDECIDED, log_likelihood
from scanproof.correction.models.manifest import Device, Gate, Precision, Role, Task

if TYPE_CHECKING:
    from model_export.candidate_sets import CandidateSet
    from model_export.reference_model import Sample

AGREEMENT: dict[Precision, float] = {"int8": 0.99, "int4": 0.95, "fp16": 0.99, "fp32": 0.999}
SAME_CHOICE = 0.99
CER_TOLERANCE = 0.01


def agreement(
    folder: Path,
    files: dict[Role, str],
    task: Task,
    precision: Precision,
    samples: Sequence[Sample],
    expected: Sequence[NDArray[np.int64]],
) -> Gate:
    """Requires that the most likely label or token equals the reference at a minimum share of positions."""
    runner = RUNNERS[task](folder, files)
    same = total = 0
    for sample, reference in zip(samples, expected, strict=True):
        logits = runner.logits(sample.source, sample.target)[sample.first_answer(task) :]
        # argmax of NaN is 0; without this a broken model would agree wherever the reference predicts token 0.
        valid = np.isfinite(logits).all(-1)
        decided = reference != UNDECIDED
        same += int(((logits.argmax(-1) == reference) & valid & decided).sum())
        total += int(decided.sum())
    note = f"same most likely token as PyTorch float32, {total} positions of {len(samples)} texts"
    return _share_gate("agreement", same, total, AGREEMENT[precision], note)


def same_choice(
    folder: Path,
    files: dict[Role, str],
    sets: Sequence[CandidateSet],
    expected: Sequence[NDArray[np.float64]],
) -> Gate:
    """Requires that the most likely candidate is the reference's in a minimum share of the sets that it decides.

    Args:
        expected: log-likelihoods of each set's candidates, as `reference_model.candidate_scores` returns them.
    """
    runner = RUNNERS["text-generation"](folder, files)
    decided = [(each, scores) for each, scores in zip(sets, expected, strict=True) if _is_decided(scores)]
    same = 0
    for candidates, reference in decided:
        scores = np.array(
            [log_likelihood(runner.logits(sample.source, sample.target), sample) for sample in candidates.samples]
        )
        same += bool(np.isfinite(scores).all() and scores.argmax() == reference.argmax())
    note = f"same most likely candidate as PyTorch float32 in {len(decided)} candidate sets"
    return _share_gate("same_choice", same, len(decided), SAME_CHOICE, note)


def _share_gate(name: str, same: int, total: int, required: float, note: str) -> Gate:
    share = same / total if total else 0.0
    return Gate(name=name, passed=share >= required, measured=round(share, 6), required=required, note=note)


def _is_decided(scores: NDArray[np.float64]) -> bool:
    """Whether the best candidate is twice as likely as the next one; where it is not, a judge changes nothing."""
    best, second = sorted(scores, reverse=True)[:2]
    return bool(best - second > np.log(2))


def loads(folder: Path, files: dict[Role, str], device: Device) -> Gate:
    """Requires that onnxruntime opens the graphs on the device's provider without falling back.

    On a build machine without a GPU the gate stays open, with a note; the run time checks its provider at each start.
    """
    import onnxruntime  # type: ignore[import-untyped]

    provider = PROVIDERS[device]
    if provider not in onnxruntime.get_available_providers():
        for name in files.values():
            open_session(folder / name)
        return Gate(name="loads", passed=None, note=f"no {provider} on this machine; opened on the CPU instead")
    for name in files.values():
        used = open_session(folder / name, provider).get_providers()
        if provider not in used:
            return Gate(name="loads", passed=False, note=f"{name} fell back to {used[0]}")
    return Gate(name="loads", passed=True, note=provider)


def cer(text_pairs: Sequence[tuple[str, str]]) -> float:
    """Returns the character error rate over all (output, truth) pairs: total edits by total characters of the truth."""
    from rapidfuzz.distance import Levenshtein

    edits = sum(Levenshtein.distance(output, truth) for output, truth in text_pairs)
    return edits / max(sum(len(truth) for _, truth in text_pairs), 1)


def correction_quality(float32: float, exported: float, pairs: int) -> Gate:
    """Requires that the character error rate on the user's pairs exceeds float32's by 1 % of it at most."""
    return Gate(
        name="correction",
        passed=exported <= float32 * (1 + CER_TOLERANCE),
        measured=round(exported, 6),
        required=round(float32 * (1 + CER_TOLERANCE), 6),
        note=f"character error rate on {pairs} pairs",
    )
