"""Removes the invisible text that an earlier OCR run left in a page."""

from __future__ import annotations

import pikepdf

_INVISIBLE = 3  # text rendering mode (ISO 32000-1, table 106)
_SHOWING = frozenset({"Tj", "TJ", "'", '"'})

_Instruction = pikepdf.ContentStreamInstruction | pikepdf.ContentStreamInlineImage


def remove_hidden_text(pdf: pikepdf.Pdf, page: pikepdf.Page) -> bool:
    """Removes all text in rendering mode 3 from the contents of ``page``, not from forms that they refer to.

    Returns whether there was any. A page without is not touched.

    Raises:
        pikepdf.PdfParsingError: the contents cannot be parsed; the page is as before.
    """
    instructions = pikepdf.parse_content_stream(page)
    without = _without_hidden_text(instructions)
    if all(old is new for old, new in zip(instructions, without, strict=True)):
        return False
    page.obj["/Contents"] = pdf.make_stream(pikepdf.unparse_content_stream(without))
    return True


def _without_hidden_text(instructions: list[_Instruction]) -> list[_Instruction]:
    """Empties what shows invisible text; operators that move to the next line or set spacing still do."""
    result: list[_Instruction] = []
    mode, stack = 0, list[int]()
    for instruction in instructions:
        operator = str(instruction.operator)
        if operator == "q":
            stack.append(mode)
        elif operator == "Q" and stack:
            mode = stack.pop()
        elif operator == "Tr":
            mode = int(instruction.operands[0])
        is_hidden = mode == _INVISIBLE and operator in _SHOWING
        result.append(_emptied(instruction) if is_hidden else instruction)
    return result


def _emptied(instruction: _Instruction) -> _Instruction:
    *others, shown = instruction.operands
    nothing = pikepdf.Array() if isinstance(shown, pikepdf.Array) else pikepdf.String("")
    return pikepdf.ContentStreamInstruction([*others, nothing], instruction.operator)
