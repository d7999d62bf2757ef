"""Estimates the memory that decoding an image takes, from its header. The figures are of Pillow 13 and pi-heif 1.4."""

from __future__ import annotations

from PIL import ExifTags, Image, JpegImagePlugin, TiffImagePlugin

from scanproof.opening.media_type import GIF, HEIC, JPEG, JPEG_2000, TIFF, WEBP

# Bytes a pixel: Pillow keeps an image of several channels in four bytes a pixel.
_MODE_BYTES = {"1": 1, "L": 1, "P": 1, "I;16": 2, "I;16B": 2, "I;16L": 2, "I;16N": 2}
_CHANNELS_BYTES = 4

# Bytes a pixel, the decoded image included, of decoders that hold several copies. Measured by `make hostile`.
_DECODER_BYTES = {WEBP: 20, GIF: 14, HEIC: 14}
_JPEG_2000_SAMPLE_BYTES = 5  # of each channel: four by OpenJPEG and one unpacked


def decoder_bytes(image: Image.Image, media_type: str) -> int:
    """Returns the bytes that decoding ``image`` takes at most, the decoded image included."""
    pixels = image.width * image.height
    decoded = pixels * _MODE_BYTES.get(image.mode, _CHANNELS_BYTES)
    if media_type in _DECODER_BYTES:
        return pixels * _DECODER_BYTES[media_type]
    if media_type == JPEG_2000:
        return decoded + pixels * _JPEG_2000_SAMPLE_BYTES * len(image.getbands())
    if media_type == JPEG and isinstance(image, JpegImagePlugin.JpegImageFile):
        return decoded // 4 + _coefficient_bytes(image)  # above the budget it is decoded at half its size or less
    if media_type == TIFF and isinstance(image, TiffImagePlugin.TiffImageFile):
        turned = image.tag_v2.get(ExifTags.Base.Orientation, 1) != 1  # Pillow turns a copy
        return decoded * (2 if turned else 1) + _strip_bytes(image)
    return decoded


def _coefficient_bytes(image: JpegImagePlugin.JpegImageFile) -> int:
    """Returns the size of all coefficients, two bytes each: what libjpeg keeps of an image in several scans."""
    factors = [(across, down) for _, across, down, _ in image.layer if across and down]
    if not factors:
        return 0
    largest = max(across for across, _ in factors) * max(down for _, down in factors)
    return 2 * image.width * image.height * sum(across * down for across, down in factors) // largest


def _strip_bytes(image: TiffImagePlugin.TiffImageFile) -> int:
    """Returns the size of a strip or tile, which libtiff unpacks as a whole."""
    tags = image.tag_v2
    bits = tags.get(TiffImagePlugin.BITSPERSAMPLE, (1,))
    samples = tags.get(TiffImagePlugin.SAMPLESPERPIXEL, 1)
    width = tags.get(TiffImagePlugin.TILEWIDTH, image.width)
    rows = tags.get(TiffImagePlugin.TILELENGTH, min(tags.get(TiffImagePlugin.ROWSPERSTRIP, image.height), image.height))
    return int(width) * int(rows) * int(samples) * int(max(bits)) // 8
