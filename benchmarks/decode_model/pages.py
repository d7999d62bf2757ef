"""Pages for the benchmark: text of our own making, damaged to a given character error rate."""

from __future__ import annotations

from random import Random

TEXT = (
    "This agreement is made between the supplier and the customer named below. The supplier shall deliver the goods to "
    "the address of the customer within thirty days after the date of the order. Each party shall keep the information "
    "of the other party confidential and shall not disclose it to any third party without prior written consent. The "
    "customer shall inspect the goods when they are received and shall notify the supplier in writing of any defect. "
    "If no notice is given within ten days, the goods are deemed to be accepted. The price includes packing, insurance "
    "and the cost of transport. Payment is due when the invoice has been received, unless the parties have agreed "
    "otherwise in writing. All documents that are provided under this agreement remain the property of the party that "
    "has provided them and shall be returned or destroyed at its request. Nothing in this agreement grants a license "
    "under any patent, trademark or copyright. The obligations in this section do not apply to information which is or "
    "becomes public without a breach of this agreement, or which was known to the receiving party before it was "
    "disclosed. The receiving party may disclose confidential information to its employees and advisers who need to "
    "know it for the purpose of this agreement and who are bound by similar obligations. This agreement begins on the "
    "date on which both parties have signed it and continues for a period of two years. Either party may terminate it "
    "by written notice if the other party fails to perform any of its duties. The agreement shall be governed by the "
    "laws of the state in which the supplier has its principal place of business. If any part of this agreement is "
    "held to be invalid, the other parts remain in full force and effect. No change of this agreement is valid unless "
    "it is made in writing and signed by an authorized person of each party. Failure to enforce a right under this "
    "agreement is not a waiver of that right. The parties are independent of each other, and neither of them may act "
    "in the name of the other. Any notice under this agreement must be sent to the address given on the first page."
)
_MISREAD = {
    "e": "co", "a": "ou", "o": "0e", "i": "1l", "l": "1I", "t": "fl", "h": "bn", "n": "ru", "r": "nt", "s": "5a",
    "c": "eo", "d": "ol", "m": "nr", "u": "nv", "b": "h6", "f": "tl", "g": "q9", "v": "yu", "w": "vu", "y": "vg",
}  # fmt: skip
_LOST, _DOUBLED = 0.1, 0.1  # shares of the errors; the others are letters taken for others


def page(characters: int, seed: int = 0) -> str:
    """So many characters or a little more, whole sentences, beginning at a sentence that depends on ``seed``."""
    sentences = [sentence + "." for sentence in TEXT.rstrip(".").split(". ")]
    start = seed * 5 % len(sentences)
    text = ""
    for sentence in sentences[start:] + sentences[:start]:
        if len(text) >= characters:
            break
        text = f"{text} {sentence}".strip()
    return text


def damaged(text: str, errors_per_character: float, seed: int = 0) -> str:
    """``text`` with so many errors, in places chosen by chance; letters only, so that it stays text."""
    rng = Random(seed)  # noqa: S311 - test data, not secrets
    places = [place for place, char in enumerate(text) if char in _MISREAD]
    read = list(text)
    for place in rng.sample(places, round(errors_per_character * len(text))):
        kind = rng.random()
        if kind < _LOST:
            read[place] = ""
        elif kind < _LOST + _DOUBLED:
            read[place] *= 2
        else:
            read[place] = rng.choice(_MISREAD[read[place]])
    return "".join(read)
