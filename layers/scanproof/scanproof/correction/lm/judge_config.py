"""The numbers by which the judge decides, beside the weights in ``judge.json``.

After a change, ``python -m model_training.judge`` has to follow; ``python -m benchmarks.judge`` shows the effect.
Probabilities are log10 unless said otherwise.
"""

from __future__ import annotations

# Candidates.
MIN_COUNT = 2  # of a word in the training text; rarer ones have errors of their own
MIN_LENGTH, SHORT, LONG = 2, 3, 8  # letters: shortest unknown word; up to one edit away; three edits from
KNOWN = -6.5  # probability of a word that counts as known
KNOWN_PART = -5.0  # the same for the parts of a split: short words are many
KNOWN_MARGIN = 3.0  # by which a word for a known one may be less probable than it
MIN_SCORE = -14.0  # of a word for an unknown one: its probability and that of the errors
MERGE_MARGIN = 0.3  # by which the rarer of two words may be more common than the joined one
LOG_RATE_PER_EDIT = 1.5  # what an edit costs before the words are aligned
MAX_ALIGNED, MAX_OF_KNOWN, MAX_OF_UNKNOWN = 14, 3, 6  # words
MIN_SPLIT, MAX_SPLITS = 4, 2  # letters, places
MIN_MERGED, MAX_OF_MERGED = 5, 2  # letters of a word that was divided and misread; words for it

# Branches: tokens, and words.
TOKENS_BEFORE = 48  # of context before the first change of a window
TOKENS_KEPT, MAX_SHARE_KEPT = 400, 0.25  # the same if the window before has read them; of the context
WINDOW, MAX_BRANCHES = 128, 320  # tokens from the first change to the last, and of its branches: attention is quadratic
MAX_BRANCH = 48  # of one branch; a longer word is no word
WORDS_BEHIND = 2  # the change; they show whether the text goes on better

# The choice of candidates that the language model reads, by the text alone.
MIN_TEXT_PROBABILITY, MAX_OF_WORD = 0.04, 5  # of a candidate; candidates of a word. 0.08 and 4 lose 0.3 points on news

# Noisy text, of which so large a share of the words is doubtful, as if a short text had so many more right words.
DOUBTFUL = 0.08  # probability of a candidate of a doubtful word
NOISY, USUAL_WORDS = 0.06, 30  # contracts and clean books have up to 0.05, newspapers mostly from 0.08
MAX_BUSINESS = 0.5  # probability of a business document, whose doubtful words are abbreviations and names

# Features: natural logarithms, and probabilities.
MAX_GAIN = 20.0  # beyond which a difference means nothing more
MIN_PROBABILITY = 1e-4

MIN_WORDS, MAX_TEXT = 6, 20_000  # words and characters of a paragraph: less is no running text, more no paragraph
MIN_SMALL = 0.5  # share of small letters
MAX_ROUNDS, CLOSE = 2, 0.2  # of reading: the second one for neighbours of what changed that have such a probability

# The page budget: tokens.
TOKENS_OF_WORD, TOKENS_OF_CANDIDATE = 8, 7  # that a doubtful word adds as context, and each of its candidates
TOKENS_PER_MS = 0.65  # that one core of a server's processor reads (docs/lm-corrector.md)
MIN_CONTEXT = 4 * MAX_BRANCH  # tokens; a shorter context holds no word with its surroundings
LANGUAGES = frozenset({"en"})  # of the texts that ``judge.json`` was fitted to
