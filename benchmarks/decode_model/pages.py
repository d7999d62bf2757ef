"""Generates pages for the benchmark and for training its model: business letters and agreements, with OCR-like errors.

The text is narrow on purpose: five million parameters learn it in minutes. Names and figures are random on each page,
so the model must copy them and cannot memorise them.
"""

from __future__ import annotations

import re
from random import Random

TEMPLATES = (
    "This {paper} is made between {firm} and {firm} on {date}.",
    "The {seller} shall {deliver} the {goods} to the {place} of the {buyer} within {number} days after the {event}.",
    "Each party shall keep the {secret} of the other party {quiet} and shall not {tell} it to any third party.",
    "The {buyer} shall {check} the {goods} when they are received and shall {inform} the {seller} of any {fault}.",
    "If no {notice} is given within {number} days, the {goods} are deemed to be {taken}.",
    "The price of {amount} includes {extra}, {extra} and the cost of {extra}.",
    "Payment is due {number} days after the {event}, unless the parties have agreed otherwise in {form}.",
    "All {papers} that are {given} under this {paper} remain the property of {firm} and are {sent} at its request.",
    "Nothing in this {paper} grants a {right} under any {patent}, {patent} or other {right}.",
    "The obligations of this section do not apply to {secret} which is or becomes {known} without a {fault}.",
    "The receiving party may {tell} the {secret} to its {people} and {people} who need to know it for this {purpose}.",
    "This {paper} begins on {date} and continues for a period of {number} {period}.",
    "Either party may {end} this {paper} by {form} {notice} if the other party fails to {perform} its duties.",
    "This {paper} shall be governed by the laws of the state in which {firm} has its {place}.",
    "If any {part} of this {paper} is held to be {void}, the other {parts} remain in full force and effect.",
    "No {change} of this {paper} is valid unless it is made in {form} and signed by {name} of {firm}.",
    "Failure to {perform} a {right} under this {paper} is not a waiver of that {right}.",
    "Any {notice} under this {paper} must be sent to {name}, {number} {street}, {town}.",
    "Dear {name}, thank you for your letter of {date} about the {goods} that we {sent} to {town}.",
    "We are sorry to hear that the {goods} were {broken} when they arrived at your {place}.",
    "Our {people} will {check} the {goods} and write to you before {date}.",
    "Please find enclosed the {papers} for the {goods} with reference number {code}.",
    "The total of {amount} has to be paid to {firm} before {date}.",
    "We have received your {notice} and will {deliver} the {goods} from {town} on {date}.",
    "In case of {fault} the {buyer} may {end} the order {code} and ask {firm} for {amount}.",
    "The {seller} is not liable for any {fault} which is caused by {cause} or by {cause}.",
    "The {people} of the {seller} may enter the {place} of the {buyer} at any time to {check} the {goods}.",
    "{name} has {checked} the {papers} of {firm} and found that the {part} about {extra} is {void}.",
    "After the {event} the {seller} shall pay {amount} for every {period} of delay, but not more than {amount}.",
    "With kind regards, {name}, on behalf of {firm}, {town}.",
)
SLOTS = {
    "paper": "agreement|contract|order|lease|letter of intent|statement of work",
    "papers": "documents|drawings|samples|invoices|reports|plans|certificates|delivery notes",
    "seller": "supplier|seller|contractor|manufacturer|landlord|carrier",
    "buyer": "customer|buyer|client|tenant|company|receiving party",
    "deliver": "deliver|send|ship|supply|bring|provide",
    "goods": "goods|machines|materials|spare parts|instruments|products|printed forms|furniture|components|chemicals",
    "place": "address|principal office|warehouse|factory|place of business|head office|store",
    "event": "date of the order|receipt of the invoice|end of the month|signature of both parties|date of delivery",
    "secret": "confidential information|technical knowledge|business secrets|customer data|trade information",
    "quiet": "confidential|secret|in a safe place|to itself",
    "tell": "disclose|reveal|pass on|describe|make available",
    "check": "inspect|examine|test|count|check",
    "checked": "inspected|examined|read|checked",
    "inform": "notify|inform|tell",
    "fault": "defect|delay|shortage|breach of this agreement|loss|damage|mistake",
    "notice": "notice|complaint|objection|answer|warning",
    "taken": "accepted|approved|in good order|delivered as agreed",
    "extra": "packing|insurance|transport|storage|installation|customs duties|maintenance|training",
    "form": "writing|a separate letter|an annex|a signed statement",
    "given": "provided|handed over|made available|lent",
    "sent": "returned|destroyed|sent back|delivered|shipped",
    "right": "license|remedy|claim|power",
    "patent": "patent|trademark|copyright|design|registered name",
    "known": "public|generally known|available to everyone",
    "people": "employees|advisers|directors|engineers|accountants|lawyers",
    "purpose": "purpose|project|work|transaction",
    "period": "years|months|weeks",
    "end": "terminate|cancel|suspend|withdraw from",
    "perform": "perform|enforce|carry out|exercise",
    "part": "part|provision|clause|section",
    "parts": "parts|provisions|clauses|sections",
    "void": "invalid|void|unlawful|incomplete",
    "change": "change|amendment|extension",
    "broken": "damaged|incomplete|wet|not in order|broken",
    "cause": "fire|strike|flood|war|bad weather|acts of government",
    "street": "Station Road|High Street|Mill Lane|Market Square|Church Street|Harbour Road",
    "month": "January|February|March|April|May|June|July|August|September|October|November|December",
}
_FILLERS = {slot: tuple(fillers.split("|")) for slot, fillers in SLOTS.items()}
_SLOT = re.compile(r"\{(\w+)\}")
_SYLLABLES = "bar ber bo dal den fer gan har hol ka kel lan lin mar mon nor pen ra ri sel sten ta ter tor val ver win"
_MISREAD = {
    "e": "co", "a": "ou", "o": "0e", "i": "1l", "l": "1I", "t": "fl", "h": "bn", "n": "ru", "r": "nt", "s": "5a",
    "c": "eo", "d": "ol", "m": "nr", "u": "nv", "b": "h6", "f": "tl", "g": "q9", "v": "yu", "w": "vu", "y": "vg",
}  # fmt: skip
_LOST, _DOUBLED = 0.1, 0.1  # shares of the errors; the others are confused letters


def page(characters: int, seed: int = 0) -> str:
    """Returns a page of at least ``characters`` characters: whole sentences, each template used once per round."""
    rng = Random(seed)  # noqa: S311 - test data, not secrets
    text = ""
    while len(text) < characters:
        for template in rng.sample(TEMPLATES, len(TEMPLATES)):
            text = f"{text} {_SLOT.sub(lambda slot: _filled(slot[1], rng), template)}".lstrip()
            if len(text) >= characters:
                break
    return text


def _filled(slot: str, rng: Random) -> str:
    match slot:
        case "name":
            return f"{rng.choice(('Mr.', 'Mrs.', 'Dr.'))} {_proper(rng)}"
        case "town":
            return _proper(rng)
        case "firm":
            return f"{_proper(rng)} {rng.choice(('Ltd.', 'Inc.', 'and Sons', 'Works', 'Trading Company'))}"
        case "number":
            return str(rng.randrange(2, 120))
        case "amount":
            return f"{rng.choice(('EUR', 'USD', 'GBP'))} {rng.randrange(10, 99_999):,}.{rng.randrange(100):02}"
        case "date":
            return f"{rng.randrange(1, 29)} {rng.choice(_FILLERS['month'])} {rng.randrange(1990, 2030)}"
        case "code":
            return f"{rng.choice('ABCDEFGHKLMNPRST')}{rng.randrange(100, 10_000)}"
    return rng.choice(_FILLERS[slot])


def _proper(rng: Random) -> str:
    return "".join(rng.choices(_SYLLABLES.split(), k=rng.choice((2, 2, 3)))).capitalize()


def corrupted(text: str, errors_per_character: float, seed: int = 0) -> str:
    """Returns ``text`` with errors at random letters."""
    rng = Random(seed)  # noqa: S311 - test data, not secrets
    positions = [index for index, char in enumerate(text) if char in _MISREAD]
    read = list(text)
    for index in rng.sample(positions, min(len(positions), round(errors_per_character * len(text)))):
        kind = rng.random()
        if kind < _LOST:
            read[index] = ""
        elif kind < _LOST + _DOUBLED:
            read[index] *= 2
        else:
            read[index] = rng.choice(_MISREAD[read[index]])
    return "".join(read)
