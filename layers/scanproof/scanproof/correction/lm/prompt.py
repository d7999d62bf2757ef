"""Builds prompts as the model folder's manifest defines them: a chat, or a template of the model's own."""

from __future__ import annotations

from tokenizers import Tokenizer

from scanproof.correction.models.manifest import Prompt
from scanproof.correction.profiles import Profile
from scanproof.errors import PermanentError

_CONTEXT = "(What stands before the text, not to be repeated: …{context})\n\n"
_CHATML_TOKENS = ("<|im_start|>", "<|im_end|>")


class PromptBuilder:
    """Builds prompts as tokens; all of them begin with ``prefix``.

    The text is tokenized apart from the template, with special tokens as plain characters: a scan that contains
    ``<|im_end|>`` does not end a turn.
    """

    def __init__(
        self,
        prompt: Prompt,
        profile: Profile,
        template_tokenizer: Tokenizer,
        text_tokenizer: Tokenizer,
        encoder: bool = False,
    ) -> None:
        """Takes two tokenizers of one model.

        Args:
            template_tokenizer: recognises special tokens.
            text_tokenizer: does not (``encode_special_tokens``).
            encoder: whether an encoder reads the prompt, which needs the special tokens that its tokenizer adds.

        Raises:
            PermanentError: ``prompt_unsupported``.
        """
        before, after = _template_parts(prompt, profile, template_tokenizer)
        self.supports_context = prompt.kind == "chat"
        begin, end = _added_special_tokens(template_tokenizer) if encoder else ((), ())
        self.prefix = (*begin, *template_tokenizer.encode(before, add_special_tokens=False).ids)
        self._suffix = (*template_tokenizer.encode(after, add_special_tokens=False).ids, *end)
        self._text_tokenizer = text_tokenizer

    @property
    def overhead(self) -> int:
        """Number of tokens of a prompt without its text."""
        return len(self.prefix) + len(self._suffix)

    def count_tokens(self, text: str) -> int:
        """Returns the number of tokens of a text."""
        return len(self._text_tokenizer.encode(text, add_special_tokens=False).ids)

    def build(self, text: str, context: str = "") -> tuple[int, ...]:
        """Returns the prompt for ``text``; ``context`` is used only where `supports_context`."""
        content = _CONTEXT.format(context=context) + text if context and self.supports_context else text
        return (*self.prefix, *self._text_tokenizer.encode(content, add_special_tokens=False).ids, *self._suffix)


def _template_parts(prompt: Prompt, profile: Profile, tokenizer: Tokenizer) -> tuple[str, str]:
    """Returns the template before and after the text."""
    if prompt.kind == "text" and prompt.template and prompt.template.count("{text}") == 1:
        before, _, after = prompt.template.partition("{text}")
        return before, after
    if prompt.kind == "chat" and all(tokenizer.token_to_id(token) is not None for token in _CHATML_TOKENS):
        before = f"<|im_start|>system\n{profile.instructions}<|im_end|>\n<|im_start|>user\n"
        return before, "<|im_end|>\n<|im_start|>assistant\n"
    raise PermanentError(
        "prompt_unsupported",
        "The model's folder defines no usable prompt: neither a ChatML chat nor a template with {text}.",
        "Export the model with a text prompt that contains {text} once.",
    )


def _added_special_tokens(tokenizer: Tokenizer) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Returns the special tokens that a tokenizer adds before and after a text."""
    bare, full = (tuple(tokenizer.encode("a", add_special_tokens=special).ids) for special in (False, True))
    begin = next(at for at in range(len(full)) if full[at : at + len(bare)] == bare)
    return full[:begin], full[begin + len(bare) :]
