"""The language model's part in a page: which lines it is given, and what becomes of them if it cannot be had."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from scanproof.correcting.correctors import Correctors
from scanproof.correcting.routing import Facts, Machine, certainty_of, route
from scanproof.errors import PermanentError
from scanproof.pipeline.page_job import PageJob

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Wish:
    """Lines of one page that a language model is to read."""

    job: PageJob
    model: str
    lines: Sequence[int]

    @property
    def group(self) -> tuple[str, str, str, str]:
        """Equal for pages whose lines can go together. The model comes first: it is the dearest to change."""
        options = self.job.options
        return self.model, options.profile, options.prompt or "", self.job.language or ""


def read_again(jobs: Sequence[PageJob], correctors: Correctors) -> None:
    """Puts the lines that are to be read by a language model to it, pages that want the same together.

    Lines for which it cannot be had keep what the fast corrector made of them, and their page says so.
    """
    wishes = sorted(filter(None, (_wish(job, correctors) for job in jobs)), key=lambda wish: wish.group)
    for _, group in groupby(wishes, key=lambda wish: wish.group):
        _read(list(group), correctors)


def _wish(job: PageJob, correctors: Correctors) -> _Wish | None:
    asked = job.options.corrector
    if asked in ("fast", "none"):
        return None
    model = correctors.model_of(job.options, job.language)
    if model is None:
        if asked != "auto":
            job.warnings.append(_left_out("there is none in this deployment"))
        return None
    lines = _worthwhile(job, correctors.machine(model)) if asked == "auto" else range(len(job.page.lines))
    return _Wish(job, model, lines) if lines else None


def _worthwhile(job: PageJob, machine: Machine) -> list[int]:
    """Lines that the rules of `routing` send on; none of a page that the fast corrector had to leave as it was."""
    words, profile = job.words, job.options.profile
    return [
        index
        for index, (line, result) in enumerate(zip(job.page.lines, job.results, strict=True))
        if result and route(Facts(words, machine, line.confidence, certainty_of(result), profile)).read_again
    ]


def _read(group: Sequence[_Wish], correctors: Correctors) -> None:
    first = group[0]
    places = [(wish.job, index) for wish in group for index in wish.lines]
    texts = [job.text(index) for job, index in places]
    try:
        version, results = correctors.read_again(first.model, first.job.options, texts, first.job.language)
    except PermanentError as error:
        _log.exception("the model %s cannot be used", first.model)
        for wish in group:
            wish.job.warnings.append(_left_out(error.message))
        return
    lost = {wish.job: 0 for wish in group}
    for (job, index), result in zip(places, results, strict=True):
        if result is None:
            lost[job] += 1
        else:
            job.take(index, result, "accurate", version)
    for job, lines in lost.items():
        if lines:
            job.warnings.append(_left_out(f"memory ran out at {lines} of {len(job.page.lines)} lines"))


def _left_out(why: str) -> str:
    return f"The accurate corrector could not be used: {why}. The fast one took its place."
