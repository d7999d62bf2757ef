"""Reasons of documents that were given up: retries did not help, and no message of them is left."""

from __future__ import annotations

from scanproof.errors import GaveUpError, PermanentError

OUT_OF_TIME, OUT_OF_MEMORY = "out of time", "out of memory"  # ends of tries; others are names of exceptions
_REDRIVE = "then `scanproof redrive`."


def given_up(ended: str | None) -> GaveUpError:
    """Returns why a scan whose recognition keeps failing is given up.

    Args:
        ended: how the last try ended. None: its invocation was killed before it could say so, which is how Lambda ends
            one that needs more memory than it has.
    """
    if ended == OUT_OF_TIME:
        return GaveUpError(
            "unreadable_in_time",
            "The scan could not be read within the function's time limit, at any of several tries.",
            f"Split it or scan it at a lower resolution, or raise the function's Timeout, {_REDRIVE}",
        )
    if ended in (OUT_OF_MEMORY, None):
        return GaveUpError(
            "out_of_memory",
            "The function was ended while it read the scan, at each of several tries; most likely memory ran out.",
            f"Split it or scan it at a lower resolution, or raise the function's MemorySize, {_REDRIVE}",
        )
    return GaveUpError(
        "not_recognised",
        f"Reading the scan failed at each of several tries, at last with {ended}.",
        f"See the function's log for the document's id, fix the cause, {_REDRIVE}",
    )


def never_read() -> GaveUpError:
    """Returns why a scan is given up whose message ended in the dead letters of recognition."""
    return GaveUpError(
        "not_recognised",
        "The scan was not read: its message could not be processed and ended in the dead letters.",
        f"See the function's log and its throttles, fix the cause, {_REDRIVE}",
    )


def not_published() -> GaveUpError:
    """Returns why a document is given up whose pages are done and whose publishing keeps failing."""
    return GaveUpError(
        "not_published",
        "All pages are done, but the document could not be published: its message ended in the dead letters.",
        f"See the publish function's log for the document's id, fix the cause, {_REDRIVE}",
    )


def not_applied() -> PermanentError:
    """Returns why corrections are given up: unlike a scan, they are not processed again from the beginning."""
    return PermanentError(
        "corrections_not_applied",
        "Publishing the reviewer's corrections failed at each of several tries; the document is as before.",
        "See the publish function's log for the upload's id, fix the cause, then upload corrections.json again.",
    )


def stalled() -> GaveUpError:
    """Returns why a document is given up that no message is left of."""
    return GaveUpError(
        "stalled",
        "Work on the document stopped: it is not finished, and no message of it is left.",
        "`scanproof redrive` processes it again.",
    )
