"""manifest.json: what a model folder says of itself. Written by model_export, read and checked at run time."""

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


def _inside_the_folder(name: str) -> str:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\\" in name or name in ("", ".", FILE_NAME):
        raise ValueError(f"not a file inside the model folder: {name!r}")
    return name


FileName = Annotated[str, AfterValidator(_inside_the_folder)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class FileEntry(_Strict):
    """One file of the folder."""

    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    bytes: int = Field(ge=0)


class Licence(_Strict):
    """The licence of the weights, as their publisher states it; `accepted` says that someone had to agree to it."""

    name: str
    link: str | None = None
    permissive: bool
    accepted: bool


class Quantization(_Strict):
    """What was done to the weights.

    `share` is the part of the matrix weights (0 to 1) that is stored in `precision`. `batch_invariant` is False where
    activations are scaled over the whole input tensor (dynamic int8): such a model gives a line the same result
    whatever its neighbours only if it is run with one line (or fixed window) per call.
    """

    recipe: str
    precision: Precision
    share: float = Field(ge=0, le=1)
    batch_invariant: bool


class Gate(_Strict):
    """One check made before the folder was published. `passed` is None where it could not be made; `note` says why."""

    name: str
    passed: bool | None
    measured: float | None = None
    required: float | None = None
    note: str = ""


class Prompt(_Strict):
    """How raw text is put to the model: ``chat`` (the tokenizer's chat template), ``text`` (`template` with {text})."""

    kind: Literal["none", "chat", "text"]
    template: str | None = None


class Tokenizer(_Strict):
    """Which of the files make up the tokenizer, and how long an input it takes."""

    files: tuple[FileName, ...]
    max_length: int | None = None


class Graphs(_Strict):
    """The ONNX files by role, and what a decoder has to know to run them.

    `attention` is ``plain`` (a mask per position: a rejected token may stay in the cache, masked) or ``group_query``
    (onnxruntime's fused op counts the mask's ones: a rejected token is dropped by shortening the cache).
    """

    files: dict[Role, FileName]
    attention: Attention = "plain"
    layers: int | None = None
    key_value_heads: int | None = None
    head_size: int | None = None
    activations: Literal["float32", "float16"] = "float32"


class Sizes(_Strict):
    """Bytes of the ONNX files, beside those of the same weights in float32 (each stored once)."""

    onnx: int
    float32: int


class Manifest(_Strict):
    """All of manifest.json. It holds no time and no machine's name: the same export writes the same file."""

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
        """Identifies the weights, for the audit: name, precision and the first twelve digits of the graphs' hashes."""
        graphs = "".join(self.files[name].sha256 for name in sorted(self.graphs.files.values()))
        return f"{self.name}-{self.precision}-{sha256(graphs.encode()).hexdigest()[:12]}"
