"""Step two of a scan's way: raw pages become proofread pages."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from scanproof.correcting.corrector import Corrector, for_profile, language_told_by
from scanproof.correcting.correctors import Correctors
from scanproof.document import Page
from scanproof.options import ScanOptions
from scanproof.pipeline.page_job import PageJob
from scanproof.pipeline.second_reading import read_again
from scanproof.recognising.languages import evident_language, language_name, language_of

_SHARE_OF_OWN_LETTERS = 0.01  # Hungarian has the fewest, one in a hundred; a few may be slips of the engine


def correct_pages(pages: Sequence[Page], correctors: Correctors, options: Sequence[ScanOptions]) -> list[Page]:
    """``pages`` proofread, in order: by the fast corrector, by a language model, or by one after the other.

    Lines of all pages that want the same go through a model together. A page in a language that the fast corrector was
    not made for stays raw, and says so, unless a language model was asked for.

    Args:
        options: of each page's upload. Its language is used where it is named; else the page's letters and words may
            tell.
    """
    jobs = [
        PageJob(page, asked, _language_of(page, asked.language, correctors.fast))
        for page, asked in zip(pages, options, strict=True)
    ]
    _read_fast([job for job in jobs if job.options.corrector != "accurate"], correctors.fast)
    read_again(jobs, correctors)
    # What the language model had no room for; its lines are read by someone.
    _read_fast([job for job in jobs if job.options.corrector == "accurate" and job.unread], correctors.fast)
    return [job.finished() for job in jobs]


def _read_fast(jobs: Sequence[PageJob], fast: Corrector) -> None:
    """Puts all lines without a result to the fast corrector: one call for all pages of one language and profile."""
    by_sort = sorted(jobs, key=lambda job: (job.language or "", job.options.profile))
    for (code, profile), group in groupby(by_sort, key=lambda job: (job.language, job.options.profile)):
        alike = list(group)
        if code is not None and fast.languages is not None and code not in fast.languages:
            for job in alike:
                job.warnings.append(_not_for(code))
            continue
        places = [(job, index) for job in alike for index in job.unread]
        results = for_profile(fast, profile).correct([job.page.lines[index].raw for job, index in places], code)
        for (job, index), result in zip(places, results, strict=True):
            job.take(index, result, fast.name, fast.model_version)
        for job in alike:  # those without a line, too
            job.by[fast.name] = fast.model_version


def _language_of(page: Page, asked: str | None, fast: Corrector) -> str | None:
    if asked:
        return language_of(asked)
    return evident_language(page.raw_text, _SHARE_OF_OWN_LETTERS) or language_told_by(fast, page.raw_text)


def _not_for(code: str) -> str:
    return f"The corrector was not made for {language_name(code)}; the text is as it was recognised."
