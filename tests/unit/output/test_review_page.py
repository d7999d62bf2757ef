"""The review page: its data, and that nothing from a document becomes code."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from scanproof.document import Box, DetailField, Document, KeyField, Line, Refusal, Word
from scanproof.output import review_page as review_page_module
from scanproof.output.preview import preview
from scanproof.output.review_page import review_page, review_pages
from scanproof.tables.find import DocumentTables
from tests.builders import document, edit, line, page
from tests.unit.output.test_placement import corrected, recognised
from tests.unit.tables.pages import INVOICE
from tests.unit.tables.pages import page as typewritten

PAYLOADS = (
    "</script><script>alert(1)</script>",
    "<!--<script>",
    "<img src=x onerror=alert(1)>",
    "%STYLE%",
    "${1}",
    "\u2028\u2029",
    "javascript:alert(1)",
    "\u202egnp.exe",
)


def data_of(of: Document) -> dict[str, Any]:
    html = review_page(of, {}).decode()
    [data] = re.findall(r'<script type="application/json" id="data">(.*?)</script>', html, re.DOTALL)
    found: dict[str, Any] = json.loads(data)
    return found


def items_of(of: Line) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = data_of(document(page(1, of)))["pages"][0]["lines"][0]["items"]
    return items


def test_items_are_whole_words_with_boxes() -> None:
    raw = "Inv0ice ofthe year"
    [first, second] = items_of(recognised(raw, edit(raw, 3, 4, "o"), edit(raw, 10, 10, " ")))
    assert (first["kind"], first["raw"], first["text"]) == ("change", "Inv0ice", "Invoice")
    assert (second["raw"], second["text"], second["start"], second["end"]) == ("ofthe", "of the", 8, 14)
    assert first["box"] == [0, 0, 70, 20]
    assert first["probability"] == 0.99


def test_doubts_and_refusals_are_listed() -> None:
    box = Box(left=0, top=0, right=30, bottom=10)
    words = (Word(start=0, end=3, box=box, confidence=0.4), Word(start=4, end=7, box=box, confidence=0.99))
    refusal = Refusal(start=4, end=7, raw="12O", proposed="120", guard="some_guard")
    doubtful, refused = items_of(Line(raw="abc 12O", text="abc 12O", box=box, words=words, refusals=(refusal,)))
    assert (doubtful["kind"], doubtful["text"]) == ("doubtful", "abc")
    assert "40%" in doubtful["why"]
    assert (refused["kind"], refused["text"]) == ("refused", "12O")
    assert "some guard" in refused["why"]


@given(st.data())
def test_items_never_overlap(data: st.DataObject) -> None:
    made = data.draw(corrected())
    items = items_of(made)
    assert all(one["end"] <= other["start"] for one, other in pairwise(items))
    for item in items:
        assert item["text"] == made.text[item["start"] : item["end"]]


@pytest.mark.parametrize("payload", PAYLOADS)
def test_hostile_text_stays_data(payload: str) -> None:
    hostile = document(page(1, line(payload), line("x")))
    hostile = hostile.model_copy(update={"source": hostile.source.model_copy(update={"name": payload})})
    html = review_page(hostile, {}).decode()
    harmless = review_page(document(page(1, line("x"), line("x"))), {}).decode()
    assert html.count("<script") == harmless.count("<script")
    assert html.count("</script") == harmless.count("</script")
    data = data_of(hostile)
    assert data["name"] == data["pages"][0]["lines"][0]["text"] == payload


def test_fields_and_details_are_listed() -> None:
    place = {"written": "x", "page": 1, "line": 0, "box": Box(left=0, top=0, right=9, bottom=9)}
    total = KeyField.model_validate({"name": "total", "value": "4.00", "confidence": 0.9, **place})
    rate = DetailField.model_validate({"name": "tax_rate", "value": "7", **place})
    shown = data_of(document(page(1, line("x"))).model_copy(update={"fields": (total,), "details": (rate,)}))["fields"]
    assert [(each["label"], each["confidence"], each["editable"]) for each in shown] == [
        ("total", 0.9, True),
        ("tax rate", None, False),
    ]


def test_policy_allows_the_own_script_only() -> None:
    html = review_page(document(page(1)), {}).decode()
    [policy] = re.findall(r'http-equiv="Content-Security-Policy" content="(.*?)"', html)
    [script] = re.findall(r"<script>(.*?)</script>", html, re.DOTALL)
    [style] = re.findall(r"<style>(.*?)</style>", html, re.DOTALL)
    for name, content in (("script-src", script), ("style-src", style)):
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{name} 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy
    assert "innerHTML" not in script


def test_previews_fit_the_budget() -> None:
    noise = Image.effect_noise((2480, 3508), 40).convert("RGB")
    large, small = preview(noise, 1), preview(noise, 200)
    assert len(small) < len(large)
    assert 200 * len(preview(Image.new("RGB", (2480, 3508), "white"), 200)) < 60e6
    html = review_page(document(page(1)), {1: small}).decode()
    assert f'id="image-1">{base64.b64encode(small).decode()}<' in html


def test_parts_link_to_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(review_page_module, "PART_PAGES", 2)
    whole = document(*(page(number, line(f"Page {number}")) for number in range(1, 6)))
    made = dict(review_pages(whole, whole.pages, 5, {5: b"picture"}.get))
    assert list(made) == ["review.html", "review-2.html", "review-3.html"]
    [data] = re.findall(r'id="data">(.*?)</script>', made["review-3.html"].decode(), re.DOTALL)
    shown = json.loads(data)
    assert ([one["number"] for one in shown["pages"]], shown["part"]) == ([5], 2)
    assert [part["label"] for part in shown["parts"]] == ["pages 1 to 2", "pages 3 to 4", "page 5"]
    assert [name for name, content in made.items() if b'id="image-5"' in content] == ["review-3.html"]


def test_document_without_pages_has_one_file() -> None:
    assert [name for name, _ in review_pages(document(), (), 0, {}.get)] == ["review.html"]


def test_cells_name_their_stretches_of_lines() -> None:
    [table] = data_of(document(DocumentTables().add(typewritten(INVOICE))))["pages"][0]["tables"]
    assert (table["rows"], table["columns"], table["header_rows"], table["continues"]) == (4, 5, 1, False)
    assert [2, 1, 1, 1, [[3, 2, 20], [4, 0, 9]]] in table["cells"]
