"""Removes the invisible text that an earlier OCR run left in a page."""

from __future__ import annotations

import pikepdf

_INVISIBLE = 3  # text rendering mode (ISO 32000-1, table 106)
_SHOW = frozenset({"Tj", "TJ"})
_SHOW_ON_NEXT_LINE = frozenset({"'", '"'})

_Instruction = pikepdf.ContentStreamInstruction | pikepdf.ContentStreamInlineImage


def remove_hidden_text(pdf: pikepdf.Pdf, page: pikepdf.Page) -> bool:
    """Removes all text in rendering mode 3 from the contents of ``page``, not from forms that they refer to.

    Returns whether there was any. A page without is not touched.

    Raises:
        pikepdf.PdfParsingError: the contents cannot be parsed; the page is as before.
    """
    instructions = pikepdf.parse_content_stream(page)
    kept = _visible(instructions)
    if len(kept) == len(instructions):
        return False
    page.obj["/Contents"] = pdf.make_stream(pikepdf.unparse_content_stream(kept))
    return True


def _visible(instructions: list[_Instruction]) -> list[_Instruction]:
    """Leaves out what shows invisible text. Operators that move to the next line still do."""
    kept: list[_Instruction] = []
    mode, stack = 0, list[int]()
    for instruction in instructions:
        operator = str(instruction.operator)
        if operator == "q":
            stack.append(mode)
        elif operator == "Q" and stack:
            mode = stack.pop()
        elif operator == "Tr":
            mode = int(instruction.operands[0])
        elif mode == _INVISIBLE and operator in _SHOW:
            continue
        elif mode == _INVISIBLE and operator in _SHOW_ON_NEXT_LINE:
            kept += _moves(instruction)
            continue
        kept.append(instruction)
    return kept


def _moves(instruction: _Instruction) -> list[_Instruction]:
    """Returns what ``'`` and ``"`` do besides showing text."""
    set_spacing = []
    if str(instruction.operator) == '"':
        word, character, _ = instruction.operands
        set_spacing = [
            pikepdf.ContentStreamInstruction([word], pikepdf.Operator("Tw")),
            pikepdf.ContentStreamInstruction([character], pikepdf.Operator("Tc")),
        ]
    return [*set_spacing, pikepdf.ContentStreamInstruction([], pikepdf.Operator("T*"))]
