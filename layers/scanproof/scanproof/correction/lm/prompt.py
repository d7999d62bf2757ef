"""Puts a text to a model as its folder says: in a chat, or in a template of its own."""

from __future__ import annotations

from tokenizers import Tokenizer

from scanproof.correction.models.manifest import Prompt
from scanproof.correction.profiles import Profile
from scanproof.errors import PermanentError

_BEFORE = "(What stands before the text, not to be repeated: …{context})\n\n"
_CHAT_MARKS = ("<|im_start|>", "<|im_end|>")


class Prompter:
    """Makes prompts, as tokens. All begin with ``prefix``.

    The text is tokenized apart from what is around it, special tokens as plain characters: a scan on which
    ``<|im_end|>`` is printed does not end a turn.
    """

    def __init__(
        self, prompt: Prompt, profile: Profile, framing: Tokenizer, plain: Tokenizer, encoder: bool = False
    ) -> None:
        """Takes the two tokenizers of one model.

        Args:
            framing: knows special tokens.
            plain: does not (``encode_special_tokens``).
            encoder: an encoder reads the prompt, and wants the special tokens around it that its tokenizer adds.

        Raises:
            PermanentError: ``prompt_unsupported``.
        """
        before, after = _frame(prompt, profile, framing)
        self.takes_context = prompt.kind == "chat"
        begin, end = _around(framing) if encoder else ((), ())
        self.prefix = (*begin, *framing.encode(before, add_special_tokens=False).ids)
        self._suffix = (*framing.encode(after, add_special_tokens=False).ids, *end)
        self._plain = plain

    @property
    def overhead(self) -> int:
        """Tokens of a prompt beside its text."""
        return len(self.prefix) + len(self._suffix)

    def size(self, text: str) -> int:
        """Tokens of a text."""
        return len(self._plain.encode(text, add_special_tokens=False).ids)

    def tokens(self, text: str, context: str = "") -> tuple[int, ...]:
        """The prompt for ``text``; ``context`` is left out where the model's template has no place for it."""
        said = _BEFORE.format(context=context) + text if context and self.takes_context else text
        return (*self.prefix, *self._plain.encode(said, add_special_tokens=False).ids, *self._suffix)


def _frame(prompt: Prompt, profile: Profile, tokenizer: Tokenizer) -> tuple[str, str]:
    """What stands before and after the text."""
    if prompt.kind == "text" and prompt.template and prompt.template.count("{text}") == 1:
        before, _, after = prompt.template.partition("{text}")
        return before, after
    if prompt.kind == "chat" and all(tokenizer.token_to_id(mark) is not None for mark in _CHAT_MARKS):
        before = f"<|im_start|>system\n{profile.instructions}<|im_end|>\n<|im_start|>user\n"
        return before, "<|im_end|>\n<|im_start|>assistant\n"
    raise PermanentError(
        "prompt_unsupported",
        "The model's folder does not say how to ask it: neither by a ChatML chat nor by a template with {text}.",
        "Export the model with a text prompt that holds {text} once.",
    )


def _around(tokenizer: Tokenizer) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The special tokens that a tokenizer puts before and after a text."""
    bare, full = (tuple(tokenizer.encode("a", add_special_tokens=special).ids) for special in (False, True))
    begin = next(at for at in range(len(full)) if full[at : at + len(bare)] == bare)
    return full[:begin], full[begin + len(bare) :]
