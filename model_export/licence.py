"""Shows a model's licence, and asks where it is one that has to be agreed to."""

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
    """The licence on the model's card, else the preset's; nothing stated counts as not permissive.

    A local folder without a card is the user's own affair: nobody is asked about it.
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


def agreed(
    source: Source, accepted: bool, say: Callable[[str], None], ask: Callable[[str], bool] | None = None
) -> Licence:
    """The licence to record, once it is permissive, accepted on the command line, or accepted when asked.

    Raises:
        PermanentError: ``licence_not_accepted``.
    """
    licence = stated_licence(source)
    where = f" ({licence.link})" if licence.link else ""
    say(f"Licence of {source.source}: {licence.name}{where}")
    if licence.permissive:
        return licence
    what = f"{licence.name} may forbid commercial use or ask for more"
    if accepted or (ask is not None and ask(f"{what}. Do you accept it for what you do?")):
        return licence.model_copy(update={"accepted": True})
    raise PermanentError(
        "licence_not_accepted",
        f"The licence of {source.source} was not accepted: {what}.",
        "Read it and run again with --accept-licence, or take `accurate-apache` (Apache-2.0).",
    )
