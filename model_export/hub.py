"""Downloads a model from the Hugging Face Hub at a pinned commit, resuming interrupted downloads."""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from model_export.resources import GIGABYTE, require_disk_space
from scanproof.errors import PermanentError, TransientError

_PATTERNS = ("*.json", "*.txt", "*.model", "*.jinja", "README.md", "LICENSE*", "NOTICE*")
_OFFLINE_STEP = "Download it on a machine with network access and give the folder as MODEL, or omit --offline."


@dataclass(frozen=True)
class Download:
    """A downloaded model: its folder, commit, and the metadata of its model card (licence, base model)."""

    folder: Path
    revision: str
    card: dict[str, Any] = field(default_factory=dict)


def download(
    repository: str, revision: str | None, cache: Path | None, offline: bool, trust_remote_code: bool = False
) -> Download:
    """Downloads configuration, tokenizer and weights (safetensors if available) of `repository` at `revision`.

    Without a revision it uses the newest commit. The token comes from HF_TOKEN or the Hub's login. Interrupted
    downloads are resumed; complete ones in the cache are reused.

    Raises:
        PermanentError: ``model_unknown``, ``model_gated``, ``revision_unknown``, ``model_not_local``, ``disk_full``.
        TransientError: no network, or an error of the Hub.
    """
    return _download(repository, revision, cache, offline, lambda names: _patterns(names, trust_remote_code))


def base_model(repository: str, revision: str | None, cache: Path | None, offline: bool) -> str | None:
    """Returns the one base model that the card of `repository` names; None if it names none or several.

    Raises:
        PermanentError, TransientError: as `download`.
    """
    from huggingface_hub import HfApi, ModelCard, snapshot_download

    with _translated_errors(repository, revision):
        if offline:
            folder = snapshot_download(repository, revision=revision, cache_dir=cache, local_files_only=True)
            card = Path(folder) / "README.md"
            data = ModelCard.load(card).data if card.is_file() else None
        else:
            data = HfApi().model_info(repository, revision=revision).card_data
    named = getattr(data, "base_model", None)
    models = [named] if isinstance(named, str) else list(named or [])
    return str(models[0]) if len(models) == 1 else None


def download_gguf(repository: str, revision: str | None, cache: Path | None, offline: bool) -> Download:
    """Downloads the most exact GGUF file of `repository`, alone in the result's folder.

    Raises:
        PermanentError, TransientError: as `download`.
    """
    return _download(repository, revision, cache, offline, lambda names: [_most_exact_gguf(names)])


def _download(
    repository: str,
    revision: str | None,
    cache: Path | None,
    offline: bool,
    patterns_of: Callable[[dict[str, int]], list[str]],
) -> Download:
    """Downloads the files that match the patterns which ``patterns_of`` returns for their names and sizes."""
    from huggingface_hub import HfApi, snapshot_download

    with _translated_errors(repository, revision):
        if offline:
            folder = snapshot_download(repository, revision=revision, cache_dir=cache, local_files_only=True)
            return Download(Path(folder), Path(folder).name)
        info = HfApi().model_info(repository, revision=revision, files_metadata=True)
        names = {file.rfilename: file.size or 0 for file in info.siblings or []}
        patterns = patterns_of(names)
        _require_disk_space(repository, names, patterns, cache)
        folder = snapshot_download(repository, revision=info.sha, cache_dir=cache, allow_patterns=patterns)
        card: dict[str, Any] = vars(info.card_data) if info.card_data else {}
        return Download(Path(folder), str(info.sha), {**card, "gated": bool(info.gated)})


def _most_exact_gguf(names: dict[str, int]) -> str:
    """Returns the name of the largest whole GGUF file: the fewer bits were taken from it, the larger it is."""
    files = [name for name in names if name.endswith(".gguf") and "/" not in name and "-of-" not in name]
    return max(files, key=names.__getitem__, default="*.gguf")


def _patterns(names: dict[str, int], trust_remote_code: bool) -> list[str]:
    safetensors = any(name.endswith(".safetensors") and "/" not in name for name in names)
    return [
        *_PATTERNS,
        "*.safetensors" if safetensors else "pytorch_model*.bin",
        *(["*.py"] if trust_remote_code else []),
    ]


def _require_disk_space(repository: str, names: dict[str, int], patterns: list[str], cache: Path | None) -> None:
    from huggingface_hub.constants import HF_HUB_CACHE
    from huggingface_hub.utils._paths import filter_repo_objects

    size = sum(names[name] for name in filter_repo_objects(names, allow_patterns=patterns))
    purpose = f"Downloading {repository} ({size / GIGABYTE:.1f} GB)"
    require_disk_space(cache or Path(HF_HUB_CACHE), size, purpose)


@contextmanager
def _translated_errors(repository: str, revision: str | None) -> Iterator[None]:
    """Translates the Hub's errors into Scanproof's, with a next step."""
    import requests
    from huggingface_hub import errors

    try:
        yield
    except errors.GatedRepoError as error:
        raise PermanentError(
            "model_gated",
            f"{repository} is gated: its publisher grants access on request.",
            f"Request access at https://huggingface.co/{repository}, then set HF_TOKEN to a token of that account.",
        ) from error
    except errors.RevisionNotFoundError as error:
        raise PermanentError(
            "revision_unknown", f"{repository} has no revision {revision!r}.", "Give a commit, a tag or a branch of it."
        ) from error
    except (errors.RepositoryNotFoundError, errors.HFValidationError) as error:
        raise PermanentError(
            "model_unknown",
            f"The Hub has no model {repository!r}, or it is private and HF_TOKEN has no access.",
            "Check the spelling (owner/name), or give a local folder.",
        ) from error
    except errors.LocalEntryNotFoundError as error:
        raise PermanentError("model_not_local", f"{repository} is not on this machine.", _OFFLINE_STEP) from error
    except (errors.OfflineModeIsEnabled, requests.ConnectionError, requests.Timeout) as error:
        raise TransientError(
            f"The Hub cannot be reached for {repository}. Check the network (and HTTPS_PROXY), or give a local folder."
        ) from error
    except errors.HfHubHTTPError as error:
        raise TransientError(f"The Hub answered with an error for {repository}: {error}. Try again later.") from error
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        raise PermanentError(
            "disk_full",
            f"The disk became full while {repository} was downloaded.",
            "Free some space, or give a --cache-dir on another disk; the download resumes.",
        ) from error
