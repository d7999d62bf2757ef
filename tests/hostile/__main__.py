"""Processes all hostile files and reports how each ended: ``make hostile``.

The last line is JSON: files, how many were published, failed for a named reason or are unaccounted for, the peak memory
and the longest time with the file that took it, and the numbers by outcome.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Sequence

from tests.hostile.files import hostile_files
from tests.hostile.process import Result, as_row, process


def main() -> None:
    """Runs the files that the command line chooses."""
    parser = argparse.ArgumentParser(description="Processes hostile files.")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--group", help="only this group")
    parser.add_argument("--name", help="only files whose name contains this")
    parser.add_argument("--sample", type=int, help="every so manieth of the files that take less than a second")
    parser.add_argument("--rows", action="store_true", help="a row of JSON for each file")
    arguments = parser.parse_args()
    results = []
    files = list(hostile_files(arguments.seed))
    if arguments.sample:
        files = [file for file in files if file.quick][:: arguments.sample]
    for file in files:
        if arguments.group not in (None, file.group) or (arguments.name or "") not in file.name:
            continue
        result = process(file)
        results.append(result)
        if arguments.rows or not result.is_accounted_for:
            print(json.dumps(as_row(result)), flush=True)
    print(json.dumps(summary(results)))
    sys.exit(0 if results and all(result.is_accounted_for for result in results) else 1)


def summary(results: Sequence[Result]) -> dict[str, object]:
    """Returns the figures of a run."""
    largest = max(results, key=lambda result: result.bytes, default=Result("", "", ""))
    longest = max(results, key=lambda result: result.seconds, default=Result("", "", ""))
    published = sum(result.outcome == "published" for result in results)
    unaccounted = sum(not result.is_accounted_for for result in results)
    return {
        "files": len(results),
        "published": published,
        "failed": len(results) - published - unaccounted,
        "unaccounted": unaccounted,
        "peak_megabytes": round(largest.bytes / 1e6),
        "peak_file": as_row(largest)["name"],
        "longest_seconds": longest.seconds,
        "longest_file": as_row(longest)["name"],
        "outcomes": dict(Counter(result.outcome for result in results).most_common()),
    }


if __name__ == "__main__":
    main()
