"""Bad input ends as a recorded failure with a code and a next step; it is not retried."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pikepdf
import pytest
from PIL import Image

from scanproof.workers.records import Status
from tests.stack.conftest import Pipeline
from tests.unit.opening.paper import page_image, pdf_with, saved


def empty(path: Path) -> None:
    path.write_bytes(b"")


def text_named_png(path: Path) -> None:
    path.write_text("This is no image at all.")


def png_named_pdf(path: Path) -> None:
    page_image().save(path, "PNG")


def truncated_jpeg(path: Path) -> None:
    whole = io.BytesIO()
    page_image(text="cut off in the middle").save(whole, "JPEG")
    path.write_bytes(whole.getvalue()[: len(whole.getvalue()) // 2])


def encrypted_pdf(path: Path) -> None:
    plain = pdf_with(path.with_suffix(".plain"), [(50, 50, "secret")])
    with pikepdf.open(plain) as pdf:
        pdf.save(path, encryption=pikepdf.Encryption(owner="o", user="u"))


def huge_image(path: Path) -> None:
    Image.new("1", (100_000, 10_000)).save(path, "PNG")


def pdf_without_pages(path: Path) -> None:
    with pikepdf.new() as pdf:
        pdf.save(path)


def damaged_pdf(path: Path) -> None:
    path.write_bytes(b"%PDF-1.7\n" + b"nothing of use" * 20)


def fine(path: Path) -> None:
    pdf_with(path, [(50, 50, "Nothing is wrong with this page")])


CASES: list[tuple[str, Callable[[Path], None], dict[str, str], str]] = [
    ("empty.png", empty, {}, "empty_file"),
    ("text.png", text_named_png, {}, "unknown_format"),
    ("image.pdf", png_named_pdf, {}, "wrong_suffix"),
    ("truncated.jpg", truncated_jpeg, {}, "corrupt_image"),
    ("encrypted.pdf", encrypted_pdf, {}, "pdf_encrypted"),
    ("huge.png", huge_image, {}, "image_too_large"),
    ("no-pages.pdf", pdf_without_pages, {}, "pdf_no_pages"),
    ("damaged.pdf", damaged_pdf, {}, "pdf_corrupt"),
    ("unknown-option.pdf", fine, {"colour": "blue"}, "unknown_option"),
    ("invalid-option.pdf", fine, {"profile": "poetry"}, "invalid_option"),
    ("handwritten.pdf", fine, {"handwritten": "true"}, "handwritten_unsupported"),
    ("language.pdf", fine, {"language": "zzq"}, "unknown_language"),
    ("engine.pdf", fine, {"engine": "aspose"}, "engine_unavailable"),
    ("corrector.pdf", fine, {"corrector": "accurate"}, "corrector_unavailable"),
    ("model.pdf", fine, {"model": "someone/something"}, "model_unavailable"),
    ("words.pdf", fine, {"words": "lists/nowhere.txt"}, "list_missing"),
]


@pytest.mark.parametrize(("name", "make", "options", "code"), CASES, ids=[case[0] for case in CASES])
def test_bad_upload_fails_by_name(
    pipeline: Pipeline, tmp_path: Path, name: str, make: Callable[[Path], None], options: dict[str, str], code: str
) -> None:
    make(tmp_path / name)
    scan = pipeline.upload(tmp_path / name, f"incoming/bad/{name}", **options)
    [record] = pipeline.finished(scan)
    assert record.status is Status.FAILED
    assert record.reason is not None
    assert record.reason.code == code
    assert record.reason.message and record.reason.next_step
    pipeline.stack.wait_idle()
    [event] = pipeline.events_of(scan)
    assert event["detail"]["reason"]["code"] == code


def test_photo_without_text_needs_review(pipeline: Pipeline, tmp_path: Path) -> None:
    photo = saved(Image.radial_gradient("L").resize((900, 700)).convert("RGB"), tmp_path / "photo.webp")
    [record] = pipeline.finished(pipeline.upload(photo, "incoming/photo.webp"))
    assert record.status is Status.PUBLISHED
    assert record.needs_review
    assert [(reason.code, reason.count) for reason in record.review_reasons] == [("little_text", 0)]
    assert pipeline.document(record).source.media_type == "image/webp"


def test_unknown_prefix_fails_by_name(pipeline: Pipeline, tmp_path: Path) -> None:
    path = pdf_with(tmp_path / "astray.pdf", [(50, 50, "In the wrong place")])
    [record] = pipeline.finished(pipeline.upload(path, "elsewhere/astray.pdf"))
    assert record.reason is not None
    assert record.reason.code == "unknown_prefix"
    assert "incoming/" in record.reason.message


def test_deleted_scan_fails_by_name(pipeline: Pipeline, tmp_path: Path) -> None:
    pipeline.stack.pause("scanproof-ocr")
    scan = pipeline.upload(saved(page_image(text="gone"), tmp_path / "gone.png"))
    pipeline.stack_client.s3.delete_object(Bucket=scan.bucket, Key=scan.key, VersionId=scan.version_id)
    pipeline.stack.resume("scanproof-ocr")
    [record] = pipeline.finished(scan)
    assert record.reason is not None
    assert record.reason.code == "scan_gone"


def test_bad_input_leaves_no_dead_letters(pipeline: Pipeline) -> None:
    pipeline.stack.wait_idle()
    assert not any("incoming/bad/" in body for body in pipeline.dead_letters("Ocr"))
