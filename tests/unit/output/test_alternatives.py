"""Alternatives of characters, from the lattice to the file."""

from __future__ import annotations

import json

import numpy as np

from scanproof.ocr.segments import Segment
from scanproof.options import Output
from scanproof.output.alternatives import Alternatives, page_alternatives
from scanproof.output.files import output_files
from tests.builders import document, line, page
from tests.unit.lattice.lattices import ALPHABET, page_of, posterior, segment


def uncertain() -> Segment:
    """A segment "b c", whose b could be an a."""
    rows = np.full((6, len(ALPHABET)), 1e-6)
    rows[:, 0] = 1.0  # blank
    rows[0] = [0.1, 0.3, 0.6, 0.001, 0]
    rows[1] = [0.1, 0.2, 0.7, 0.004, 0]
    rows[3] = [0, 0, 0, 0, 1]
    rows[5] = [0, 0, 0, 1, 0]
    quad = np.array([[0, 0], [90, 0], [90, 20], [0, 20]], float)
    return Segment.from_ctc(quad, "b c", [[0, 5]], 6, [0.6, 1.0, 1.0], posterior(rows))


def test_likely_alternatives_are_listed() -> None:
    found, lattice = page_of(uncertain(), number=4)
    listed = page_alternatives(found, lattice)
    assert (listed.number, listed.note) == (4, None)
    [word] = listed.words  # nothing is uncertain about the c
    assert (word.line, word.start, word.end, word.raw) == (0, 0, 1, "b")
    [character] = word.characters
    assert (character.index, character.raw, character.probability) == (0, "b", 0.697)
    assert [(one.character, one.probability) for one in character.alternatives] == [("a", 0.3)]


def test_missing_lattice_is_noted() -> None:
    assert "states none" in str(page_alternatives(page(1, line("text layer")), None).note)
    assert page_alternatives(page(1, line("raw")), None, "The reason.").note == "The reason."
    assert page_alternatives(page(1), None).note is None


def test_file_is_written_on_request_only() -> None:
    found, lattice = page_of(segment("ab"))
    alternatives = [page_alternatives(found, lattice)]
    files = output_files(document(found), {Output.ALTERNATIVES}, alternatives)
    assert [file.name for file in files] == ["document.json", "alternatives.json"]
    assert Alternatives.model_validate_json(files[1].content).pages == tuple(alternatives)
    assert "alternatives.json" not in [file.name for file in output_files(document(found))]


def test_schema_describes_indices_and_confidences() -> None:
    assert "raw line" in json.dumps(Alternatives.model_json_schema())
    schema = type(document()).model_json_schema(mode="serialization")
    assert "character_confidences" in schema["$defs"]["Word"]["properties"]
    assert "character_confidences" not in schema["$defs"]["Word"]["required"]
