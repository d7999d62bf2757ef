"""The numbers by which `rewrite` refuses a generated word.

Refit: ``python -m benchmarks.generation_guard FOLDER PAIRS.jsonl`` shows how many changes each of them lets through,
good and bad.
"""

from __future__ import annotations

# Least probability of the tokens that write a change: below it the model itself finds another text more probable.
MIN_PROBABILITY = 0.5
# log10 of how often an engine makes one error of a word, on average over the word's errors: an unseen one has -6.
MIN_LOG_RATE_PER_ERROR = -4.6
# Letters per error, so that a word is not rewritten error by error.
LETTERS_PER_ERROR = 2
# How much more common the new word has to be where the old one is a word as well (arid, and).
MIN_RATIO_TO_WORD = 100.0
# Shares of a language's words from which a word is one, as read and as written: a rare word that was read is left
# alone, and none is written, since the text that was counted has errors of its own.
# A word of another language cannot reach the third, since it counts for a ten-thousandth of its own share.
MIN_SHARE_READ, MIN_SHARE_WRITTEN, COMMON_SHARE = 1e-7, 1e-6, 1e-5
