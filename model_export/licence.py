"""Shows a model's licence and requires consent if it is not permissive."""

from __future__ import annotations

from collections.abc import Callable

from model_export.source import Source
from scanproof.correction.models.manifest import Licence
from scanproof.errors import PermanentError

_PERMISSIVE = frozenset(
    {
        "apache-2.0",
        "mit",
        "bsd",
        "bsd-2-clause",
        "bsd-3-clause",
        "isc",
        "unlicense",
        "cc0-1.0",
        "cc-by-4.0",
        "cc-by-sa-4.0",
        "openrail++",
        "afl-3.0",
        "artistic-2.0",
        "zlib",
        "ms-pl",
        "cdla-permissive-2.0",
        "mpl-2.0",
    }
)


def stated_licence(source: Source) -> Licence:
    """Returns the licence on the model card, else the preset's; an unstated one counts as not permissive.

    A local folder without a card needs no consent: it is the user's own model.
    """
    card = source.card
    name = str(card.get("license_name") or card.get("license") or "")
    if not name and source.preset:
        return Licence(
            name=source.preset.licence, permissive=source.preset.permissive, accepted=source.preset.permissive
        )
    local = source.source.startswith("local:")
    permissive = name.lower() in _PERMISSIVE or (not name and local)
    link = card.get("license_link")
    if link and "://" not in str(link):
        link = f"https://huggingface.co/{source.source}/blob/main/{link}"
    return Licence(
        name=name or "not stated", link=str(link) if link else None, permissive=permissive, accepted=permissive
    )


def require_acceptance(
    source: Source, accepted: bool, log: Callable[[str], None], confirm: Callable[[str], bool] | None = None
) -> Licence:
    """Returns the licence if it is permissive, accepted on the command line, or confirmed by the user.

    Raises:
        PermanentError: ``licence_not_accepted``.
    """
    licence = stated_licence(source)
    link = f" ({licence.link})" if licence.link else ""
    log(f"Licence of {source.source}: {licence.name}{link}")
    if licence.permissive:
        return licence
    terms = f"{licence.name} may forbid commercial use or set other conditions"
    if accepted or (confirm is not None and confirm(f"{terms}. Do you accept it?")):
        return licence.model_copy(update={"accepted": True})
    raise PermanentError(
        "licence_not_accepted",
        f"The licence of {source.source} was not accepted: {terms}.",
        "Read it and run again with --accept-licence, or use `accurate-apache` (Apache-2.0).",
    )
