"""The numbers by which the fast corrector decides, beside the weights and thresholds in ``reranker.json``.

After a change of a number, ``python -m benchmarks.ablation --data DATA --clean 1500`` shows its effect. Those marked
*calibrated* shape what the reranker learned from, so ``python -m model_training.calibrate`` has to follow; those marked
*trained* shape what the tagger reads, so ``python -m model_training`` has to follow.
"""

from __future__ import annotations

# The corrector: passes and characters.
MAX_PASSES = 5  # a line that still changes then has no fixed point and stays raw
IMAGE_PASSES = 2  # with an image: a third one changes nothing more, one alone leaves 2 % more errors
MAX_LINE_LENGTH = 100_000  # no line of print is so long, and such a line must not hold up a page

# The lexicon: words, probabilities and shares of a language's words.
COMMON_SHARE = 1e-5  # of a common word; a rarer one is rare (trained)
MAX_LINE_WORDS = 12  # known words by which a line's language is determined; more would only cost time
MIN_LANGUAGE_PROBABILITY = 0.6  # from which only words of the line's most probable language are searched
MIN_WORDS, POSSIBLE_PROBABILITY = 3, 0.1  # known words, and probability, from which a language is ruled out or in
FOREIGN_FACTOR = 1e-4  # how much rarer a word is on a page in another language than its own (trained)
FOREIGN_ODDS = 0.001  # prior odds of another language than the page's (calibrated)
FOREIGN_SHARE = 1e-6  # of a word of one language in a line of another (calibrated)
PRIOR_WEIGHT = 0.2  # the rest is the likelihood's: words of an invoice may occur in several languages (calibrated)
BUSINESS_WEIGHT = 0.7  # of the counts in business documents; the rest is as in running text (calibrated)
MIN_PREFIX_LENGTH, MIN_PART_LENGTH = 2, 4  # letters in a compound; shorter words occur by chance (calibrated)

# Plain lines, which need no pass: share of a language's words, and log10 of probabilities. On the parts "train" of the
# sets of real readings they cost 6 of 13,613 edits; a share of 1e-6 would cost 14, a margin of 2 as many.
PLAIN_SHARE = 5e-6  # of each word of the line
PLAIN_MARGIN = 2.5  # by which each word is more probable than that another one was misread as it

# Bigrams.
MAX_BIGRAM_GAP = 3  # characters between adjacent words: a blank, a comma and a blank, an apostrophe (calibrated)
BIGRAM_SMOOTHING = 1.5  # pairs, added to the observed and to the expected count (calibrated)

# Candidates from labels: probability that a position has to change, and labels.
MIN_DOUBT = 0.08  # from which the other labels of a position are considered (calibrated)
LABELS_PER_POSITION = 4  # more have next to no probability
MIN_DOUBT_OF_WORD = 0.2  # from which words several edits away are searched, which takes a millisecond or two

# Candidates from the lexicon: letters, words, edits, and log10 of probabilities.
MIN_WORD_LENGTH, MIN_MULTI_EDIT_LENGTH, MAX_WORD_LENGTH = 3, 5, 24  # shorter words have too many neighbours
RARE = -6.0  # once in a million words; training text has errors of its own
MIN_RATIO = 1.0  # a candidate is ten times as common as the word (trained)
RARE_WORD_MARGIN = 0.5  # by which a candidate for a rare word may be less likely than the word (trained)
MAX_CANDIDATES = 4  # of a word, one edit away
MAX_EDITS, MAX_EDITS_OF_LONG, LONG_WORD = 2, 3, 7  # edits of a word, edits of a long word, letters of a long word
MAX_MATCHES, MAX_ALIGNED = 3, 8  # words several edits away that become candidates, and that are aligned
MIN_COUNT = 3  # of words several edits away; a rarer one is hardly meant
LOG_RATE_PER_EDIT = -1.5  # what an edit costs before the words are aligned
SHAPE_LOG_RATE = -2.7  # of look-alike shapes; tables of single characters do not hold such an error as one

# What text cannot decide: letters, signs and characters.
MIN_DECIDABLE_LENGTH = 3  # "Th" may be a Thursday as well as half of "The"
MAX_UNIT_LENGTH = 4  # of a mixed-case abbreviation: kWh, KWh, GmbH
CODE_REACH, MIN_CODE_SIGNS = 60, 3  # characters to both sides, and signs of program code; noise seldom has so many

# Features (calibrated): the highest and lowest values that are distinguished, and characters.
MAX_MARGIN = 6.0  # log10, over a rival
MIN_WORD_DOUBT = 1e-4
MAX_FEATURE_LENGTH = 14  # of a word
NEXT_WORD_WITHIN = 4  # characters between a word and its neighbour

# Lines and languages with thresholds of their own, in units of the features line_doubt, line_length, lexicon_size.
NOISY_DOUBT, LONG_LINE = 0.5, 0.3  # one character in twenty is doubtful; 30 characters
LOW_RESOURCE_SIZE = 0.72  # half a million words; of the eight languages, Dutch and Polish have fewer
LOW_RESOURCE_STRICTNESS = 0.1  # share of the tolerated doubt that stays

# The image: probabilities of characters in the lattice, and counts.
MIN_CHANGED, MIN_INSERTED, MIN_SPACE = 1e-3, 5e-3, 1e-2  # from which a change is considered
UNCERTAIN_SPACE = 0.97  # of a space, up to which its two words are also read as one
MAX_CHANGES, MAX_OPTIONS, MAX_READINGS = 3, 12, 30  # of one word; the number of combinations grows fast
MIN_PRODUCT = -9.0  # natural logarithm of the product of the probabilities of a reading's changes
MIN_IMAGE, MAX_IMAGE = -12.0, 6.0  # natural logarithm of how much more probable a change is; those distinguished
NOT_IN_IMAGE = -7.0  # the same, for each changed character (two in m → rn), from which down the image rules it out
SPACE_IN_IMAGE = -4.0  # the same for a space beside a mark or digit: 12 lower ones were wrong, 7 right, on 232 pages
WORDS_IN_IMAGE = -5.5  # the same for a space between two words; those printed run together have -10 and less
ABBREVIATION_IN_IMAGE = -2.0  # the same for a letter of Tu, Hr and the like
PARTING_LOG_ODDS = 3.0  # natural, prior, of a space that parts a token without meaning into dates, times or amounts
RARITY_WEIGHT, LENGTH_WEIGHT = 1.5, 2.0  # of log10 of the rarest word, of a character more (CTC prefers short ones)
IMPLAUSIBLE = -5.0  # image and lexicon together, from which down a reading is no candidate: 8 in 1,274 edits were lower
BOUND_SLACK = 3.0  # by which a reading may be more probable than the product of its changes, whose text is uncertain

# Features of the image (calibrated): log10 of probabilities.
MAX_LEXICON_GAIN = 10.0
SINGLE_LETTER = -3.0  # of a letter that stands alone
MIN_PAGE_DOUBT = 1e-3  # added before the logarithm is taken
MIN_TEXT_PROBABILITY = 1e-6
