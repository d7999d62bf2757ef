"""Downloads a model from the Hugging Face Hub: pinned, resumed where it stopped, with errors that say what to do."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from model_export.space import GIGABYTE, require_disk
from scanproof.errors import PermanentError, TransientError

_WANTED = ("*.json", "*.txt", "*.model", "*.jinja", "README.md", "LICENSE*", "NOTICE*")
_OFFLINE_STEP = "Download it where there is a network, and give the folder as MODEL; or drop --offline."


@dataclass(frozen=True)
class Download:
    """A model on this disk, the commit it is at, and its card's metadata (licence, base model)."""

    folder: Path
    revision: str
    card: dict[str, Any] = field(default_factory=dict)


def download(
    repository: str, revision: str | None, cache: Path | None, offline: bool, remote_code: bool = False
) -> Download:
    """Fetches configuration, tokenizer and weights (safetensors if there are any) of `repository` at `revision`.

    Without a revision the newest commit is taken and named. The token comes from HF_TOKEN or the Hub's own login. A
    download that was cut off is resumed; one that is complete in the cache is not repeated.

    Raises:
        PermanentError: ``model_unknown``, ``model_gated``, ``revision_unknown``, ``model_not_local``, ``disk_full``.
        TransientError: no network, or the Hub in trouble.
    """
    from huggingface_hub import HfApi, snapshot_download

    with _explained(repository, revision):
        if offline:
            folder = snapshot_download(repository, revision=revision, cache_dir=cache, local_files_only=True)
            return Download(Path(folder), Path(folder).name)
        info = HfApi().model_info(repository, revision=revision, files_metadata=True)
        names = {file.rfilename: file.size or 0 for file in info.siblings or []}
        patterns = _patterns(names, remote_code)
        _require_room(repository, names, patterns, cache)
        folder = snapshot_download(repository, revision=info.sha, cache_dir=cache, allow_patterns=patterns)
        card: dict[str, Any] = vars(info.card_data) if info.card_data else {}
        return Download(Path(folder), str(info.sha), {**card, "gated": bool(info.gated)})


def _patterns(names: dict[str, int], remote_code: bool) -> list[str]:
    safe = any(name.endswith(".safetensors") and "/" not in name for name in names)
    return [*_WANTED, "*.safetensors" if safe else "pytorch_model*.bin", *(["*.py"] if remote_code else [])]


def _require_room(repository: str, names: dict[str, int], patterns: list[str], cache: Path | None) -> None:
    from huggingface_hub.constants import HF_HUB_CACHE
    from huggingface_hub.utils._paths import filter_repo_objects

    size = sum(names[name] for name in filter_repo_objects(names, allow_patterns=patterns))
    purpose = f"Downloading {repository} ({size / GIGABYTE:.1f} GB)"
    require_disk(cache or Path(HF_HUB_CACHE), size, purpose)


@contextmanager
def _explained(repository: str, revision: str | None) -> Iterator[None]:
    """Turns the Hub's errors into ours: the cause, and what a person does next."""
    import requests
    from huggingface_hub import errors

    try:
        yield
    except errors.GatedRepoError as error:
        raise PermanentError(
            "model_gated",
            f"{repository} is gated: its publisher lets in only those who asked.",
            f"Ask at https://huggingface.co/{repository}, then set HF_TOKEN to a token of that account.",
        ) from error
    except errors.RevisionNotFoundError as error:
        raise PermanentError(
            "revision_unknown", f"{repository} has no revision {revision!r}.", "Give a commit, a tag or a branch of it."
        ) from error
    except (errors.RepositoryNotFoundError, errors.HFValidationError) as error:
        raise PermanentError(
            "model_unknown",
            f"The Hub knows no model {repository!r}, or it is private and HF_TOKEN does not open it.",
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
            f"The disk filled up while {repository} was downloaded.",
            "Free some space, or give a --cache-dir on another disk; the download goes on where it stopped.",
        ) from error
