"""The schema of manifest.json, which describes a model folder. Written by model_export, validated at run time."""

from __future__ import annotations

from hashlib import sha256
from pathlib import PurePosixPath
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

FILE_NAME = "manifest.json"

Task = Literal["token-classification", "text-generation", "text2text-generation"]
Device = Literal["cpu", "cuda"]
Precision = Literal["int8", "int4", "fp16", "fp32"]
Attention = Literal["plain", "group_query"]
Role = Literal["model", "encoder", "decoder", "decoder_with_past"]


def _relative_name(name: str) -> str:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\\" in name or name in ("", ".", FILE_NAME):
        raise ValueError(f"not a file inside the model folder: {name!r}")
    return name


FileName = Annotated[str, AfterValidator(_relative_name)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class FileEntry(_Strict):
    """One file of the folder."""

    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    bytes: int = Field(ge=0)


class Licence(_Strict):
    """The publisher's licence of the weights; `accepted`: it is permissive, or the user agreed to it."""

    name: str
    link: str | None = None
    permissive: bool
    accepted: bool


class Quantization(_Strict):
    """How the weights were quantized.

    Attributes:
        share: fraction of the matrix weights (0 to 1) stored in `precision`.
        batch_invariant: False if activations are scaled over the whole input tensor (dynamic int8). Such a model must
            run one line (or fixed window) per call, or a line's result depends on its batch.
    """

    recipe: str
    precision: Precision
    share: float = Field(ge=0, le=1)
    batch_invariant: bool


class Gate(_Strict):
    """One quality gate of the export. `passed` is None if it could not be checked; `note` gives the reason."""

    name: str
    passed: bool | None
    measured: float | None = None
    required: float | None = None
    note: str = ""


class Prompt(_Strict):
    """How the model is prompted: ``chat`` (the tokenizer's chat template) or ``text`` (`template` with {text})."""

    kind: Literal["none", "chat", "text"]
    template: str | None = None


class Tokenizer(_Strict):
    """The tokenizer's files and the maximum number of tokens."""

    files: tuple[FileName, ...]
    max_length: int | None = None


class Graphs(_Strict):
    """The ONNX files by role, and the properties that a decoder needs.

    `attention` is ``plain`` (a mask per position: a rejected token may stay in the cache, masked) or ``group_query``
    (onnxruntime's fused operator counts the mask's ones: the cache is shortened to reject a token).
    """

    files: dict[Role, FileName]
    attention: Attention = "plain"
    layers: int | None = None
    key_value_heads: int | None = None
    head_size: int | None = None
    vocabulary: int | None = None
    activations: Literal["float32", "float16"] = "float32"


class Sizes(_Strict):
    """Bytes of the ONNX files, and of the same weights in float32 (each stored once)."""

    onnx: int
    float32: int


class Manifest(_Strict):
    """The whole of manifest.json. It has no timestamp or host name, so the same export writes the same file."""

    format: Literal[1] = 1
    name: str
    source: str
    revision: str
    licence: Licence
    task: Task
    architecture: str
    device: Device
    precision: Precision
    quantization: Quantization
    graphs: Graphs
    tokenizer: Tokenizer
    prompt: Prompt
    sizes: Sizes
    gates: tuple[Gate, ...]
    tools: dict[str, str]
    files: dict[FileName, FileEntry]

    @property
    def version(self) -> str:
        """Identifies the weights in the audit: name, precision and the first twelve digits of the files' hash.

        Not only of the graphs: large ones keep their weights in a file of their own.
        """
        files = "".join(self.files[name].sha256 for name in sorted(self.files))
        return f"{self.name}-{self.precision}-{sha256(files.encode()).hexdigest()[:12]}"
