"""Makes small pictures of page images for the review page."""

from __future__ import annotations

import io

from PIL import Image

_LONGER_SIDE = 1400  # pixels: letters of 10 point type on A4 are 14 pixels high
_LONGER_SIDE_OF_MANY = 1000  # so that 200 pages stay below 60 MB, base64 included
_MANY = 40  # pages
_QUALITY = 60


def preview(image: Image.Image, page_count: int) -> bytes:
    """Returns a JPEG of ``image`` (RGB), smaller where the document has many pages."""
    longer = _LONGER_SIDE if page_count <= _MANY else _LONGER_SIDE_OF_MANY
    small = image.copy()
    small.thumbnail((longer, longer), Image.Resampling.LANCZOS, reducing_gap=2.0)
    content = io.BytesIO()
    small.save(content, "JPEG", quality=_QUALITY, optimize=True)
    return content.getvalue()
