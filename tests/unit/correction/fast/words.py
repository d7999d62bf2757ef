"""A small lexicon, with counts in business documents and without."""

import numpy as np

from scanproof.correction.confusions import ErrorModel
from scanproof.correction.fast.lexicon import BigramModel, Lexicon
from scanproof.correction.fast.model_folder import LanguageResources

LEXICON = Lexicon(
    {
        "en": {"the": 60_000, "payment": 400, "is": 30_000, "due": 900, "received": 800, "simple": 300, "sample": 90},
        "de": {"die": 50_000, "zahlung": 300, "ist": 30_000, "fällig": 90, "simpel": 9},
    }
)


BIGRAMS = BigramModel({language: (np.empty(0, np.int64), np.empty(0, np.float32)) for language in LEXICON.languages})
ERROR_MODEL = ErrorModel({"m": {"n": -2.9}})
RESOURCES = LanguageResources(LEXICON, BIGRAMS, ERROR_MODEL)

WITH_BUSINESS = Lexicon(
    {
        "en": {"the": 60_000, "house": 800, "was": 9_000, "item": 3, "total": 20, "iten": 1},
        "de": {"die": 50_000, "das": 30_000, "haus": 900, "war": 9_000, "summe": 3, "artikel": 9},
    },
    {"en": {"item": 900, "total": 700, "the": 90}, "de": {"summe": 600, "artikel": 300}},
)
