"""The label set of the tagger: every known character, and pairs that engines read as one character."""

from __future__ import annotations

from model_training.alphabet import ALPHABET
from scanproof.correction.fast.tagger import DELETE, KEEP, append_label, replace_label

# Pairs that engines merge: from the measured confusions of FineReader and Tesseract, the most frequent first.
_MERGED_PAIRS = (  # noqa: SIM905 - a list this long reads better as words
    "rn ri li il cl vv fi fl ff ti it in ni nn ll ii tt iu ui nt ol lo th tl ft ss rt tr rr ir is oo ee ea ai ck lc jo "
    "um mi im un nu te et at ta ar ra or ro er re en ne es se st ts ly ry ty fe ef fu fr rf VV AV LI IL HI ry nd el le "
    "al la ie ei ig ih hi li ic ci ct oe ae ſi ſt .. '' ,, `` -- IJ ij ou an on"
).split()
_MERGED_WITH_SPACE = (
    " i",
    " l",
    "l ",
    "i ",
    ", ",
    ". ",
    "' ",
    " '",
    "s ",
    "e ",
    " a",
    "t ",
    " t",
    "- ",
    " -",
    "d ",
    "n ",
)
# Pairs that are lost together often enough to be learned; longer losses take a second pass.
_LOST_PAIRS = (
    ". ",
    ", ",
    "; ",
    ": ",
    "er",
    "en",
    "in",
    "on",
    "es",
    "th",
    "ll",
    "ss",
    "te",
    "re",
    "ti",
    "ed",
    "ng",
    "--",
    "..",
)


def label_names() -> tuple[str, ...]:
    """All labels in the order of their ids; ``K`` comes first."""
    replacements = dict.fromkeys([*ALPHABET, *_MERGED_PAIRS, *_MERGED_WITH_SPACE])
    appended = dict.fromkeys([*ALPHABET, *_LOST_PAIRS])
    return (KEEP, DELETE, *map(replace_label, replacements), *map(append_label, appended))
