"""Maps BCP 47 tags to the names of Aspose.OCR's languages.

Source: the members of ``aspose.ocr.Language`` (26.10): ISO 639-3 codes in capitals, and names of scripts.
"""

from __future__ import annotations

from scanproof.language import language_of
from scanproof.ocr.engine import EngineRefusalError

DEFAULT = "EXT_LATIN"  # all letters of the Latin script, with the model that is part of the package

# ISO 639-1 codes to names.
_NAMES = {
    "af": "AFR", "ar": "ARA", "be": "BEL", "bg": "BUL", "bs": "BOS", "ca": "CAT", "ce": "CHE", "cs": "CES", "da": "DAN",
    "de": "DEU", "en": "ENG", "es": "SPA", "et": "EST", "fa": "PES", "fi": "FIN", "fil": "TGL", "fr": "FRA",
    "gl": "GLG", "ha": "HAU", "hi": "HIN", "hr": "HRV", "hu": "HUN", "id": "IND", "it": "ITA", "ja": "JPN", "kk": "KAZ",
    "kn": "KAN", "ko": "KOR", "ku": "KMR", "lt": "LIT", "lv": "LAV", "mn": "MON", "mr": "MAR", "ms": "MLY", "nb": "NOR",
    "ne": "NEP", "nl": "NLD", "nn": "NOR", "no": "NOR", "nr": "NBL", "ny": "NYA", "pl": "POL", "pt": "POR", "ro": "RON",
    "ru": "RUS", "rw": "KIN", "sk": "SLK", "sl": "SLV", "sn": "SNA", "so": "SOM", "sr": "SRP", "ss": "SSW", "st": "SOT",
    "su": "SUN", "sv": "SWE", "sw": "SWH", "ta": "TAM", "te": "TEL", "tk": "TUK", "tl": "TGL", "tn": "TSN", "tr": "TUR",
    "ts": "TSO", "ug": "UIG", "uk": "UKR", "ur": "URD", "vi": "VIE", "xh": "XHO", "yo": "YOR", "yue": "YUE",
    "zh": "CHINESE", "zu": "ZUL",
}  # fmt: skip


def aspose_language(tag: str | None) -> str:
    """Returns the name of the language in ``aspose.ocr.Language``.

    Raises:
        EngineRefusalError: ``language_unsupported``.
    """
    if tag is None:
        return DEFAULT
    name = _NAMES.get(language_of(tag) or "")
    if name is None:
        raise EngineRefusalError(
            "language_unsupported",
            f"Aspose.OCR does not support the language {tag!r}.",
            f"Omit the language, or choose one of: {', '.join(sorted(_NAMES))}.",
        )
    return name
