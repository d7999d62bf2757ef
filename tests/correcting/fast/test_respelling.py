"""Unknown words one slip away from known ones become candidates; known words and words the tagger changes do not."""

import numpy as np
import pytest

from scanproof.correcting.fast.kinds import EditKind
from scanproof.correcting.fast.labels import append_label, replace_label
from scanproof.correcting.fast.lexicon import Lexicon
from scanproof.correcting.fast.proposals import Candidate
from scanproof.correcting.fast.respelling import Respeller
from scanproof.correcting.fast.tagger import Tags
from scanproof.correcting.guards import ProposedEdit, apply_proposals

LABELS = ("K", "D", replace_label("m"), replace_label("r"), append_label("é"))
LEXICON = Lexicon(
    {"payment": 900, "received": 500, "please": 800, "number": 700, "total": 900, "amount": 900, "rare": 5}
)


def silent(text: str) -> Tags:
    """A tagger that has nothing to say."""
    size = len(text) + 1
    likely, none = np.zeros((size, 2), np.int64), np.zeros((size, 2), np.float32)
    return Tags(0, np.zeros(size, np.int64), np.ones(size, np.float32), np.zeros(size, np.float32), likely, none)


def respelt(text: str, taken: tuple[Candidate, ...] = ()) -> list[Candidate]:
    return list(Respeller(LABELS, LEXICON).candidates(text, silent(text), taken))


@pytest.mark.parametrize(
    ("raw", "right"),
    [
        ("Paynent is", "Payment is"),
        ("Plese pay", "Please pay"),
        ("was recieved", "was received"),
        ("Nurnber 4", "Number 4"),
        ("NUMBR", "NUMBER"),
        ("paymentt", "payment"),
        ("TOTALAMOUNT", "TOTAL AMOUNT"),
    ],
)
def test_one_slip_is_undone_in_the_case_of_the_word(raw: str, right: str) -> None:
    (found,) = respelt(raw)
    assert apply_proposals(raw, [found.edit]) == right
    assert found.respelt


def test_what_is_known_or_rare_or_far_away_stays() -> None:
    assert respelt("payment received rar xylophone A4 12345") == []


def test_a_word_that_the_tagger_changes_is_left_to_it() -> None:
    change = Candidate(ProposedEdit(3, 4, "m", 0.9), EditKind.LETTERS, 0.9)
    assert respelt("Paynent is", (change,)) == []


def test_the_tagger_decides_between_words_that_are_as_common() -> None:
    text, lexicon = "lare", Lexicon({"care": 100, "mare": 100, "rare": 100})
    tags = silent(text)
    tags.likely[1], tags.likely_probability[1] = (0, LABELS.index("R:m")), (0.9, 0.1)
    (found,) = Respeller(LABELS, lexicon).candidates(text, tags, ())
    assert found.edit.corrected == "m"
    assert found.edit.probability == pytest.approx(0.1)
    assert found.margin > 1


def test_letters_that_only_the_tagger_thinks_of_are_tried() -> None:
    text, lexicon = "socit", Lexicon({"sociét": 100})
    tags = silent(text)
    tags.likely[4], tags.likely_probability[4] = (0, LABELS.index("A:é")), (0.9, 0.1)
    (found,) = Respeller(LABELS, lexicon).candidates(text, tags, ())
    assert apply_proposals(text, [found.edit]) == "sociét"
